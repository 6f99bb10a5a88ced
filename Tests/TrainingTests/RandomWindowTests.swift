import Corpora
import Kernels
import LanguageModel
import Models
import Testing
import Training

@Suite("Training with random windows") struct RandomWindowTests {
  static let text = randomText(words: 900, vocabulary: 40, seed: 8)

  static func configuration(window: Int = 8) -> TrainingConfiguration {
    var configuration = smallConfiguration(steps: 1, batch: 6, window: window, shards: 3)
    configuration.steps = nil
    configuration.epochs = 3
    configuration.hasRandomWindows = true
    configuration.optimizer.clipNorm = 0.5
    configuration.optimizer.weightDecay = 0.1
    return configuration
  }

  /// The twin cuts the tokens by itself and multiplies the rate of each step by hand.
  @Test("a run is windows of the drawn lengths, each with its own rate", arguments: [false, true])
  func twin(regularized: Bool) async throws {
    var configuration = Self.configuration()
    if regularized { configuration.regularization = regularization() }
    let corpus = try corpus(Self.text), tokens = try corpus.training.read(), lanes = 6, shards = 3
    let trainer = try Trainer(corpus: corpus, configuration: configuration, workers: 2)
    let start = await trainer.model.weights
    let log = EventLog()
    let summary = try await trainer.train { await log.add($0) }

    let shared = SharedWeights(start, weightDrop: (configuration.regularization.weightDrop, configuration.seed))
    let pool = ReplicaPool(
      start.configuration, steps: 28, lanes: lanes, shards: shards, workers: 1, regularization: (configuration.regularization, 1))
    let laneLength = (tokens.count - 1) / lanes
    var steps = 0, read = 0, lengths: [Int] = []
    for epoch in 0..<3 {
      var draws = WindowLengths(base: 8, seed: 1).draws(ofEpoch: epoch), place = 0
      while place < laneLength {
        let drawn = draws.next()
        let length = min(try #require(drawn), laneLength - place)
        let windows = (0..<shards).map { shard in
          var inputs: [TokenID] = [], targets: [TokenID] = []
          for step in 0..<length {
            for lane in 2 * shard..<2 * shard + 2 {
              inputs.append(tokens[lane * laneLength + place + step])
              targets.append(tokens[lane * laneLength + place + step + 1])
            }
          }
          return ShardWindows(inputs: inputs, targets: targets, lanes: 2, steps: length)
        }
        let minibatch = Minibatch(shards: windows, epoch: epoch, window: steps, resetsState: place == 0)
        let result = await pool.train(on: minibatch, weights: await shared.prepared())
        var optimizer = configuration.optimizer
        optimizer.learningRate *= Float(length) / 8
        _ = await shared.apply(result.gradients, optimizer, workers: 1)
        place += length
        steps += 1
        read += length * lanes
        lengths.append(length)
      }
    }
    #expect(trainer.totalSteps == steps && summary.steps == steps && summary.tokens == read && summary.tokens == 3 * laneLength * lanes)
    #expect(Set(lengths).count > 5 && lengths.contains { $0 > 8 })
    #expect(await trainer.model.weights.values.isBitwiseEqual(to: shared.snapshot().values))
    // The metrics have the rate of a window of the usual length, and losses are means over tokens.
    #expect(await log.metrics.allSatisfy { $0.learningRate == configuration.optimizer.learningRate })
  }

  @Test func `a validation comes at the end of every epoch, however many windows it has`() async throws {
    let corpus = try corpus(Self.text, validationFraction: 0.2)
    let trainer = try Trainer(corpus: corpus, configuration: Self.configuration())
    let log = EventLog()
    try await trainer.train { await log.add($0) }
    let stream = try MinibatchStream(
      corpus.training, lanes: 6, window: 8, shards: 3, lengths: WindowLengths(base: 8, seed: 1))
    let ends = (1...3).map { stream.windowCount(ofFirst: $0) }
    let validations = await log.metrics.filter { $0.kind == .validation }
    #expect(validations.map(\.step) == ends && validations.map(\.epoch) == [0, 1, 2])
    #expect(await log.steps.map(\.epoch) == (0..<3).flatMap { Array(repeating: $0, count: stream.windowCount(ofEpoch: $0)) })
  }

  @Test("any number of workers gives the same bits", arguments: [1, 8, 30])
  func workers(window: Int) async throws {
    func weights(workers: Int) async throws -> Weights {
      var configuration = Self.configuration(window: window)
      configuration.regularization = regularization()
      let trainer = try Trainer(corpus: corpus(Self.text), configuration: configuration, workers: workers)
      try await trainer.train()
      return await trainer.model.weights
    }
    let expected = try await weights(workers: 1)
    for workers in [2, 3, 5] { #expect(try await weights(workers: workers).values.isBitwiseEqual(to: expected.values)) }
  }

  @Test func `a plan has the memory of the longest window, and says which epochs are too many to count`() throws {
    let corpus = try corpus(Self.text)
    var configuration = Self.configuration()
    // Sizes with which a time step takes some MiB; nothing is allocated.
    configuration.hiddenSizes = 4_000
    let random = try TrainingPlan(corpus: corpus, configuration: configuration)
    configuration.hasRandomWindows = false
    let usual = try TrainingPlan(corpus: corpus, configuration: configuration)
    configuration.windowLength = 28
    #expect(usual.estimatedMiB < random.estimatedMiB)
    #expect(try TrainingPlan(corpus: corpus, configuration: configuration).estimatedMiB == random.estimatedMiB)
    configuration = Self.configuration()
    configuration.epochs = .max
    let error = #expect(throws: SettingError.self) { try TrainingPlan(corpus: corpus, configuration: configuration) }
    #expect(error?.description.hasPrefix("\"epochs\" must be at most ") == true)
    configuration.steps = 5
    #expect(try TrainingPlan(corpus: corpus, configuration: configuration).totalSteps == 5)
  }
}
