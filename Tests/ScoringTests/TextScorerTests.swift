import Basics
import Corpora
import Foundation
import Kernels
import LanguageModel
import Models
import Scoring
import Testing
import Training

/// Songs of pseudo-random words, some of them unknown to the model.
private func songs(_ count: Int, seed: UInt64) -> [Song] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { index in
    let length = Int.random(in: 1...60, using: &generator)
    let words = (0..<length).map { _ in "w\(Int.random(in: 0..<25, using: &generator))" }
    return Song(text: words.joined(separator: " "), source: "song \(index)")
  }
}

private func model() throws -> Model {
  let words = (0..<20).map { "w\($0)" }.joined(separator: " ")
  let corpus = try Corpus(text: words, options: CorpusOptions(minimumCount: 1, validationFraction: 0))
  var configuration = TrainingConfiguration()
  configuration.embeddingSize = 7
  configuration.hiddenSizes = 10
  configuration.layerCount = 2
  let sizes = configuration.model(vocabularySize: corpus.tokenizer.vocabulary.count)
  return Model(weights: Weights(sizes, seed: 3), tokenizer: corpus.tokenizer, configuration: configuration, step: 1)
}

/// Ten products of up to ten terms lie between a token and its loss, which is about 3.
private let tolerance = 0x1p-24 * 100 * 3.1

@Suite("Scores of single tokens") struct TextScorerTests {
  /// One lane that reads a passage from a state of zeros, a token at a time.
  static func nats(of tokens: [TokenID], in passage: Range<Int>, _ weights: Weights) async -> [Double] {
    let pool = EvaluationPool(PreparedWeights(weights, forTraining: false), steps: 1, lanes: 1, shards: 1, workers: 1)
    var result: [Double] = []
    for position in passage.dropFirst() {
      result += await pool.nats(from: result.isEmpty ? .initial : .afterLastWindow) { _ in
        ShardWindows(inputs: [tokens[position - 1]], targets: [tokens[position]], lanes: 1, steps: 1)
      }
    }
    return result
  }

  @Test(
    "each passage is read by itself, however many run side by side",
    arguments: [(1, 1, 1), (16, 64, 4), (4, 5, 2), (3, 7, 1), (64, 1_000, 2), (5, 9, 4)])
  func passages(lanes: Int, window: Int, shards: Int) async throws {
    let model = try model()
    let text = EncodedSongs(of: songs(23, seed: 5), tokenizer: model.tokenizer)
    for reading in [Reading.songs, .whole, .lanes(16), .lanes(5)] {
      let scores = try await model.scores(of: text, reading: reading, scorer: TextScorer(lanes: lanes, window: window, shards: shards))
      var seen = Set<Int>()
      for passage in scores.passages {
        let expected = await Self.nats(of: text.tokens, in: passage, model.weights)
        for (position, value) in zip(passage.dropFirst(), expected) {
          #expect(abs(try #require(scores.nats[position]) - value) <= tolerance)
          #expect(seen.insert(position).inserted, "a token is predicted once")
        }
      }
      #expect(seen == Set(1..<text.tokens.count) && scores.nats[0] == nil)
    }
  }

  @Test("lanes are those of the evaluation that training shows", arguments: [2, 65, 900, 1_025, 5_000, 8_193])
  func lanes(count: Int) async throws {
    let model = try model()
    var text = EncodedSongs(of: songs(40, seed: 6), tokenizer: model.tokenizer)
    while text.tokens.count > count + 60 {
      text = EncodedSongs(of: Array(songs(40, seed: 6).prefix(text.songs.count - 1)), tokenizer: model.tokenizer)
    }
    let expected = try await Evaluator().evaluate(text.tokens, weights: model.weights)
    let found = try await model.scores(of: text, reading: .lanes(16)).evaluation
    #expect(found.tokens == expected.tokens && abs(found.lossNats - expected.lossNats) <= tolerance)
  }

