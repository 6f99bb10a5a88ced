/// Lines of songs, as bytes.
enum SongText {
  /// A line without spaces and tabs at its end; no-break and ideographic spaces are spaces too.
  @inline(__always)
  static func trimmed(_ text: Span<UInt8>, _ line: Range<Int>) -> Range<Int> {
    var end = line.upperBound
    while end > line.lowerBound {
      switch text[end - 1] {
      case 0x20, tabByte, carriageReturn: end -= 1
      case 0xA0 where end - 1 > line.lowerBound && text[end - 2] == 0xC2: end -= 2
      case 0x80 where end - 2 > line.lowerBound && text[end - 2] == 0x80 && text[end - 3] == 0xE3: end -= 3
      default: return line.lowerBound..<end
      }
    }
    return line.lowerBound..<end
  }
}

/// Whether a range of a text has just these bytes.
func equals(_ bytes: [UInt8], _ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
  guard bytes.count == range.count else { return false }
  for offset in 0..<bytes.count where bytes[offset] != text[range.lowerBound + offset] { return false }
  return true
}

/// A song as it was found in a source, not cleaned yet.
struct RawSong: Sendable {
  /// Valid UTF-8 with line ends `\n`.
  var text: [UInt8]
  /// The number of its first line, from 1 at the piece's first.
  var line: Int
  /// The name of the song, where the source has one.
  var title: [UInt8] = []
  /// Whether it goes on with what the piece before left open.
  var continues = false
  /// Whether it goes on in the next piece.
  var isContinued = false
  /// What its row has in common with those of the same song; nil: it is a song of its own.
  var group: [UInt8]?
  /// What is known of it besides its text, as a `DetailRecord`.
  var details: [UInt8] = []
}
