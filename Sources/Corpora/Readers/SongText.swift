/// Lines of songs, as bytes.
enum SongText {
  /// A line without spaces and tabs at its end.
  @inline(__always)
  static func trimmed(_ text: Span<UInt8>, _ line: Range<Int>) -> Range<Int> {
    var end = line.upperBound
    while end > line.lowerBound, text[end - 1] == 0x20 || text[end - 1] == tabByte || text[end - 1] == carriageReturn { end -= 1 }
    return line.lowerBound..<end
  }

  /// Whether a line, trimmed at its end, parts two songs.
  @inline(__always)
  static func isDivider(_ text: Span<UInt8>, _ line: Range<Int>, _ separator: SongSeparator) -> Bool {
    switch separator {
    case .none:
      return false
    case .blankLines:
      guard let last = line.last, [UInt8(ascii: "-"), UInt8(ascii: "="), UInt8(ascii: "*")].contains(text[last]) else { return false }
      var start = line.lowerBound
      while text[start] == 0x20 || text[start] == tabByte { start += 1 }
      guard line.upperBound - start >= 3 else { return false }
      for index in start..<last where text[index] != text[last] { return false }
      return true
    case .line(let wanted):
      var start = line.lowerBound
      while start < line.upperBound, text[start] == 0x20 || text[start] == tabByte { start += 1 }
      return equals(Array(wanted.utf8), text, start..<line.upperBound)
    }
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
}
