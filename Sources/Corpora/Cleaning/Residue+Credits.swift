/// Lines that name who made a song, in a block above or below the lyrics: `作词：Ann 作曲：Bea`, `Music by: Ann`.
extension Residue {
  /// Who wrote words, music and arrangement, as sources of timed lyrics say it, too.
  static let chineseCredits = ["作词", "作詞", "作曲", "编曲", "編曲"]

  /// Names that only credits have before a colon, in lower case.
  private static let certainNames: Set<String> = Set(
    chineseCredits + [
      "lyrics by", "lyric by", "music by", "words by", "written by", "written and composed by", "composed by", "produced by",
      "arranged by", "co-written by", "written and produced by", "words and music by", "words & music by", "lyrics and music by",
      "lyrics & music by", "music and lyrics by", "music & lyrics by", "music and words by", "music & words by", "songwriter",
      "songwriters", "songwriter(s)", "writer(s)", "lyricist", "lyricists", "composer", "composers", "composer(s)", "arranger",
      "text und musik", "musik und text", "text & musik", "musik & text", "worte und musik", "text von", "musik von", "paroles et musique",
      "paroles & musique", "auteur-compositeur", "auteurs-compositeurs", "paroles de", "musique de", "letra y música", "música y letra",
      "letra e música", "composição", "compositor", "compositores", "testo e musica", "parole e musica", "testo di", "musica di",
      "compositori", "слова и музыка", "музыка и слова", "автор слов", "автор музыки", "авторы", "作词人", "作曲人", "作詞人", "词曲", "詞曲",
      "填词", "填詞", "作词/作曲", "制作人", "製作人", "监制", "監製", "原唱", "混音", "录音", "錄音", "작사", "작곡", "편곡",
    ])

  /// Names that words of a song may have before a colon, too. Two of them make a block.
  private static let possibleNames: Set<String> = [
    "lyrics", "words", "music", "text", "musik", "worte", "letra", "música", "musica", "paroles", "musique", "testo", "parole", "слова",
    "музыка", "текст", "词", "詞", "曲", "歌手", "演唱", "노래", "title", "artist", "album", "producer", "producers", "writer", "writers",
  ]

  private static let longestName = 40
  private static let longestCredit = 200
  private static let mostCredits = 20

  /// Where the lyrics begin after credits at the beginning of a song; nil if there are none.
  static func endOfCredits(_ text: Span<UInt8>) -> Int? {
    var names: Set<String> = []
    var isCertain = false
    var start = 0
    var found = 0
    for _ in 0..<mostCredits {
      while start < text.count, text[start] <= 0x20 { start += 1 }
      guard start < text.count else { break }
      let end = endOfLine(text, start, text.count)
      guard let name = creditName(text, start..<end) else { break }
      isCertain = isCertain || certainNames.contains(name)
      names.insert(name)
      start = min(end + 1, text.count)
      found = start
    }
    return isCertain || names.count > 1 ? found : nil
  }

  /// Where credits begin with which a song ends; nil if it does not.
  static func startOfCredits(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
    var names: Set<String> = []
    var isCertain = false
    var end = end
    var found: Int?
    for _ in 0..<mostCredits where end > start {
      let line = startOfLine(text, end, start)
      guard let name = creditName(text, line..<end) else { break }
      isCertain = isCertain || certainNames.contains(name)
      names.insert(name)
      found = line
      end = beforeSpaces(text, line, start, andLineEnds: true)
    }
    return isCertain || names.count > 1 ? found : nil
  }

  /// The name before the colon of a credit, in lower case; nil for any other line.
  private static func creditName(_ text: Span<UInt8>, _ line: Range<Int>) -> String? {
    let start = afterSpaces(text, line.lowerBound, line.upperBound)
    guard line.upperBound - start <= longestCredit else { return nil }
    let limit = min(line.upperBound, start + longestName)
    var colon = start
    while colon < limit, text[colon] != UInt8(ascii: ":"), !has(wideColon, text, colon, line.upperBound) { colon += 1 }
    guard colon < limit, colon > start else { return nil }
    let name = string(text, start..<beforeSpaces(text, colon, start)).lowercased()
    guard certainNames.contains(name) || possibleNames.contains(name) else { return nil }
    // A credit without a name counts only in Chinese, Japanese and Korean, where sources leave it empty.
    let value = afterSpaces(text, colon + (text[colon] == UInt8(ascii: ":") ? 1 : wideColon.count), line.upperBound)
    return value < line.upperBound || text[start] >= 0xE3 ? name : nil
  }

  private static let wideColon = Array("\u{FF1A}".utf8)
}
