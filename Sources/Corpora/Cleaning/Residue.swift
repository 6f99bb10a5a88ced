/// What web pages leave around lyrics that were scraped from them.
enum Residue {
  private static let contributor = Array(" Contributor".utf8)
  private static let lyrics = Array("Lyrics".utf8)
  private static let spacedLyrics = Array(" Lyrics".utf8)
  private static let advertisement = Array("You might also like".utf8)
  private static let tickets = Array("Get tickets as low as $".utf8)
  private static let see = Array("See ".utf8)
  private static let embed = Array("Embed".utf8)
  private static let share = Array("EmbedShare URLCopyEmbedCopy".utf8)

  /// What follows a heading `12 ContributorsTitle Lyrics` or `Title Lyrics` on a song's first line, or nil if there is none.
  static func afterHeading(_ text: Span<UInt8>, _ line: Range<Int>, title: [UInt8]) -> Range<Int>? {
    var index = line.lowerBound
    while index < line.upperBound, text[index] &- 0x30 < 10 { index += 1 }
    if index > line.lowerBound, has(contributor, text, index, line.upperBound) {
      while index < line.upperBound {
        if has(lyrics, text, index, line.upperBound) { return index + lyrics.count..<line.upperBound }
        index += 1
      }
      return line.upperBound..<line.upperBound
    }
    if !title.isEmpty, has(title, text, line.lowerBound, line.upperBound),
      has(spacedLyrics, text, line.lowerBound + title.count, line.upperBound)
    {
      return line.lowerBound + title.count + spacedLyrics.count..<line.upperBound
    }
    return nil
  }

  /// The line without the advertisement at its beginning or glued to its end; nil if there is none.
  static func withoutAdvertisement(_ text: Span<UInt8>, _ line: Range<Int>) -> Range<Int>? {
    guard line.count >= advertisement.count else { return nil }
    if has(advertisement, text, line.lowerBound, line.upperBound) {
      let next = line.lowerBound + advertisement.count
      // "You might also like the rain" is a lyric.
      guard next == line.upperBound || text[next] == UInt8(ascii: "[") || text[next] &- 0x41 < 26 else { return nil }
      return next..<line.upperBound
    }
    let start = line.upperBound - advertisement.count
    if text[line.upperBound - 1] == UInt8(ascii: "e"), has(advertisement, text, start, line.upperBound), text[start - 1] != 0x20 {
      return line.lowerBound..<start
    }
    if has(see, text, line.lowerBound, line.upperBound) {
      for index in line where has(tickets, text, index, line.upperBound) {
        var end = index + tickets.count
        while end < line.upperBound, text[end] &- 0x30 < 10 { end += 1 }
        if has(advertisement, text, end, line.upperBound) { end += advertisement.count }
        return end..<line.upperBound
      }
    }
    return nil
  }

  /// Where a text ends without `12Embed` or `EmbedShare URLCopyEmbedCopy` at its end; nil if there is none.
  static func withoutEnding(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
    let end = range.upperBound
    var start: Int
    if end - share.count >= range.lowerBound, has(share, text, end - share.count, end) {
      start = end - share.count
    } else if end - embed.count >= range.lowerBound, has(embed, text, end - embed.count, end) {
      start = end - embed.count
      // A word of its own may be the poet's, unless it has the line to itself.
      guard start == range.lowerBound || text[start - 1] != 0x20 else { return nil }
    } else {
      return nil
    }
    while start > range.lowerBound, text[start - 1] &- 0x30 < 10 || text[start - 1] == UInt8(ascii: ".") && text[start] &- 0x30 < 10 {
      start -= 1
    }
    while start > range.lowerBound, text[start - 1] == newlineByte || text[start - 1] == 0x20 { start -= 1 }
    return start
  }

  private static func has(_ pattern: [UInt8], _ text: Span<UInt8>, _ index: Int, _ end: Int) -> Bool {
    guard index >= 0, end - index >= pattern.count else { return false }
    for place in 0..<pattern.count where text[index + place] != pattern[place] { return false }
    return true
  }
}
