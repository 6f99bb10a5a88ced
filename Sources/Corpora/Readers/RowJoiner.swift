/// Joins neighbouring rows that are lines of one song.
///
/// Rows of a song that stand in several places are several songs: to look for them all over a file would take memory without a bound.
struct RowJoiner {
  /// How many groups are kept in mind, to count those that begin again.
  private static let mostGroups = 1 << 18

  /// The most bytes of a song.
  private let limit: Int
  private var open: RawSong?
  private var seen: Set<[UInt8]> = []

  init(limit: Int) {
    self.limit = limit
  }

  /// What became of the rows of a piece.
  struct Joined {
    var songs: [RawSong] = []
    /// Songs without a word.
    var emptyCount = 0
    /// Rows that were added to the row before.
    var joinedRows = 0
    /// Songs whose rows go on after rows of other songs.
    var scattered = 0
  }

  /// - Parameters:
  ///   - rows: the rows of a piece, in order.
  ///   - lineCount: how many lines the piece has.
  ///   - isLast: whether the source ends with it.
  mutating func join(_ rows: [RawSong], lineCount: Int, isLast: Bool) -> Joined {
    var joined = Joined()
    for row in rows {
      if let group = row.group, open?.group == group, open?.text.count ?? 0 < limit {
        open?.text.append(newlineByte)
        open?.text += row.text
        if open?.details.isEmpty == true { open?.details = row.details }
        joined.joinedRows += 1
        continue
      }
      flush(into: &joined)
      open = row
      guard let group = row.group else { continue }
      if seen.contains(group) {
        joined.scattered += 1
      } else if seen.count < Self.mostGroups {
        seen.insert(group)
      }
    }
    if isLast {
      flush(into: &joined)
    } else {
      // Lines are counted from the first of the piece that comes next.
      open?.line -= lineCount
    }
    return joined
  }

  private mutating func flush(into joined: inout Joined) {
    guard let song = open else { return }
    open = nil
    if song.text.allSatisfy({ $0 <= 0x20 }) { joined.emptyCount += 1 } else { joined.songs.append(song) }
  }
}
