import Basics
import Corpora
import Foundation
import Kernels
import LanguageModel
import Models
import Scoring
import Testing
import Training

/// Songs in which words come back, so that a cache has something to remember.
private func songs(_ count: Int, seed: UInt64) -> [Song] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { index in
    let own = (0..<4).map { _ in "w\(Int.random(in: 0..<25, using: &generator))" }
    let words = (0..<Int.random(in: 2...50, using: &generator)).map { _ in own.randomElement(using: &generator) ?? "w0" }
    return Song(text: words.joined(separator: " "), source: "song \(index)")
  }
}

private func model(isTied: Bool = false, decoderScale: Float = 1) throws -> Model {
  let words = (0..<20).map { "w\($0)" }.joined(separator: " ")
  let corpus = try Corpus(text: words, options: CorpusOptions(minimumCount: 1, validationFraction: 0))
  var configuration = TrainingConfiguration()
  configuration.embeddingSize = 7
  configuration.hiddenSizes = 10
  configuration.layerCount = 2
  configuration.isTied = isTied
  let sizes = configuration.model(vocabularySize: corpus.tokenizer.vocabulary.count)
  var weights = Weights(sizes, seed: 3, range: 0.7)
  for parameter in [Parameter.decoderWeight, .decoderBias] where decoderScale != 1 {
    for index in weights.layout[parameter].range { weights.values[index] *= decoderScale }
  }
  return Model(weights: weights, tokenizer: corpus.tokenizer, configuration: configuration, step: 1)
}

/// One lane that reads a passage a token at a time: the decoder's input before each token, and its logits in Double.
private func plainReading(of tokens: [TokenID], in passage: Range<Int>, _ weights: Weights) async -> [(input: [Double], logits: [Double])] {
  let pool = EvaluationPool(PreparedWeights(weights, forTraining: false), steps: 1, lanes: 1, shards: 1, workers: 1)
  let decoder = weights.matrix(.decoderWeight), bias = weights.matrix(.decoderBias)
  var result: [(input: [Double], logits: [Double])] = []
  for position in passage.dropFirst() {
    let found = await pool.scores(from: result.isEmpty ? .initial : .afterLastWindow, keepsInputs: true) { _ in
      ShardWindows(inputs: [tokens[position - 1]], targets: [tokens[position]], lanes: 1, steps: 1)
    }
    let input = found.inputs.map(Double.init)
    let logits = (0..<decoder.rows).map { row in
      Double(bias[0, row]) + input.indices.reduce(0) { $0 + input[$1] * Double(decoder[row, $1]) }
    }
    result.append((input, logits))
  }
  return result
}

/// -log of the mixed probability of each token of a passage but the first, in plain loops.
private func plainNats(
  of tokens: [TokenID], in passage: Range<Int>, _ weights: Weights, temperature: Double = 1, cache: NeuralCache?
) async -> [Double] {
  let steps = await plainReading(of: tokens, in: passage, weights)
  return steps.indices.map { step in
    let target = Int(tokens[passage.lowerBound + step + 1])
    let cooled = steps[step].logits.map { $0 / temperature }, largest = cooled.max() ?? 0
    let own = exp(cooled[target] - largest) / cooled.reduce(0) { $0 + exp($1 - largest) }
    guard let cache, step > 0 else { return -log(own) }
    var all = 0.0, same = 0.0
    for earlier in max(0, step - cache.size)..<step {
      let product = zip(steps[step].input, steps[earlier].input).reduce(0) { $0 + $1.0 * $1.1 }
      let weight = exp(cache.flatness * product)
      all += weight
      if Int(tokens[passage.lowerBound + earlier + 1]) == target { same += weight }
    }
    return -log((1 - cache.weight) * own + cache.weight * same / all)
  }
}

/// Products of ten terms of about 1 are multiplied by up to 8 before an exponential; losses are up to 5.
private let tolerance = 0x1p-24 * 10 * 10 * 8 * 5

