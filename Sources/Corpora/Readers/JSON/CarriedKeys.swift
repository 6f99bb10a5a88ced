/// The usual names of columns and keys with the title and the artist of a song, without spaces, `_` and `-`; the best first.
enum DetailNames {
  static let titles = ["title", "songtitle", "tracktitle", "song", "songname", "track", "trackname", "name"]
  static let artists = [
    "artist", "artists", "artistname", "artistnames", "primaryartist", "singer", "singername", "singers", "performer", "band", "interpret",
    "author", "poet",
  ]

  /// A name in the form of these lists.
  static func folded(_ name: String) -> String { String(name.lowercased().filter { !$0.isWhitespace && $0 != "_" && $0 != "-" }) }

  /// The first column that has one of the names; nil if none has.
  static func column(_ names: [String], among columns: [String]) -> Int? {
    names.lazy.compactMap { columns.firstIndex(of: $0) }.first
  }
}

/// Finds what is carried with a song among the keys of its JSON object: title and artist by their usual names, and the columns to keep.
struct CarriedKeys {
  /// The values of one key.
  struct Found {
    /// Title (0), artist (1), or 2 and the number of a kept column.
    var column: Int
    /// How good the name is: less is better.
    var rank: Int
    var values: [JSONString]
  }

  /// Artists that are objects, or lists of objects, have their names under this key.
  private static let artistName = Array("name".utf8)

  private let names: [[[UInt8]]]
  private let kept: [JSONColumn]
  /// Whether a key that begins with this byte may be one of those looked for.
  private var isFirst = [Bool](repeating: false, count: 256)

  init(keeping columns: [String]) {
    names = [DetailNames.titles, DetailNames.artists].map { $0.map { Array($0.utf8) } }
    kept = columns.map { JSONColumn($0) }
    for name in names.joined() { note(name.first) }
    for column in columns { note(column.utf8.first) }
    // These do not count at the beginning either.
    for byte in " _-".utf8 { isFirst[Int(byte)] = true }
  }

  private mutating func note(_ byte: UInt8?) {
    guard let byte = byte.map({ lowercased(ascii: $0) }) else { return }
    isFirst[Int(byte)] = true
    if byte &- 0x61 < 26 { isFirst[Int(byte & 0xDF)] = true }
  }

  /// Notes the value of a member if it is carried.
  ///
  /// - Parameter start: where the value begins.
  func note(_ key: JSONString, _ bytes: Span<UInt8>, _ start: Int, _ end: Int, into found: inout [Found]) throws(JSONFault) {
    let range = SongFinder.trimmed(key.range, bytes)
    guard !range.isEmpty, isFirst[Int(bytes[range.lowerBound])] else { return }
    for (column, names) in names.enumerated() {
      guard let rank = names.firstIndex(where: { Self.equals(range, $0, bytes) }) else { continue }
      var values = try JSONColumn.scalars(bytes, start, end)
      if values.isEmpty, column == 1 { values = try JSONColumn.scalars(bytes, start, end, under: Self.artistName) }
      if !values.isEmpty { found.append(Found(column: column, rank: rank, values: values)) }
    }
    for (number, column) in kept.enumerated() {
      if let values = try column.values(key, bytes, start, end), !values.isEmpty {
        found.append(Found(column: DetailRecord.fixedColumns.count + number, rank: 0, values: values))
      }
    }
  }

  /// Whether a key is a name, which is in lower case, but for case, spaces, `_` and `-`.
  static func equals(_ key: Range<Int>, _ name: [UInt8], _ bytes: Span<UInt8>) -> Bool {
    guard key.count >= name.count else { return false }
    var place = 0
    for index in key {
      let byte = bytes[index]
      if byte == 0x20 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") { continue }
      guard place < name.count, lowercased(ascii: byte) == name[place] else { return false }
      place += 1
    }
    return place == name.count
  }

  /// What is carried of all that was found: of each column, the last of those with the best name.
  static func best(_ found: [Found]) -> [Found] {
    var best: [Found] = []
    for one in found {
      if let place = best.firstIndex(where: { $0.column == one.column }) {
        if one.rank <= best[place].rank { best[place] = one }
      } else {
        best.append(one)
      }
    }
    return best
  }

  /// The values of each column: those of the best name.
  ///
  /// - Parameter title: the title, if it is known already.
  func values(_ found: [Found], title: JSONString?) -> [[JSONString]] {
    var best = [(rank: Int, values: [JSONString])?](repeating: nil, count: DetailRecord.fixedColumns.count + kept.count)
    if let title { best[0] = (-1, [title]) }
    for one in found where one.rank <= best[one.column]?.rank ?? one.rank { best[one.column] = (one.rank, one.values) }
    return best.map { $0?.values ?? [] }
  }
}
