import Basics
import Corpora
import Testing

@Suite("Lexer")
struct LexerTests {
  @Test("Lines of bytes are cut as their characters are, in every script", arguments: [false, true], [LexingRules.first, .second, .third])
  func twin(lowercase: Bool, rules: LexingRules) throws {
    var generator = SeededGenerator(seed: 11)
    let more = [
      "Größe", "ЁЛКА", "élan", "don’t", "Ünïcode", "日本", "한국어", "İstanbul", "ǅ", "½", "٣", "a.b", "3,5", "K", "Å", "İ", "I\u{307}", "__",
      "**", "~~", "=", "ﬁ", "\u{1E9B}\u{323}",
    ]
    for _ in 0..<1_500 {
      var text = ""
      for _ in 0..<Int.random(in: 1...12, using: &generator) {
        let pieces = [WordTokenizationTests.pieces, more, WordTokenizationTests.marks].randomElement(using: &generator) ?? more
        text += pieces.randomElement(using: &generator) ?? ""
        if Int.random(in: 0..<3, using: &generator) == 0 { text += " " }
      }
      text = text.replacing("\r\n", with: "\n")
      var expected: [String] = []
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        expected += WordLexer(String(line), lowercase: lowercase, rules: rules) + ["\n"]
      }
      expected.removeLast()
      var seen: Set<String> = ["<unk>", "<song>"]
      let vocabulary = try #require(Vocabulary(tokens: ["<unk>", "<song>"] + expected.filter { seen.insert($0).inserted }))
      let tokenizer = Corpora.Tokenizer(tokenization: .word, vocabulary: vocabulary, lowercase: lowercase, rules: rules)
      let found = tokenizer.encode(text).map { vocabulary.tokens[Int($0)] }
      #expect(found == expected, "\(text.debugDescription)")
    }
  }
}
