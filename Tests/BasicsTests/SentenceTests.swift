import Basics
import Testing

@Suite("Sentences with pieces from elsewhere") struct SentenceTests {
  @Test(
    "what could command a terminal, or hide, is escaped",
    arguments: [
      ("plain text, naïve 日本 🎵", "plain text, naïve 日本 🎵"), ("\u{1B}[31mred", "\\u{1b}[31mred"), ("a\u{7}b\u{7F}", "a\\u{7}b\\u{7f}"),
      ("\u{9B}5m", "\\u{9b}5m"), ("a\nb\tc\rd", "a\\nb\\tc\\rd"), ("\u{202E}gnp", "\\u{202e}gnp"),
      ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
      ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"), ("\u{FEFF}\u{200B}", "\\u{feff}\\u{200b}"), ("", ""),
    ])
  func escaped(text: String, shown: String) {
    #expect(text.shown == shown)
    let sentence: Sentence = "\(text): no."
    #expect(sentence.text == shown + ": no.")
  }

  @Test func `joiners stay in text with lines, and are escaped in a piece of one line`() {
    let text = "\u{1F469}\u{200D}\u{1F680} \u{645}\u{6CC}\u{200C}\u{62E}"
    #expect(text.shown(most: .max, keepsLines: true) == text)
    #expect(text.shown == "\u{1F469}\\u{200d}\u{1F680} \u{645}\u{6CC}\\u{200c}\u{62E}")
  }

  @Test("a long piece is cut to its beginning and its end", arguments: [200, 201, 100_000])
  func cut(count: Int) {
    let text = "start" + String(repeating: "x", count: count - 8) + "end"
    #expect(text.shown.count == 200)
    #expect(text.shown.hasPrefix("startx") && text.shown.hasSuffix("xend"))
    #expect((text.shown == text) == (count == 200))
  }

  @Test("an escape is not cut in two, and marks on one letter count", arguments: ["\u{1B}", "\u{301}", "\u{202E}", "🎵"])
  func cutEscapes(piece: String) {
    let shown = String(repeating: piece, count: 5_000).shown
    #expect((150...200).contains(shown.unicodeScalars.count))
    let rest = shown.replacing(piece.shown, with: "")
    #expect(rest == "..." || piece == "\u{301}")
  }

  @Test func `the whole of a sentence stays, and of many names the first`() {
    let fault = String(repeating: "long ", count: 100)
    let sentence: Sentence = "\(whole: fault)" + "and \(list: (1...40).map { "n\($0)" })"
    #expect(sentence.text.hasPrefix(fault + "and n1, n2, ") && sentence.text.hasSuffix(", n30, and 10 more"))
  }

  @Test func `a setting is written as in a file, or as the names that are given say`() {
    let inner: Sentence = "raise \(key: "shards")"
    let sentence: Sentence = "\(key: "batch", value: 3) is too small for \(key: "top_k"); \(whole: inner)"
    #expect(sentence.text == "\"batch\": 3 is too small for \"top_k\"; raise \"shards\"")
    #expect(sentence.text { $0 == "batch" || $0 == "shards" ? "--\($0)" : nil } == "--batch 3 is too small for \"top_k\"; raise --shards")
    #expect((sentence + inner).keys == ["batch", "top_k", "shards", "shards"])
  }

  @Test func `a value of a setting is escaped`() {
    let sentence: Sentence = "\(key: "separator", value: "\u{1B}[2J")"
    #expect(sentence.text == "\"separator\": \\u{1b}[2J")
  }

  @Test(
    "the advice is the part after the last semicolon",
    arguments: [
      ("a: it is bad; change it.", "a: it is bad"), ("no advice.", "no advice"), ("one; two; three.", "one; two"), ("bare", "bare"),
      ("", ""), ("a;b c.", "a;b c"),
    ])
  func advice(sentence: String, fault: String) { #expect(sentence.withoutAdvice == fault) }
}
