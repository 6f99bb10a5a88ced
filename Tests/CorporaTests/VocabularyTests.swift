import Corpora
import Testing

@Suite("Vocabulary")
struct VocabularyTests {
  /// "the" nine times, "b", "a" and "é" three times each, "<unk>" often, "rare" and a line break once.
  private static let text =
    String(repeating: "b <unk> the \u{e9} the a the <unk> ", count: 3) + "<unk>\n" + "rare"

  private func tokens(
    minimumCount: Int? = 1, maximum: Int? = nil, tokenization: Tokenization = .word
  ) throws -> [String] {
    let options = CorpusOptions(
      tokenization: tokenization, minimumCount: minimumCount, maximumVocabulary: maximum, validationFraction: 0)
    return try Corpus(text: Self.text, options: options).tokenizer.vocabulary.tokens
  }

  @Test("Special tokens come first, then by falling count, ties by bytes")
  func order() throws {
    #expect(try tokens() == ["<unk>", "<song>", "the", "a", "b", "\u{e9}", "\n", "rare"])
  }

  @Test("Rare tokens are left out, line breaks are not", arguments: [nil, 2, 3])
  func minimum(count: Int?) throws {
    #expect(try tokens(minimumCount: count) == ["<unk>", "<song>", "the", "a", "b", "\u{e9}", "\n"])
  }

  @Test("The size is limited, special tokens included", arguments: [3, 4, 6, 8])
  func maximum(size: Int) throws {
    #expect(try tokens(maximum: size) == Array(["<unk>", "<song>", "the", "a", "b", "\u{e9}", "\n", "rare"].prefix(size)))
  }

  @Test("Every token is found by its number and the other way")
  func numbers() throws {
    let vocabulary = try #require(Vocabulary(tokens: tokens()))
    #expect(vocabulary.count == 8 && vocabulary.unknown == 0)
    for (id, token) in vocabulary.tokens.enumerated() { #expect(vocabulary.id(of: token) == TokenID(id)) }
    #expect(vocabulary.id(of: "absent") == nil)
  }

  @Test("A list with a token twice, or without `<unk>`, is no vocabulary")
  func invalid() throws {
    #expect(Vocabulary(tokens: ["a"]) == nil)
    #expect(Vocabulary(tokens: ["<unk>", "a", "a"]) == nil)
    #expect(try #require(Vocabulary(tokens: ["a", "<unk>"])).unknown == 1)
  }
}
