/// What lyric sites put below the lyrics: writers, sources, licences, links.
extension Residue {
  /// Beginnings of lines that only a site writes, in lower case.
  private static let beginnings = [
    "writer(s):", "writers:", "songwriter(s):", "songwriters:", "songwriters :", "songwriter:", "composer:", "composers:",
    "composi\u{E7}\u{E3}o:",
    "compositor:", "compositores:", "publisher:", "publishers:", "publisher(s):", "lyrics powered by", "lyrics licensed",
    "lyrics provided by",
    "lyrics submitted by", "lyrics corrected by", "lyrics transcribed by", "lyrics \u{A9}", "lyrics (c)", "powered by musixmatch",
    "powered by lyricfind", "source: lyricfind", "source: musixmatch", "source: azlyrics", "source: genius", "data from: ",
    "for non-commercial use only", "submit corrections", "submit lyrics correction", "copyright: ", "copyright \u{A9}", "\u{A9} ",
    "usage of azlyrics.com", "[ these lyrics are found on", "these lyrics are found on", "find more similar lyrics", "find more lyrics at",
    "find more lyrics on", "lyrics are property and copyright", "all lyrics are property and copyright", "lyrics taken from http",
    "lyrics taken from www", "lyrics from http", "lyrics from www", "more lyrics at http", "more lyrics on http", "more lyrics: http",
    "songlyrics just got interactive", "riff-it good", "legendado por ", "revis\u{E3}o por ", "revis\u{F5}es por ",
    "viu algum erro?", "essa informa\u{E7}\u{E3}o est\u{E1} errada?", "\u{BF}los datos est\u{E1}n equivocados?",
    "song discussions is protected",
    "add your song meanings", "log in to reply", "published by:", "paroliers:", "paroliers :", "compositori:", "autores:", "autori:",
    "s\u{F6}z yazarlar\u{131}:",
    "l\u{E5}tskrivare:", "paroles powered by", "letras powered by",
  ].map { Array($0.utf8) }

  /// The beginnings by their first byte.
  private static let beginningsByByte = (0..<256).map { byte in beginnings.filter { $0.first.map(Int.init) == byte } }

  private static let commercial = Array("is not for commercial use".utf8)
  private static let keys: Set<String> = [
    "Name", "Artist", "Album", "Track no", "Track", "Year", "Language", "Written by", "Original text by", "Music by", "Lyrics by",
    "Featuring",
    "Tags", "Genre", "Producer", "Producers", "MusicBrainz ID", "Disc no", "Title", "Translated by", "Composer", "Writer", "Label",
    "Duration",
    "Length", "Date",
  ]

  /// The most lines of a table of facts about a song.
  private static let longestTable = 30

  /// Where a text ends without the footer at its end; nil if there is none.
  static func withoutFooter(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
    let start = range.lowerBound
    let end = beforeSpaces(text, range.upperBound, start, andLineEnds: true)
    guard end > start else { return nil }
    if let table = startOfTable(text, start, end) { return beforeSpaces(text, table, start, andLineEnds: true) }
    let line = startOfLine(text, end, start)
    let first = afterSpaces(text, line, end)
    if isFooter(text, first..<end) { return beforeRule(text, line, start) }
    if let credits = startOfCredits(text, start, end) { return beforeRule(text, credits, start) }
    if let label = startOfLabel(text, line, start) { return beforeRule(text, label, start) }
    // `******* This Lyrics is NOT for Commercial use *******`, and a number below it.
    let above = beforeSpaces(text, line, start, andLineEnds: true)
    let aboveLine = startOfLine(text, above, start)
    if isNumber(text, first..<end), isCommercialNote(text, aboveLine..<above) {
      return beforeEllipsis(text, aboveLine, start)
    }
    return isCommercialNote(text, line..<end) ? beforeEllipsis(text, line, start) : nil
  }

  private static func isFooter(_ text: Span<UInt8>, _ line: Range<Int>) -> Bool {
    guard line.count >= 8, line.count <= 400 else { return false }
    let first = lowercased(ascii: text[line.lowerBound])
    for beginning in beginningsByByte[Int(first)] where hasAnyCase(beginning, text, line.lowerBound, line.upperBound) { return true }
    if isLink(text, line) || isLabel(text, line) || isSiteLine(text, line) || isSender(text, line) { return true }
    guard
      hasAnyCase(Array("thanks to ".utf8), text, line.lowerBound, line.upperBound)
        || hasAnyCase(Array("[thanks to ".utf8), text, line.lowerBound, line.upperBound)
        || hasAnyCase(Array("(thanks to ".utf8), text, line.lowerBound, line.upperBound)
        || hasAnyCase(Array("read more: ".utf8), text, line.lowerBound, line.upperBound)
    else { return false }
    let words = string(text, line).lowercased()
    if words.hasPrefix("read more: ") { return words.contains(" lyrics |") || words.contains("http") }
    return words.contains("lyric")
      && ["correcting", "sending", "submitting", "adding", "providing", "for lyrics", "for the lyrics"].contains { words.contains($0) }
  }

