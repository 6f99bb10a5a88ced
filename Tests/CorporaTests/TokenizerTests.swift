import Corpora
import Testing

@Suite("Tokenizer")
struct TokenizerTests {
  @Test("A character token is a grapheme cluster of any script, and the text comes back exactly")
  func characters() throws {
    let text = "Né e\u{301}! \n\t👩‍👧 น้ำ"
    #expect(try cut(text, .char) == text.map { String($0) })
    let tokenizer = try tokenizer(.char, knowing: text)
    #expect(tokenizer.decode(tokenizer.encode(text)) == text)
  }

  @Test("Line ends of every kind are one token at character level")
  func lineEnds() throws {
    #expect(try cut("a\r\nb\rc\n", .char) == ["a", "\n", "b", "\n", "c", "\n"])
  }

  @Test("An unknown character is shown as one that stays unknown")
  func unknownCharacter() throws {
    let tokenizer = try tokenizer(.char, knowing: "ab")
    let encoded = tokenizer.encode("axb")
    #expect(tokenizer.decode(encoded) == "a\u{FFFD}b")
    #expect(tokenizer.encode(tokenizer.decode(encoded)) == encoded)
  }

  @Test(
    "Pre-tokenized text is cut at white space, with a token for every line end",
    arguments: [
      (" a b \n c \n", ["a", "b", "<eos>", "c", "<eos>"]),
      ("a\nb", ["a", "<eos>", "b", "<eos>"]),
      ("\n\na", ["<eos>", "<eos>", "a", "<eos>"]),
      ("don't <unk> [x", ["don't", "<unk>", "[x", "<eos>"]),
      ("a\u{A0}b\u{3000}c", ["a", "b", "c", "<eos>"]),
    ])
  func whitespace(text: String, tokens: [String]) throws {
    let tokenizer = try tokenizer(.whitespace, knowing: text)
    #expect(tokenizer.encode(text).map { tokenizer.vocabulary.tokens[Int($0)] } == tokens)
  }

  @Test("Pre-tokenized text comes back with one space between tokens")
  func whitespaceDecoding() throws {
    let tokenizer = try tokenizer(.whitespace, knowing: "a , b\nc .")
    #expect(tokenizer.decode(tokenizer.encode(" a  , b\nc .")) == "a , b\nc .\n")
    #expect(tokenizer.encode("").isEmpty)
  }

  @Test("Unknown tokens are counted, `<unk>` itself is not, and each is named once in order", arguments: [Tokenization.word, .whitespace])
  func unknown(tokenization: Tokenization) throws {
    let tokenizer = try tokenizer(tokenization, knowing: "we know\nall this")
    let (tokens, unknown) = tokenizer.encodeCountingUnknown("we never know <unk> why never\n")
    #expect(unknown == 3)
    #expect(tokens.count { $0 == tokenizer.vocabulary.unknown } == 4)
    #expect(tokenizer.unknownWords(in: "we never know <unk> why never\n") == ["never", "why"])
  }

  @Test("Special tokens are known for what they are")
  func specials() throws {
    let word = try tokenizer(.word, knowing: "a\nb")
    #expect(word.songBoundary == 1)
    #expect(word.newline == word.vocabulary.id(of: "\n"))
    #expect(word.isSpecial(0) && word.isSpecial(1) && !word.isSpecial(2))
    let whitespace = try tokenizer(.whitespace, knowing: "a")
    #expect(whitespace.songBoundary == nil)
    #expect(whitespace.newline == whitespace.vocabulary.id(of: "<eos>"))
    #expect(try Corpus(text: "a", options: .init(tokenization: .char, validationFraction: 0)).tokenizer.newline == nil)
  }

  @Test("Decoding piece by piece gives the same as at once, and songs are parted by two blank lines")
  func streaming() throws {
    let options = CorpusOptions(minimumCount: 1, validationFraction: 0)
    let corpus = try Corpus(text: "One (song).\nEnd\n\n\nTwo", options: options)
    var decoder = TokenDecoder(corpus.tokenizer)
    let pieces = try corpus.training.read().map { decoder.text(for: $0) }
    #expect(pieces == ["", "One", " (", "song", ")", ".", "\n", "End", "", "\n\n\nTwo", ""])
    #expect(try Corpus(text: pieces.joined(), options: options).training == corpus.training)
  }
}
