/// Where a text may be cut: after a line, best between two songs.
struct TextCut {
  /// The first byte of what follows.
  var place: Int
  /// Whether no song reaches over the cut; otherwise the line before it is not blank.
  var isBetweenSongs: Bool

  /// The last place that does, in bytes that more will follow; nil if there is no line end.
  init?(_ bytes: Span<UInt8>, _ range: Range<Int>, separation: SongSeparation?) {
    guard let separation else {
      // Pre-tokenized: any line end.
      guard let newline = lastNewline(bytes, range) else { return nil }
      place = newline + 1
      isBetweenSongs = false
      return
    }
    // Lines are looked at from the last backwards; the first of them that is not blank will do if there is no better one.
    var best: Int?
    var blanks = 0
    var end = lastNewline(bytes, range)
    while let newline = end, newline >= range.lowerBound {
      let before = newline > range.lowerBound ? lastNewline(bytes, range.lowerBound..<newline) : nil
      let line = SongText.trimmed(bytes, (before.map { $0 + 1 } ?? range.lowerBound)..<newline)
      if Self.endsSong(bytes, line, separation) || separation.separator == .everyLine {
        place = newline + 1
        isBetweenSongs = true
        return
      }
      if line.isEmpty {
        blanks += 1
        if blanks == separation.blankLines {
          place = newline + 1
          isBetweenSongs = true
          return
        }
      } else {
        blanks = 0
        if best == nil, Self.hasText(bytes, line) { best = newline + 1 }
      }
      // A song of a megabyte is long enough to be cut inside.
      if let best, best - newline > 1 << 20 { break }
      end = before
    }
    guard let best else { return nil }
    place = best
    isBetweenSongs = false
  }

  /// Whether a line has a letter, a digit or the like, and so stays a line of its song: others may become blank when they are cleaned.
  private static func hasText(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
    line.contains { index in
      let byte = bytes[index]
      return byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte >= 0xC3 && byte != 0xE2 && byte != 0xEF
    }
  }

  /// Whether a song ends at the end of a line.
  private static func endsSong(_ bytes: Span<UInt8>, _ line: Range<Int>, _ separation: SongSeparation) -> Bool {
    var start = line.lowerBound
    while let end = separation.end(in: bytes, line, from: start) {
      if end.upperBound == line.upperBound { return true }
      start = end.upperBound
    }
    return false
  }
}