@Suite("The neural cache and the temperature") struct NeuralCacheTests {
  @Test(
    "a cache gives what plain loops give",
    arguments: [
      NeuralCache(size: 1, flatness: 1, weight: 0.5), NeuralCache(size: 7, flatness: 0, weight: 0.2),
      NeuralCache(size: 20, flatness: 8, weight: 0.9), NeuralCache(size: 1_000, flatness: 0.4, weight: 0.999),
      NeuralCache(size: 30, flatness: 2, weight: 0),
    ], [Reading.songs, .whole, .lanes(3)])
  func plain(cache: NeuralCache, reading: Reading) async throws {
    for (isTied, temperature) in [(false, Float(1)), (true, 1.7)] {
      let model = try model(isTied: isTied), text = EncodedSongs(of: songs(17, seed: 5), tokenizer: model.tokenizer)
      for (lanes, window, shards) in [(1, 1, 1), (4, 5, 2), (16, 64, 4), (3, 1_000, 1)] {
        var scorer = TextScorer(lanes: lanes, window: window, shards: shards)
        scorer.cache = cache
        scorer.temperature = temperature
        let scores = try await model.scores(of: text, reading: reading, scorer: scorer)
        for passage in scores.passages {
          let expected = await plainNats(
            of: text.tokens, in: passage, model.weights, temperature: Double(temperature), cache: cache)
          for (position, value) in zip(passage.dropFirst(), expected) {
            let found = try #require(scores.nats[position])
            #expect(abs(found - value) <= tolerance || (found > 30 && value > 30), "\(position): \(found), not \(value)")
          }
        }
      }
    }
  }

