import Corpora
import Testing

@Suite("Corpus")
struct CorpusTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  func strings(_ tokens: Tokens, _ corpus: Corpus) throws -> [String] {
    try tokens.read().map { corpus.tokenizer.vocabulary.tokens[Int($0)] }
  }

  @Test("`<song>` stands before each song and after the last")
  func stream() throws {
    let corpus = try Corpus(text: "a b\n\n\nb\na", options: .init(minimumCount: 1, validationFraction: 0))
    #expect(try strings(corpus.training, corpus) == ["<song>", "a", "b", "<song>", "b", "\n", "a", "<song>"])
    #expect(corpus.validation == nil && corpus.test == nil)
    #expect(corpus.songCount == 2 && corpus.trainingSongCount == 2 && corpus.validationSongCount == 0)
  }

  @Test("Words seen once become <unk>, line breaks never do")
  func minimumCount() throws {
    let corpus = try Corpus(text: "la la oh\nla", options: .init(validationFraction: 0))
    #expect(try strings(corpus.training, corpus) == ["<song>", "la", "la", "<unk>", "\n", "la", "<song>"])
    #expect(corpus.trainingUnknownCount == 1)
  }

  @Test("A split of few songs is at the same token, whatever the vocabulary, and what is held out is not counted for it")
  func contiguous() throws {
    let corpus = try Corpus(text: "a a b b c c d d e e e e", options: .init(validationFraction: 0.4))
    #expect(try strings(corpus.training, corpus) == ["<song>", "a", "a", "b", "b", "c", "c", "d", "d"])
    #expect(try corpus.validation.map { try strings($0, corpus) } == ["<unk>", "<unk>", "<unk>", "<unk>", "<song>"])
    #expect(corpus.validationUnknownCount == 4)
    #expect(corpus.tokenizer.vocabulary.tokens == ["<unk>", "<song>", "a", "b", "c", "d"])
    #expect(corpus.songCount == 1)
    let exact = try Corpus(text: "a b c d e f g h", options: .init(minimumCount: 1, validationFraction: 0.4))
    #expect(exact.tokenizer.vocabulary.tokens == ["<unk>", "<song>", "a", "b", "c", "d", "e"])
    #expect(exact.training.count == 6 && exact.validation?.count == 4)
  }

  @Test("From ten songs on, whole songs are held out, and the vocabulary is that of the others")
  func bySong() throws {
    let texts = (0..<40).map { "song w\($0) w\($0)" }
    let corpus = try Corpus(text: texts.joined(separator: "\n\n\n"))
    let validation = try #require(corpus.validation)
    #expect(corpus.songCount == 40 && corpus.trainingSongCount + corpus.validationSongCount == 40)
    #expect(corpus.training.count == corpus.trainingSongCount * 4 + 1)
    #expect(validation.count == corpus.validationSongCount * 4 + 1)
    #expect(corpus.trainingUnknownCount == 0)
    #expect(corpus.validationUnknownCount == corpus.validationSongCount * 2)
  }

  @Test("Files for validation and test are taken as they are")
  func otherFiles() throws {
    let train = try folder.write("a b a b", to: "train.txt")
    let other = try folder.write("a c\n\n\nb", to: "other.txt")
    let corpus = try Corpus(reading: [train], options: .init(validation: [other], test: [other, other]))
    #expect(try strings(corpus.training, corpus) == ["<song>", "a", "b", "a", "b", "<song>"])
    #expect(try corpus.validation.map { try strings($0, corpus) } == ["<song>", "a", "<unk>", "<song>", "b", "<song>"])
    #expect(corpus.test?.count == 11)
    #expect(corpus.validationUnknownCount == 1 && corpus.testUnknownCount == 2)
    #expect(corpus.validationSongCount == 2 && corpus.testSongCount == 4 && corpus.songCount == 7)
    let stream = try EncodedSongs(reading: [other], tokenizer: corpus.tokenizer)
    #expect(Tokens(stream.tokens) == corpus.validation)
    #expect(stream.unknownWords == [2: "c"] && stream.songs.map(\.line) == [1, 4])
  }

  @Test("Tokens that a model knows keep their numbers, and new ones follow by count")
  func knownTokens() throws {
    let path = try folder.write("d b d a a\n\n\nd c", to: "more.txt")
    var options = CorpusOptions(minimumCount: 2, validationFraction: 0)
    options.knownTokens = ["<unk>", "<song>", "b", "z"]
    let corpus = try Corpus(reading: [path], options: options)
    #expect(corpus.tokenizer.vocabulary.tokens == ["<unk>", "<song>", "b", "z", "d", "a"])
    #expect(try corpus.training.read() == [1, 4, 2, 4, 5, 5, 1, 4, 0, 1] && corpus.trainingUnknownCount == 1)
  }

  @Test("A pre-tokenized set has no song boundaries, and its <unk> is not counted as unknown")
  func pretokenized() throws {
    let path = try folder.write(" a <unk> b \n\n\n\n b \n", to: "set.tokens")
    let corpus = try Corpus(reading: [path], options: .init(tokenization: .whitespace, validationFraction: 0))
    #expect(try strings(corpus.training, corpus) == ["a", "<unk>", "b", "<eos>", "<eos>", "<eos>", "<eos>", "b", "<eos>"])
    #expect(corpus.trainingUnknownCount == 0)
    #expect(corpus.tokenizer.vocabulary.tokens == ["<unk>", "<eos>", "b", "a"])
  }

  @Test("The vocabulary is limited on request")
  func maximum() throws {
    let corpus = try Corpus(text: "a a a b b c", options: .init(minimumCount: 1, maximumVocabulary: 4, validationFraction: 0))
    #expect(corpus.tokenizer.vocabulary.tokens == ["<unk>", "<song>", "a", "b"])
  }

  @Test(
    "Settings outside their range are refused",
    arguments: [
      (CorpusOptions(validationFraction: 1), "validation_fraction", "1.0", "at least 0 and less than 1"),
      (CorpusOptions(validationFraction: -0.5), "validation_fraction", "-0.5", "at least 0 and less than 1"),
      (CorpusOptions(validationFraction: .nan), "validation_fraction", "nan", "at least 0 and less than 1"),
      (CorpusOptions(minimumCount: 0), "min_count", "0", "at least 1"),
      (CorpusOptions(maximumVocabulary: 2), "max_vocabulary", "2", "at least 3"),
      (CorpusOptions(tokenization: .whitespace, maximumVocabulary: 1), "max_vocabulary", "1", "at least 2"),
    ])
  func settings(options: CorpusOptions, key: String, found: String, expected: String) {
    #expect(throws: CorpusError.invalidSetting(key: key, found: found, expected: expected)) { try Corpus(text: "a b", options: options) }
  }

  @Test("A text that cannot be used is refused")
  func noText() {
    #expect(throws: CorpusError.emptyFile(path: "text")) { try Corpus(text: "") }
    #expect(throws: CorpusError.noSongs(path: "text")) { try Corpus(text: "\n---\n") }
    #expect(throws: CorpusError.noValidationSongs(fraction: 0.1, tokens: 3)) { try Corpus(text: "a") }
    #expect(throws: CorpusError.missing(path: "no/such/file")) { try Corpus(reading: ["no/such/file"]) }
  }

  @Test func `a small text holds out two tokens at least, so that there is one to predict`() throws {
    let corpus = try Corpus(text: "a b c d e")
    #expect(corpus.training.count == 5 && corpus.validation?.count == 2)
  }
}
