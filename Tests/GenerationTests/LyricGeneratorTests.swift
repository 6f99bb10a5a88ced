import Corpora
import Foundation
import Generation
import LanguageModel
import Models
import Testing
import Training

@Suite("The lyric generator") struct LyricGeneratorTests {
  static let verse = """
    The heron keeps the evening on one leg above the weir,
    the miller counts his candles and the hour begins to clear.
    """

  /// A model with random weights, which says anything.
  static func random(
    _ tokenization: Tokenization = .word, text: String = verse, seed: UInt64 = 1, minimumCount: Int = 1
  ) throws -> Model {
    let corpus = try Corpus(
      text: text, options: CorpusOptions(tokenization: tokenization, minimumCount: minimumCount, validationFraction: 0))
    var configuration = TrainingConfiguration()
    configuration.embeddingSize = 8
    configuration.hiddenSizes = 12
    let sizes = configuration.model(vocabularySize: corpus.tokenizer.vocabulary.count)
    return Model(weights: Weights(sizes, seed: seed), tokenizer: corpus.tokenizer, configuration: configuration, step: 0)
  }

  /// A model that knows one text by heart.
  static func trained(_ tokenization: Tokenization, _ text: String = verse) async throws -> Model {
    let corpus = try Corpus(text: text, options: CorpusOptions(tokenization: tokenization, minimumCount: 1, validationFraction: 0))
    var configuration = TrainingConfiguration()
    configuration.embeddingSize = 16
    configuration.hiddenSizes = 48
    configuration.batchSize = 1
    configuration.windowLength = corpus.training.count - 1
    configuration.shards = 1
    configuration.optimizer.learningRate = 0.01
    configuration.steps = 250
    let trainer = try Trainer(corpus: corpus, configuration: configuration)
    try await trainer.train()
    return await trainer.model
  }

  // MARK: - Seeds