  @Test func `song by song, the sums are those of the whole`() async throws {
    let model = try model()
    let text = EncodedSongs(of: songs(9, seed: 7), tokenizer: model.tokenizer)
    let scores = try await model.scores(of: text, reading: .songs)
    let parts = text.songs.compactMap { scores.evaluation(of: $0) }
    #expect(parts.count == 9 && parts.reduce(0) { $0 + $1.tokens } == scores.evaluation.tokens)
    let sum = parts.reduce(0) { $0 + $1.lossNats * Double($1.tokens) }
    #expect(abs(sum / Double(scores.evaluation.tokens) - scores.evaluation.lossNats) < 1e-12)
    // A song does not depend on those before it, unless the state is carried.
    let last = try #require(text.songs.last)
    let alone = EncodedSongs(of: Array(songs(9, seed: 7).suffix(1)), tokenizer: model.tokenizer)
    let single = try await model.scores(of: alone, reading: .songs).evaluation
    #expect(abs(try #require(scores.evaluation(of: last)).lossNats - single.lossNats) <= tolerance)
    let carried = try await model.scores(of: text, reading: .whole)
    let differences = zip(carried.nats, scores.nats).map { abs(($0 ?? 0) - ($1 ?? 0)) }
    #expect(differences[text.songs[0].range].allSatisfy { $0 <= tolerance } && (differences.max() ?? 0) > 10 * tolerance)
  }

  @Test func `unknown words are counted, kept as written, and left out where asked`() async throws {
    let model = try model()
    let text = EncodedSongs(of: songs(12, seed: 8), tokenizer: model.tokenizer)
    #expect(!text.unknownWords.isEmpty)
    for (position, token) in text.tokens.enumerated() {
      #expect((token == model.tokenizer.vocabulary.unknown) == (text.unknownWords[position] != nil))
    }
    #expect(Set(text.unknownWords.values).isSubset(of: ["w20", "w21", "w22", "w23", "w24"]))
    let scores = try await model.scores(of: text, reading: .songs)
    let known = try #require(scores.knownEvaluation)
    #expect(known.tokens == scores.evaluation.tokens - text.unknownWords.count)
    var sum = 0.0
    for (position, nats) in scores.nats.enumerated() where text.unknownWords[position] == nil { sum += nats ?? 0 }
    #expect(abs(known.lossNats - sum / Double(known.tokens)) < 1e-12 && known.lossNats != scores.evaluation.lossNats)
    #expect(text.songs.reduce(0) { $0 + scores.unknownCount(of: $1) } == text.unknownWords.count)
    #expect(scores.unknownCount == text.unknownWords.count)
    // A token that came first was read and not predicted.
    var nats = scores.nats
    let first = try #require(text.unknownWords.keys.min())
    nats[first] = nil
    #expect(TextScores(text: text, passages: scores.passages, nats: nats).unknownCount == text.unknownWords.count - 1)
  }

  @Test func `pre-tokenized texts have no song ends, and each begins with a token that nothing predicts`() async throws {
    let tokenizer = try Corpus(text: "a b c\nc b a\n", options: CorpusOptions(tokenization: .whitespace, validationFraction: 0)).tokenizer
    let text = EncodedSongs(of: [Song(text: "a b <unk>\n"), Song(text: "c d\n")], tokenizer: tokenizer)
    #expect(text.songs.map(\.range) == [0..<4, 4..<7] && text.songs.map(\.passage) == [0..<4, 4..<7])
    // `<unk>` in the text is a token like any other: somebody's vocabulary lacked it, not this one.
    #expect(text.unknownWords == [5: "d"])
    #expect(try Reading.lanes(1).passages(of: text) == [0..<7] && Reading.songs.passages(of: text) == [0..<4, 4..<7])
  }

  @Test("there must be something to predict", arguments: [Reading.songs, .whole, .lanes(16)])
  func tooShort(reading: Reading) throws {
    let tokenizer = try Corpus(text: "a b", options: CorpusOptions(tokenization: .whitespace, validationFraction: 0)).tokenizer
    for songs in [[], [Song(text: "\n")]] {
      let text = EncodedSongs(of: songs, tokenizer: tokenizer)
      #expect(throws: CorpusError.self) { try reading.passages(of: text) }
    }
  }

  @Test func `songs that are elsewhere too, or come again, are left out`() throws {
    let tokenizer = try model().tokenizer
    let all = songs(6, seed: 9)
    let rest = EncodedSongs(
      of: (all + [all[0], Song(text: all[1].text.uppercased())]).distinct(excluding: [Song(text: all[2].text.uppercased() + "  ")]),
      tokenizer: tokenizer)
    #expect(rest.songs.map(\.source) == ["song 0", "song 1", "song 3", "song 4", "song 5"])
    let none = EncodedSongs(of: all.distinct(excluding: all), tokenizer: tokenizer)
    #expect(none.tokens.isEmpty && none.songs.isEmpty)
  }
}