  @Test("the temperature divides the logits", arguments: [Float(0.5), 1, 1.3, 4])
  func temperature(temperature: Float) async throws {
    let model = try model(), text = EncodedSongs(of: songs(9, seed: 6), tokenizer: model.tokenizer)
    var scorer = TextScorer()
    scorer.temperature = temperature
    let scores = try await model.scores(of: text, reading: .whole, scorer: scorer)
    let expected = await plainNats(
      of: text.tokens, in: 0..<text.tokens.count, model.weights, temperature: Double(temperature), cache: nil)
    for (position, value) in expected.enumerated() { #expect(abs(try #require(scores.nats[position + 1]) - value) <= tolerance) }
  }

  @Test("neither depends on the workers", arguments: [2, 3, 7])
  func workers(workers: Int) async throws {
    let model = try model(), text = EncodedSongs(of: songs(23, seed: 7), tokenizer: model.tokenizer)
    func nats(_ workers: Int) async throws -> [UInt64?] {
      var scorer = TextScorer(lanes: 8, window: 9, workers: workers)
      scorer.cache = NeuralCache(size: 12)
      scorer.temperature = 1.2
      return try await model.scores(of: text, reading: .songs, scorer: scorer).nats.map { $0?.bitPattern }
    }
    #expect(try await nats(1) == nats(workers))
  }

  @Test func `a full cache remembers the newest positions, however it is filled`() {
    var generator = SeededGenerator(seed: 2)
    let inputs = (0..<300).map { _ in (0..<3).map { _ in Float.random(in: -1...1, using: &generator) } }
    let targets = (0..<300).map { _ in Int32.random(in: -1...4, using: &generator) }
    var single = CacheMemory(size: 11, width: 3), expected: [Double?] = []
    for step in 0..<300 { expected += single.probabilities(inputs[step], targets: [targets[step]], flatnesses: [1.5])[0] }
    for length in [2, 7, 64, 300] {
      var memory = CacheMemory(size: 11, width: 3), found: [Double?] = []
      for start in stride(from: 0, to: 300, by: length) {
        let range = start..<min(300, start + length)
        found += memory.probabilities(inputs[range].flatMap(\.self), targets: Array(targets[range]), flatnesses: [1.5])[0]
      }
      #expect(zip(found, expected).allSatisfy { abs(($0 ?? -1) - ($1 ?? -1)) < 1e-5 } && found.count == 300)
      #expect(memory.count == 11)
    }
    // Only positions with a token after them count.
    #expect(zip(expected, targets).allSatisfy { ($0 == nil) || $1 >= 0 })
  }

  @Test func `the distribution agrees with the probabilities of single tokens`() {
    var generator = SeededGenerator(seed: 4)
    var memory = CacheMemory(size: 40, width: 5)
    #expect(memory.distribution([1, 0, 0, 0, 0], flatness: 1).isEmpty)
    let inputs = (0..<60).map { _ in (0..<5).map { _ in Float.random(in: -1...1, using: &generator) } }
    memory.append(inputs.flatMap(\.self), followedBy: (0..<60).map { _ in Int32.random(in: 0..<9, using: &generator) })
    let query = (0..<5).map { _ in Float.random(in: -1...1, using: &generator) }
    let found = memory.distribution(query, flatness: 2)
    #expect(abs(found.reduce(0) { $0 + $1.probability } - 1) < 1e-12)
    #expect(Set(found.map(\.token)).count == found.count)
    for token in Int32(0)..<9 {
      var copy = memory
      let expected = copy.probabilities(query, targets: [token], flatnesses: [2])[0][0]
      #expect(abs((found.first { $0.token == token }?.probability ?? 0) - (expected ?? -1)) < 1e-6)
    }
  }

  @Test func `what is fitted is best`() async throws {
    let model = try model(), text = EncodedSongs(of: songs(30, seed: 8), tokenizer: model.tokenizer)
    let cache = try await model.fittedCache(to: text, size: 25, reading: .songs)
    func loss(_ cache: NeuralCache?) async throws -> Double {
      var scorer = TextScorer()
      scorer.cache = cache
      return try await model.scores(of: text, reading: .songs, scorer: scorer).evaluation.lossNats
    }
    let best = try await loss(cache)
    #expect(cache.size == 25 && cache.weight > 0.2)
    #expect(try await best < loss(nil) - 0.2)
    for other in [
      NeuralCache(size: 25, flatness: cache.flatness, weight: cache.weight * 0.9),
      NeuralCache(size: 25, flatness: cache.flatness, weight: min(1, cache.weight * 1.1)),
      NeuralCache(size: 25, flatness: cache.flatness * 1.5, weight: cache.weight),
      NeuralCache(size: 25, flatness: cache.flatness / 1.5, weight: cache.weight), NeuralCache(size: 25),
    ] { #expect(try await loss(other) >= best - 1e-6) }
  }

  @Test("the temperature that is fitted is the one with which a model knows the frequencies", arguments: [Float(0.6), 1, 1.7])
  func fittedTemperature(sureness: Float) async throws {
    var model = try model()
    let text = EncodedSongs(of: songs(30, seed: 8), tokenizer: model.tokenizer)
    for index in model.weights.layout[.decoderWeight].range { model.weights.values[index] = 0 }
    let range = model.weights.layout[.decoderBias].range
    var counts = [Int](repeating: 0, count: range.count)
    for token in text.tokens.dropFirst() { counts[Int(token)] += 1 }
    for (token, index) in range.enumerated() { model.weights.values[index] = sureness * Float(log(max(Double(counts[token]), 1e-9))) }
    for reading in [Reading.whole, .lanes(1)] {
      let found = try await model.fittedTemperature(to: text, reading: reading)
      #expect(abs(found / sureness - 1) < 0.005)
    }
  }

  @Test("adaptation, temperature and cache act together", arguments: [Float(1), 1.4], [Reading.songs, .whole])
  func together(temperature: Float, reading: Reading) async throws {
    let model = try model(), text = EncodedSongs(of: songs(12, seed: 9), tokenizer: model.tokenizer)
    var rates = AdaptationRates()
    rates.learningRate = 0.05
    rates.segment = 7
    var scorer = TextScorer(window: 20)
    scorer.temperature = temperature
    scorer.cache = NeuralCache(size: 15, flatness: 0.5, weight: 0.3)
    let cache = try #require(scorer.cache)
    let scores = try await model.scores(of: text, reading: reading, scorer: scorer, adaptation: model.adaptation(rates))
    for passage in scores.passages where passage.count > 1 {
      // The same steps, without the scorer: what the adapting model predicts and gives to the cache.
      let adaptation = Adaptation(model.weights, rates: rates, temperature: temperature, workers: 1)
      let tokens = Array(text.tokens[passage])
      let found = await adaptation.scores(from: .initial, keepsInputs: true) { _ in
        ShardWindows(inputs: Array(tokens.dropLast()), targets: Array(tokens.dropFirst()), lanes: 1, steps: tokens.count - 1)
      }
      var memory = CacheMemory(size: cache.size, width: found.inputs.count / found.nats.count)
      let remembered = memory.probabilities(found.inputs, targets: Array(tokens.dropFirst()), flatnesses: [cache.flatness])[0]
      for (step, nats) in found.nats.enumerated() {
        let expected = cache.mixed(nats: nats, probability: remembered[step])
        #expect(abs(try #require(scores.nats[passage.lowerBound + step + 1]) - expected) < 1e-4)
      }
    }
    // Something has adapted.
    let plain = try await model.scores(of: text, reading: reading, scorer: scorer)
    #expect(abs(plain.evaluation.lossNats - scores.evaluation.lossNats) > 0.01)
  }

  @Test(
    "values that cannot be are refused",
    arguments: [
      NeuralCache(size: 0), NeuralCache(size: 1 << 30), NeuralCache(flatness: -1), NeuralCache(flatness: .nan), NeuralCache(weight: 1),
      NeuralCache(weight: -0.1),
    ])
  func refused(cache: NeuralCache) {
    #expect(throws: SettingError.self) { try cache.validate() }
  }
}
