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

  @Test(
    "The checksum is XXH64",
    arguments: [
      (0, 0, 0xEF46_DB37_51D8_E999), (1, 0, 0x8A41_2781_1B21_E730), (3, 0, 0xB6E6_C910_C2FD_373A), (4, 0, 0x22ED_A2CF_6AF4_C124),
      (14, 0, 0xFF34_EE32_A5C9_ECFE), (31, 0, 0x6AB1_C40E_29F5_0073), (32, 0, 0x5A07_56FB_E9EC_D3D1),
      (101, 0, 0xF1ED_4C99_4158_E4ED), (101, 2_654_435_761, 0xF486_9094_A52E_6877),
    ] as [(Int, UInt64, UInt64)])
  func checksum(count: Int, seed: UInt64, expected: UInt64) {
    let bytes = (0..<count).map { UInt8(($0 * 7 + 1) % 251) }
    #expect(xxh64(bytes.span, seed: seed) == expected)
  }
}