  @Test("the same seed gives the same text, another seed another", arguments: Tokenization.allCases)
  func seeds(tokenization: Tokenization) throws {
    let model = try Self.random(tokenization)
    let sampling = Sampling(temperature: 1)
    let text = try model.generate(prompt: "The heron", length: 40, sampling: sampling, seed: 7)
    #expect(try model.generate(prompt: "The heron", length: 40, sampling: sampling, seed: 7) == text)
    #expect(try Self.random(tokenization).generate(prompt: "The heron", length: 40, sampling: sampling, seed: 7) == text)
    let others = try (8...12).map { try model.generate(prompt: "The heron", length: 40, sampling: sampling, seed: $0) }
    #expect(Set(others + [text]).count == 6)
    #expect(
      try model.generate(prompt: "The heron", length: 40, sampling: .greedy, seed: 1)
        == model.generate(prompt: "The heron", length: 40, sampling: .greedy, seed: 2))
  }

  // MARK: - Text

  @Test func `a prompt that ends in a space gets no second one`() throws {
    let model = try Self.random(.whitespace)
    let text = try model.generate(prompt: "The heron ", length: 20, sampling: Sampling(temperature: 1), seed: 7)
    #expect(text == (try model.generate(prompt: "The heron", length: 20, sampling: Sampling(temperature: 1), seed: 7)))
    #expect(!text.contains("  "))
  }

  @Test("a space at the end of a prompt is that before a mark that stands apart", arguments: ["O\u{F9} es-tu ", "O\u{F9} es-tu"])
  func markApart(prompt: String) async throws {
    let model = try await Self.trained(.word, "O\u{F9} es-tu ? Je t'aime ! O\u{F9} vas-tu, mon c\u{153}ur ?\nla la la\n")
    let text = try model.generate(prompt: prompt, length: 4, sampling: .greedy, seed: 1)
    #expect(text.hasPrefix("O\u{F9} es-tu ? Je"), "\(text)")
  }

  @Test("a model that knows a text by heart goes on from its beginning", arguments: Tokenization.allCases)
  func byHeart(tokenization: Tokenization) async throws {
    let model = try await Self.trained(tokenization)
    let length = model.tokenizer.encode(Self.verse).count - model.tokenizer.encode("The heron").count
    // Pre-tokenized text has no end of a song: its length must be said.
    let count = tokenization == .whitespace ? length + 1 : 1_000
    let song = try model.generate(prompt: "The heron", length: count, sampling: .greedy)
    #expect(song == (tokenization == .whitespace ? Self.verse + "\n" : Self.verse))
    if tokenization != .whitespace {
      #expect(try model.generate(length: 1_000, sampling: .greedy) == Self.verse)
    }
  }

  @Test(
    "the pieces, joined, are the decoded tokens with their spaces", arguments: Tokenization.allCases,
    ["", "The heron", "keeps the evening,"])
  func pieces(tokenization: Tokenization, prompt: String) throws {
    let model = try Self.random(tokenization)
    for seed in 1...10 as ClosedRange<UInt64> {
      let pieces = Array(try model.lyrics(prompt: prompt, length: 30, sampling: Sampling(temperature: 1), seed: seed))
      #expect(pieces.count <= 30)
      let text = prompt + pieces.joined()
      #expect(try model.generate(prompt: prompt, length: 30, sampling: Sampling(temperature: 1), seed: seed) == text)
      // What was written reads back as the tokens that were drawn: one a piece after the prompt's.
      let read = model.tokenizer.encode(text)
      let isLineOpen = tokenization == .whitespace && !text.hasSuffix("\n") && !text.isEmpty
      let start = model.tokenizer.encode(prompt).count - (tokenization == .whitespace && !prompt.isEmpty ? 1 : 0)
      // Characters join, and random byte pairs would not have been merged so.
      if tokenization != .char, tokenization != .bpe { #expect(read.count - (isLineOpen ? 1 : 0) == start + pieces.count) }
      if tokenization == .word { #expect(model.tokenizer.decode(read) == text) }
    }
  }

  @Test func `words of the prompt that the vocabulary lacks are named, each once`() throws {
    let model = try Self.random()
    #expect(try model.lyrics(prompt: "The zebra counts the zebra's kazoo, zebra").unknownWords == ["zebra", "zebra's", "kazoo"])
    #expect(try model.lyrics(prompt: "The heron").unknownWords.isEmpty)
    #expect(try model.lyrics().unknownWords.isEmpty)
    #expect(try Self.random(.char).lyrics(prompt: "Théz!é").unknownWords == ["é", "z", "!"])
    #expect(try Self.random(.whitespace).lyrics(prompt: "The weir").unknownWords == ["weir"])
  }

  // MARK: - Where it stops

  @Test("no more tokens than asked for", arguments: Tokenization.allCases, [1, 2, 17])
  func length(tokenization: Tokenization, count: Int) throws {
    let model = try Self.random(tokenization)
    let counts = try (1...30 as ClosedRange<UInt64>).map { seed in
      Array(try model.lyrics(length: count, sampling: Sampling(temperature: 1), seed: seed)).count
    }
    #expect(counts.max() == count)
    #expect((counts.min() ?? 0) >= 1)
  }

  @Test("a song is never empty, even if the model would end it at once", arguments: [Tokenization.word, .char])
  func neverEmpty(tokenization: Tokenization) throws {
    let random = try Self.random(tokenization)
    let model = try random.favouring(random.tokenizer.songBoundary)
    for seed in 1...20 as ClosedRange<UInt64> {
      // One token, then the end that the model wants.
      #expect(Array(try model.lyrics(length: 50, sampling: Sampling(temperature: 1), seed: seed)).count == 1)
    }
    #expect(Array(try model.lyrics(length: 50, sampling: .greedy)).count == 1)
    // A prompt is a song's beginning already: it may end there.
    #expect(Array(try model.lyrics(prompt: "the", length: 50, sampling: .greedy)).isEmpty)
    #expect(try model.generate(prompt: "the", length: 50, sampling: .greedy) == "the")
  }

  @Test func `an iterator that is done stays done`() throws {
    let random = try Self.random()
    let model = try random.favouring(random.tokenizer.songBoundary)
    var lyrics = try model.lyrics(length: 5, sampling: .greedy)
    #expect(lyrics.next() != nil)
    for _ in 0..<3 { #expect(lyrics.next() == nil) }
  }

  @Test("<unk> never comes unless it is allowed", arguments: Tokenization.allCases)
  func unknown(tokenization: Tokenization) throws {
    let random = try Self.random(tokenization)
    let model = try random.favouring(random.tokenizer.vocabulary.unknown)
    let mark = tokenization == .char ? "\u{FFFD}" : "<unk>"
    for seed in 1...5 as ClosedRange<UInt64> {
      #expect(!(try model.generate(length: 60, sampling: Sampling(temperature: 1), seed: seed)).contains(mark))
    }
    #expect(!(try model.generate(length: 60, sampling: .greedy)).contains(mark))
    var sampling = Sampling(temperature: 1)
    sampling.allowsUnknown = true
    #expect(try model.generate(length: 3, sampling: sampling).contains(mark))
  }

  // MARK: - Errors

  @Test("a length that cannot be is refused", arguments: [0, -1, .min])
  func invalidLength(length: Int) throws {
    let model = try Self.random()
    let error = #expect(throws: GenerationError.self) { try model.lyrics(length: length) }
    #expect(error?.description == "\"length\" must be at least 1, but is \(length); choose another value.")
    #expect(throws: GenerationError.self) { try model.generate(length: length) }
  }

  @Test func `nobody to work is refused`() throws {
    let error = #expect(throws: GenerationError.self) { try Self.random().generate(workers: 0) }
    #expect(error?.description == "\"workers\" must be at least 1, but is 0; choose another value.")
  }

  @Test func `settings are looked at before anything is written`() throws {
    let model = try Self.random()
    let error = #expect(throws: GenerationError.self) { try model.generate(sampling: Sampling(temperature: -1)) }
    #expect(error == .invalidSetting(key: "temperature", found: "-1.0", expected: "a finite number of 0 or more"))
  }
}

extension Model {
  /// The same model with one token much likelier than all others: its bias is set in the model's file.
  func favouring(_ token: TokenID?) throws -> Model {
    let folder = FileManager.default.temporaryDirectory.appending(path: "refrain-\(UInt64.random(in: .min ... .max))")
    defer { try? FileManager.default.removeItem(at: folder) }
    try save(to: folder.path())
    let file = folder.appending(path: "model.safetensors")
    var bytes = Array(try Data(contentsOf: file))
    let length = try SafetensorsHeader.headerLength(prefix: Array(bytes.prefix(8)), fileSize: bytes.count, path: "")
    let header = try SafetensorsHeader(json: Array(bytes[8..<8 + length]), dataOffset: 8 + length, fileSize: bytes.count, path: "")
    let bias = try #require(header.tensors.first { $0.name == "decoder.bias" })
    let start = header.dataOffset + bias.byteRange.lowerBound + 4 * Int(try #require(token))
    for byte in 0..<4 { bytes[start + byte] = UInt8(truncatingIfNeeded: Float(50).bitPattern >> (8 * UInt32(byte))) }
    try Data(bytes).write(to: file)
    return try Model(directory: folder.path())
  }
}
