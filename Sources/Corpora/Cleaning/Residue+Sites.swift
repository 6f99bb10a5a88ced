/// Lines that lyric sites put above and below lyrics, told by more than their beginning.
extension Residue {
  /// Where lyrics may come from, in lower case.
  private static let sources = [
    "lyricfind", "musixmatch", "azlyrics", "genius", "letras.", "vagalume", "metrolyrics", "lyricsfreak", "songmeanings", "paroles.net",
    "songlyrics", "lyrics.com", "golyr", "songtexte.com", "lyricstranslate", "tekstowo", "uta-net", "mojim", "kkbox", "lyricwiki",
    "wikipedia", "http", "www.",
  ]

  private static let sourceNames: Set<String> = [
    "source", "sources", "quelle", "quellen", "fonte", "fonti", "fuente", "fuentes", "bron", "źródło", "kaynak", "källa", "kilde",
    "источник", "джерело", "lähde", "zdroj", "forrás", "sursa", "πηγή", "来源", "來源", "出典",
  ]

  /// The hosts of lyric sites. A word of a song does not look like them.
  private static let hosts = [
    "azlyrics.com", "metrolyrics.com", "lyricsfreak.com", "letras.mus.br", "letras.com", "letras.terra.com", "vagalume.com", "paroles.net",
    "musixmatch.com", "songmeanings.", "songlyrics.com", "genius.com", "lyricsmode.com", "elyrics.net", "lyricstranslate.com",
    "sing365.com", "lyrics007.com", "lyrics.wikia.com", "golyr.de", "magistrix.de", "songtexte.com", "angolotesti.it", "tekstowo.pl",
    "uta-net.com", "mojim.com", "lyrics.com", "cifraclub.com", "muzikum.eu", "lyricsondemand.com", "oldielyrics.com", "lyricfind.com",
  ]

  /// What lyrics are called in a line with a copyright sign, in lower case.
  private static let lyricsNames = [
    "lyrics", "letra", "paroles", "testo", "songtext", "songtekst", "tekst", "sözleri", "låttext", "liedtext", "текст", "歌詞", "歌词",
  ]

  private static let rightsSign = Array("\u{A9}".utf8)
  /// Lines that have the names of people on the next line.
  private static let labels = ["songwriters", "songwriter(s)", "writer(s)", "published by"].map { Array($0.utf8) }

  /// Whether a line is a footer by its source, its copyright sign or the host of a lyric site.
  static func isSiteLine(_ text: Span<UInt8>, _ line: Range<Int>) -> Bool {
    var hasColon = false, hasRights = false, hasHost = false
    for index in line {
      switch text[index] {
      case UInt8(ascii: ":"): hasColon = true
      case 0xA9: hasRights = hasRights || has(rightsSign, text, index - 1, line.upperBound)
      case UInt8(ascii: "."):
        hasHost = hasHost || index + 1 < line.upperBound && index > line.lowerBound && text[index + 1] > 0x20 && text[index - 1] > 0x20
      case 0x9A: hasColon = hasColon || has(Array("\u{FF1A}".utf8), text, index - 2, line.upperBound)
      default: break
      }
    }
    guard hasColon || hasRights || hasHost || text[line.lowerBound] == quoteByte else { return false }
    let words = string(text, line).lowercased()
    if hasRights, lyricsNames.contains(where: { words.contains($0) }) { return true }
    if hasHost, hosts.contains(where: { words.contains($0) }) { return true }
    if hasColon, let colon = words.firstIndex(where: { $0 == ":" || $0 == "\u{FF1A}" }) {
      let value = words[words.index(after: colon)...].drop(while: \.isWhitespace)
      let name = String(words[..<colon]).filter { !$0.isWhitespace }
      if sourceNames.contains(name), sources.contains(where: { value.hasPrefix($0) }) { return true }
    }
    return words.hasPrefix("\"") && words.contains("\" as written by ")
  }

  /// Whether a line names who sent lyrics to a site, as `Enviada por Ann. Legendado por Bea.` does.
  static func isSender(_ text: Span<UInt8>, _ line: Range<Int>) -> Bool {
    guard hasAnyCase(Array("enviad".utf8), text, line.lowerBound, line.upperBound) else { return false }
    let words = string(text, line).lowercased()
    guard words.hasPrefix("enviada por ") || words.hasPrefix("enviado por ") else { return false }
    return words.hasSuffix(".") || ["legendad", "revis", "traduzid", "corrigid"].contains { words.contains($0) }
  }

