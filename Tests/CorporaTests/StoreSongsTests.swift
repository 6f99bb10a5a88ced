import Corpora
import Files
import SystemPackage
import Testing

@Suite("Songs of a store")
struct StoreSongsTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let training = "the boat sings\n\n\nthe river burns\n\n\nthe lamp sings"
  private static let validation = "the boat burns\n\n\nthe zeppelin sings"

  private func store(
    _ name: String, _ training: String = training, tokenization: Tokenization = .word, lowercase: Bool = false
  ) throws -> (path: String, corpus: Corpus) {
    let songs = try folder.write(training, to: "\(name).txt"), held = try folder.write(Self.validation, to: "\(name)-held.txt")
    let options = CorpusOptions(
      tokenization: tokenization, minimumCount: 1, maximumVocabulary: tokenization == .bpe ? 300 : nil, lowercase: lowercase,
      validation: [held])
    let path = folder.path.appending("\(name).store").string
    try Corpus.prepare([songs], options: options, to: path)
    return (path, try Corpus(store: path))
  }

  @Test("A part has the tokens and songs of its texts", arguments: [Tokenization.word, .char, .bpe])
  func likeTexts(tokenization: Tokenization) throws {
    let (path, corpus) = try store("s", tokenization: tokenization)
    for (part, text) in [(Corpus.Part.training, Self.training), (.validation, Self.validation)] {
      let texts = try EncodedSongs(
        of: SongReader().songs(in: Array(text.utf8), source: path), tokenizer: corpus.tokenizer)
      let found = try EncodedSongs(of: part, in: corpus, path: path, tokenizer: corpus.tokenizer)
      #expect(found.tokens == texts.tokens && found.songs.map(\.range) == texts.songs.map(\.range))
      #expect(found.songs.map(\.passage) == texts.songs.map(\.passage))
      #expect(found.songs.map(\.line) == Array(1...texts.songs.count) && found.songs.allSatisfy { $0.source == path })
      #expect(Set(found.unknownWords.keys) == Set(texts.unknownWords.keys))
    }
  }

  @Test func `a whitespace set is one song`() throws {
    let (path, corpus) = try store("s", tokenization: .whitespace)
    let found = try EncodedSongs(of: .training, in: corpus, path: path, tokenizer: corpus.tokenizer)
    #expect(try found.songs.map(\.range) == [0..<found.tokens.count] && found.tokens == corpus.training.read())
  }

  @Test func `tokens of another vocabulary are matched by their texts`() throws {
    let (path, corpus) = try store("s"), other = try store("o", "sings the moon\n\n\nthe boat").corpus.tokenizer
    let found = try EncodedSongs(of: .training, in: corpus, path: path, tokenizer: other)
    let texts = try EncodedSongs(of: SongReader().songs(in: Array(Self.training.utf8), source: "t"), tokenizer: other)
    #expect(found.tokens == texts.tokens && found.unknownWords == texts.unknownWords)
    #expect(Set(found.unknownWords.values) == ["river", "burns", "lamp"])
  }

  @Test(
    "A store that was tokenized in another way is refused",
    arguments: [
      (Tokenization.char, false), (.whitespace, false), (.bpe, false), (.word, true),
    ])
  func cutOtherwise(tokenization: Tokenization, lowercase: Bool) throws {
    let (path, corpus) = try store("s"), other = try store("o", tokenization: tokenization, lowercase: lowercase).corpus.tokenizer
    #expect {
      try EncodedSongs(of: .training, in: corpus, path: path, tokenizer: other)
    } throws: {
      if case CorpusError.storeTokenizedOtherwise(path, "word tokens", _) = $0 { true } else { false }
    }
  }

  @Test func `a store that was cut by other rules is refused`() throws {
    let (path, corpus) = try store("s")
    let own = corpus.tokenizer
    let older = Corpora.Tokenizer(tokenization: .word, vocabulary: own.vocabulary, rules: .first)
    #expect(
      throws: CorpusError.storeTokenizedOtherwise(
        path: path, found: "word tokens, cut by the rules of revision 3", expected: "those of revision 1")
    ) { try EncodedSongs(of: .training, in: corpus, path: path, tokenizer: older) }
    #expect(try EncodedSongs(of: .training, in: corpus, path: path, tokenizer: own).songs.count > 0)
  }

  @Test func `other byte pairs are refused, and a part without songs`() throws {
    let (path, corpus) = try store("s", tokenization: .bpe)
    let other = try store("o", "moon moon moon moon noon noon", tokenization: .bpe).corpus.tokenizer
    #expect(
      throws: CorpusError.storeTokenizedOtherwise(path: path, found: "tokens of other byte pairs", expected: "those of the tokenizer")
    ) {
      try EncodedSongs(of: .training, in: corpus, path: path, tokenizer: other)
    }
    #expect(throws: CorpusError.emptyPart(path: path, part: "test")) {
      try EncodedSongs(of: .test, in: corpus, path: path, tokenizer: corpus.tokenizer)
    }
  }

  @Test func `songs of one store are left out of another's by their tokens`() throws {
    let (path, corpus) = try store("s", Self.training + "\n\n\n" + Self.training + "\n\n\nthe boat")
    let all = try EncodedSongs(of: .training, in: corpus, path: path, tokenizer: corpus.tokenizer)
    let some = try EncodedSongs(
      of: SongReader().songs(in: Array("the river burns".utf8), source: "t"), tokenizer: corpus.tokenizer)
    let rest = all.distinct(excluding: some, tokenizer: corpus.tokenizer)
    let expected = try EncodedSongs(
      of: SongReader().songs(in: Array("the boat sings\n\n\nthe lamp sings\n\n\nthe boat".utf8), source: path), tokenizer: corpus.tokenizer)
    #expect(rest.tokens == expected.tokens && rest.songs.map(\.range) == expected.songs.map(\.range))
    #expect(rest.songs.map(\.passage) == expected.songs.map(\.passage))
    #expect(all.distinct(excluding: all, tokenizer: corpus.tokenizer).tokens.isEmpty)
  }

  @Test func `a store keeps its reading options, and an older one has none`() throws {
    let source = try folder.write(Self.training + "\n***\nthe end", to: "s.txt"), path = folder.path.appending("s.store").string
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0)
    options.cleaning.tags = .drop
    options.separator = .line("***")
    try Corpus.prepare([source], options: options, to: path)
    #expect(try Corpus(store: path).reading == ReadingRecord(options: options.reading))
    #expect(try Corpus(reading: [source], options: options).reading == ReadingRecord(options: options.reading))
  }
}
