import Corpora
import Testing

@Suite("Lexer")
struct LexerTests {
  /// The different tokens of the text, in the order in which they first come.
  func cut(_ text: String, _ tokenization: Tokenization, lowercase: Bool, rules: LexingRules) -> [String] {
    let vocabulary = Vocabulary(tokens: ["<unk>", "<song>"])
    guard let vocabulary else { return [] }
    // A vocabulary without words names each token once, as unknown.
    let tokenizer = Corpora.Tokenizer(tokenization: tokenization, vocabulary: vocabulary, lowercase: lowercase, rules: rules)
    return tokenizer.unknownWords(in: text)
  }

  @Test("Lines of bytes are cut as their characters are, in every script", arguments: [false, true], [LexingRules.first, .second])
  func twin(lowercase: Bool, rules: LexingRules) {
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
      var seen: Set<String> = []
      var expected: [String] = []
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        for token in WordLexer(String(line), lowercase: lowercase, rules: rules) where token != "<unk>" && seen.insert(token).inserted {
          expected.append(token)
        }
        if text.contains("\n"), seen.insert("\n").inserted { expected.append("\n") }
      }
      let found = cut(text, .word, lowercase: lowercase, rules: rules)
      #expect(found.filter { $0 != "\n" } == expected.filter { $0 != "\n" }, "\(text.debugDescription)")
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