  /// Whether a line is nothing but `Published by` or the like.
  static func isLabel(_ text: Span<UInt8>, _ line: Range<Int>) -> Bool {
    labels.contains { $0.count == line.count && hasAnyCase($0, text, line.lowerBound, line.upperBound) }
  }

  /// Where `Songwriters` on a line of its own begins above the names on the last line; nil if it does not stand there.
  static func startOfLabel(_ text: Span<UInt8>, _ line: Int, _ start: Int) -> Int? {
    let end = beforeSpaces(text, line, start, andLineEnds: true)
    let above = startOfLine(text, end, start)
    let first = afterSpaces(text, above, end)
    return isLabel(text, first..<end) ? above : nil
  }

  // MARK: - Headings

  private static let ending = Array(" Lyrics".utf8)
  private static let openQuotes = ["\"", "\u{201C}"].map { Array($0.utf8) }
  private static let closeQuotes = ["\"", "\u{201D}"].map { Array($0.utf8) }
  private static let lyricsOf = [
    "paroles de la chanson ", "paroles de ", "letra de la canción ", "letra de ", "letra da música ", "testo della canzone ", "testo di ",
    "songtext von ", "songtext zu ", "lyrics to ", "lyrics of ", "tekst piosenki ", "songtekst van ",
  ].map { Array($0.utf8) }

  /// Where a heading of other sites ends: `"Title" lyrics`, `Ann Lyrics` above `"Title"`, or `Paroles de la chanson Title par Ann`.
  static func endOfSiteHeading(_ text: Span<UInt8>, _ line: Range<Int>, title: [UInt8]) -> Int? {
    if let end = endOfQuotation(text, line.lowerBound, line.upperBound) {
      let rest = afterSpaces(text, end, line.upperBound)
      let word = Array("lyrics".utf8)
      guard rest > end, line.upperBound - rest == word.count, hasAnyCase(word, text, rest, line.upperBound) else { return nil }
      return endOfArtistLines(text, line.upperBound) ?? line.upperBound
    }
    if endsInLyrics(text, line), let end = endOfQuotedTitle(text, line.upperBound) { return end }
    guard line.count <= 200, let prefix = lyricsOf.first(where: { hasAnyCase($0, text, line.lowerBound, line.upperBound) })
    else { return nil }
    let name = line.lowerBound + prefix.count
    if !title.isEmpty, hasAnyCase(title, text, name, line.upperBound) {
      let end = name + title.count
      let isAlone = end == line.upperBound
      let joins = [" par ", " de ", " by ", " von ", " di ", " van ", " - ", " \u{2013} ", " (", " : ", ":"]
      if isAlone || joins.contains(where: { has(Array($0.utf8), text, end, line.upperBound) }) { return line.upperBound }
    }
    // Without a title, only the French form cannot be taken for a lyric.
    guard prefix == lyricsOf[0], let place = first(Array(" par ".utf8), text, name..<line.upperBound), place > name else { return nil }
    return line.upperBound
  }

  /// Where the artist and the title in quotation marks end that stand below `"Title" lyrics`.
  private static func endOfArtistLines(_ text: Span<UInt8>, _ place: Int) -> Int? {
    guard let line = nextLine(text, place) else { return nil }
    if endsInLyrics(text, line) { return endOfQuotedTitle(text, line.upperBound) ?? line.upperBound }
    return endOfQuotedTitle(text, place)
  }

  /// Where a line ends that follows and is nothing but a title in quotation marks.
  private static func endOfQuotedTitle(_ text: Span<UInt8>, _ place: Int) -> Int? {
    guard let line = nextLine(text, place), let end = endOfQuotation(text, line.lowerBound, line.upperBound) else { return nil }
    return end == line.upperBound ? end : nil
  }

  private static func nextLine(_ text: Span<UInt8>, _ place: Int) -> Range<Int>? {
    var start = place
    while start < text.count, text[start] <= 0x20 { start += 1 }
    guard start < text.count else { return nil }
    return start..<beforeSpaces(text, endOfLine(text, start, text.count), start)
  }

  /// Whether a line is a name and `Lyrics`.
  private static func endsInLyrics(_ text: Span<UInt8>, _ line: Range<Int>) -> Bool {
    line.count > ending.count && line.count <= 100 && has(ending, text, line.upperBound - ending.count, line.upperBound)
  }

  /// Where the closing quotation mark ends that belongs to the one at a place; nil if there is none.
  private static func endOfQuotation(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
    guard let number = openQuotes.firstIndex(where: { has($0, text, start, end) }) else { return nil }
    let inner = start + openQuotes[number].count
    guard end - inner <= 200, let place = first(closeQuotes[number], text, inner..<end), place > inner else { return nil }
    return place + closeQuotes[number].count
  }
}