  /// Whether a line is a link and nothing else, brackets aside.
  private static func isLink(_ text: Span<UInt8>, _ line: Range<Int>) -> Bool {
    let first = text[line.lowerBound]
    let start = first == UInt8(ascii: "[") || first == UInt8(ascii: "(") ? line.lowerBound + 1 : line.lowerBound
    for beginning in ["http://", "https://", "www."] where hasAnyCase(Array(beginning.utf8), text, start, line.upperBound) {
      for index in start..<line.upperBound where text[index] <= 0x20 { return false }
      return true
    }
    return false
  }

  /// Whether a line is a number of many digits in brackets.
  private static func isNumber(_ text: Span<UInt8>, _ line: Range<Int>) -> Bool {
    guard line.count >= 8, text[line.lowerBound] == UInt8(ascii: "("), text[line.upperBound - 1] == UInt8(ascii: ")") else { return false }
    for index in line.lowerBound + 1..<line.upperBound - 1 where !isDigit(text[index]) { return false }
    return true
  }

  private static func isCommercialNote(_ text: Span<UInt8>, _ line: Range<Int>) -> Bool {
    guard line.count >= commercial.count, line.count <= 200 else { return false }
    for index in line where hasAnyCase(commercial, text, index, line.upperBound) { return true }
    return false
  }

  /// The place before the line end before a footer's first line, without the dots that a shortened text ends in.
  private static func beforeEllipsis(_ text: Span<UInt8>, _ line: Int, _ start: Int) -> Int {
    let end = beforeSpaces(text, line, start, andLineEnds: true)
    let dots = Array("...".utf8)
    guard end - dots.count >= start, has(dots, text, end - dots.count, end) else { return end }
    let isAlone = end - dots.count == start || text[end - dots.count - 1] == newlineByte
    return isAlone ? beforeSpaces(text, end - dots.count, start, andLineEnds: true) : end
  }

  /// The place before the line end before a footer's first line, without a ruled line above it.
  private static func beforeRule(_ text: Span<UInt8>, _ line: Int, _ start: Int) -> Int {
    let end = beforeSpaces(text, line, start, andLineEnds: true)
    let rule = startOfLine(text, end, start)
    return isRule(text, rule..<end) ? beforeSpaces(text, rule, start, andLineEnds: true) : end
  }

  /// Whether a line is three or more of the same mark.
  private static func isRule(_ text: Span<UInt8>, _ line: Range<Int>) -> Bool {
    guard line.count >= 3, "_-=*~".utf8.contains(text[line.lowerBound]) else { return false }
    for index in line where text[index] != text[line.lowerBound] { return false }
    return true
  }

  /// Where a ruled line begins below which nothing but facts of the song stand: `Name    Night Bus`.
  private static func startOfTable(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
    var lineEnd = end
    var facts = 0
    for _ in 0..<longestTable {
      let line = startOfLine(text, lineEnd, start)
      if facts > 0, text[line] == UInt8(ascii: "_"), isRule(text, line..<beforeSpaces(text, lineEnd, line)) { return line }
      guard let isFact = isFact(text, line..<lineEnd) else { return nil }
      if isFact { facts += 1 }
      guard line > start else { return nil }
      lineEnd = beforeSpaces(text, line, start, andLineEnds: true)
      guard lineEnd > start else { return nil }
    }
    return nil
  }

  /// Whether a line is a known key, two or more spaces, and a value; false for a line that continues one, nil for any other.
  private static func isFact(_ text: Span<UInt8>, _ line: Range<Int>) -> Bool? {
    guard let first = line.first else { return nil }
    if text[first] == 0x20 || text[first] == tabByte { return false }
    guard isUppercase(text[first]), line.count <= 400 else { return nil }
    var index = first
    while index + 1 < line.upperBound, !(text[index] == 0x20 && text[index + 1] == 0x20 || text[index] == tabByte) { index += 1 }
    guard index + 1 < line.upperBound, index - first <= 20, keys.contains(string(text, first..<index)) else { return nil }
    return true
  }
}
