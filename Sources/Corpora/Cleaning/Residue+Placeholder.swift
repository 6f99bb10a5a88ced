/// Recognizes texts that stand for missing lyrics: `NaN`, `[Instrumental]`, `Lyrics for this song have yet to be released`.
extension Residue {
  /// The most bytes, and line ends, of a text that may be a placeholder.
  private static let longest = 400
  private static let mostLineEnds = 4

  private static let words: Set<String> = [
    "nan", "null", "none", "nil", "n/a", "#n/a", "false", "undefined", "tba", "tbd",
    "instrumental", "instrumental track", "instrumental song", "instrumental only", "instrumental music", "instrumental piece",
    "this is an instrumental", "this song is an instrumental", "this track is an instrumental", "this song is instrumental",
    "this track is instrumental", "this is an instrumental song", "this is an instrumental track", "instrumentale", "strumentale",
    "instrumentál", "инструментал", "инструментальная композиция",
    "no lyrics", "no lyric", "no lyrics available", "no lyrics found", "lyrics not found", "lyrics not available", "lyrics unavailable",
    "lyrics not available yet", "lyrics not yet available", "no lyrics yet", "missing lyrics", "lyrics missing", "lyrics coming soon",
    "this song has no lyrics", "this track has no lyrics", "lyrics are not available",
    "纯音乐", "暂无歌词", "インストゥルメンタル", "インスト", "纯音乐，请欣赏", "纯音乐请欣赏", "此歌曲为没有填词的纯音乐，请您欣赏",
  ]

  private static let beginnings = [
    "lyrics for this song have yet to be", "lyrics to this song have yet to be", "the lyrics for this song have yet to be",
    "lyrics for this track have yet to be", "lyrics for this song have not been", "please check back once the song has been released",
    "lyrics will be available", "lyrics will be added", "lyrics will be updated", "we do not have the lyrics for",
    "we don't have the lyrics for",
    "unfortunately we are not licensed to display", "unfortunately, we are not licensed to display",
    "unfortunately we are not authorized to",
    "unfortunately, we are not authorized to", "we are not in a position to display these lyrics", "sorry, we don't have the lyrics",
    "we're sorry, we don't have the lyrics", "sorry, we do not have the lyrics", "sorry, we have no lyrics",
    "lyrics for this song are not available",
    "the lyrics for this song are not available", "this song's lyrics have yet to be",
  ]

  /// Whether a song is nothing but a placeholder on each of its lines.
  static func isPlaceholder(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard range.count <= longest, newlines(text, range) <= mostLineEnds else { return false }
    let lines = string(text, range).split { $0.isNewline }.filter { !$0.allSatisfy(\.isWhitespace) }
    return !lines.isEmpty && lines.allSatisfy(isPlaceholder)
  }

  private static let edges: Set<Character> = [
    "[", "]", "(", ")", "{", "}", "<", ">", "*", "~", "_", "-", "\u{2013}", "\u{2014}", "\"", "'", "\u{201C}", "\u{201D}", ".", "!", ":",
    "\u{2026}", "\u{266A}", "\u{266B}", "\u{266C}", "#", "\u{3010}", "\u{3011}", "\u{3002}", "\u{FF08}", "\u{FF09}", "?",
  ]

  /// What stands for missing lyrics without a word.
  private static let marks: Set<String> = ["-", "\u{2014}", "?", "...", "\u{2026}", "\u{266A}", "\u{266B}", "\u{266A}\u{266A}"]

  private static func isPlaceholder(_ line: Substring) -> Bool {
    var words = line.drop { $0.isWhitespace || edges.contains($0) }
    while let last = words.last, last.isWhitespace || edges.contains(last) { words.removeLast() }
    // "Na" may be sung; the missing value of statistics programs is in capitals.
    if words == "NA" { return true }
    if words.isEmpty { return marks.contains(line.filter { !$0.isWhitespace }) }
    let text = words.lowercased().replacing("\u{2019}", with: "'")
    return Self.words.contains(text) || beginnings.contains { text.hasPrefix($0) }
  }
}
