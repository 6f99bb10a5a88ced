import Corpora
import Testing

/// The words by which copies are found.
@Suite("Normalised words") struct LyricWordsTests {
  static let texts: [(String, [String])] = [
    ("The River, runs!", ["the", "river", "runs"]),
    ("Don't don’t don‘t DON`T donʼt", ["dont", "dont", "dont", "dont", "dont"]),
    ("runnin' 'til rock'n'roll 'em'", ["runnin", "til", "rocknroll", "em"]),
    ("well-known well‐known well‑known", ["wellknown", "wellknown", "wellknown"]),
    ("wait--what a - b a-'b", ["wait", "what", "a", "b", "a", "b"]),
    ("wait—what–now…then", ["wait", "what", "now", "then"]),
    ("[Chorus]\nla la\n[Verse 2: Ann & Bob]\nlo", ["la", "la", "lo"]),
    ("  [Chorus] la\nla [Chorus] lo", ["la", "la", "chorus", "lo"]),
    ("[And I will]\n[Chorus", ["and", "i", "will", "chorus"]),
    ("CAFÉ cafe\u{301}\nİstanbul", ["café", "café", "istanbul"]),
    ("so\u{AD}ft ze\u{200B}ro a\u{1}b", ["soft", "zero", "ab"]),
    ("99 problems, 3.5", ["99", "problems", "3", "5"]),
    ("川は流れる", ["川", "は", "流", "れ", "る"]),
    ("か\u{3099}きabc川", ["が", "き", "abc", "川"]),
    ("สวัสดี", ["ส", "วั", "ส", "ดี"]),
    ("река́ течёт", ["река\u{301}", "течёт"]),
    ("a\r\nb\tc\u{2028}d", ["a", "b", "c", "d"]),
    ("🌊 wave 🌊's", ["wave", "s"]),
    ("", []), ("\n\n  --- !", []),
  ]

  @Test("A text has these words", arguments: texts)
  func words(text: String, expected: [String]) {
    #expect(LyricWords.words(in: text) == expected)
  }

  @Test("Pieces of any size give the words of the whole text", arguments: texts)
  func pieces(text: String, expected: [String]) {
    for size in 1...5 {
      var cutter = LyricWords()
      var words: [String] = []
      var rest = text.unicodeScalars[...]
      var given = ""
      while !rest.isEmpty {
        let piece = String(String.UnicodeScalarView(rest.prefix(size)))
        rest = rest.dropFirst(size)
        given += piece
        words += cutter.append(piece)
        // If the text ended here, it would have these words.
        #expect(words + cutter.unfinished == LyricWords.words(in: given), "\(given)")
      }
      #expect(words + cutter.unfinished == expected, "pieces of \(size)")
    }
  }

  @Test func `ASCII and other text are cut alike`() {
    var generator = SeededGenerator(seed: 3)
    let signs = Array("ab1'-` ,\n[]\t\u{1}C")
    for _ in 0..<2_000 {
      let count = Int.random(in: 0..<12, using: &generator)
      let text = String((0..<count).map { _ in signs[Int.random(in: 0..<signs.count, using: &generator)] })
      // A sign that is not ASCII at the end of each line has it cut character by character.
      let other = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0 + " —" }.joined(separator: "\n")
      #expect(LyricWords.words(in: text) == LyricWords.words(in: other), "\(text.debugDescription)")
    }
  }
}
