import Corpora
import Testing

@Suite("Vocabulary")
struct VocabularyTests {
  let counts = ["b": 3, "a": 3, "rare": 1, "the": 9, "é": 3, "\n": 1, "<unk>": 50]

  @Test("Special tokens come first, then by falling count, ties by bytes")
  func order() {
    #expect(Vocabulary(counts: counts, specials: ["<song>"]).tokens == ["<unk>", "<song>", "the", "a", "b", "é", "\n", "rare"])
  }

  @Test("Rare tokens are left out, kept ones are not")
  func minimum() {
    #expect(Vocabulary(counts: counts, keeping: ["\n", "absent"], minimumCount: 2).tokens == ["<unk>", "the", "a", "b", "é", "\n"])
  }

  @Test("The size is limited, special tokens included", arguments: [(3, ["<unk>", "<song>", "the"]), (2, ["<unk>", "<song>"])])
  func maximum(size: Int, tokens: [String]) {
    #expect(Vocabulary(counts: counts, specials: ["<song>"], maximumSize: size).tokens == tokens)
  }

  @Test("Every token is found by its number and the other way")
  func numbers() {
    let vocabulary = Vocabulary(counts: counts)
    #expect(vocabulary.count == 7)
    #expect(vocabulary.unknown == 0)
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
