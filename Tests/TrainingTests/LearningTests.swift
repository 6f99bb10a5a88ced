import Basics
import Corpora
import Kernels
import LanguageModel
import Models
import Testing
import Training

@Suite("What is learned") struct LearningTests {
  static let verse = """
    The heron keeps the evening on one leg above the weir,
    the miller counts his candles and the hour begins to clear,
    a boat comes slowly homeward with a bell that none can hear,
    and I am at the window with a lantern for the year.
    """

  @Test("a model trained on one verse repeats it from its first words", arguments: [1, 2, 3])
  func verse(seed: UInt64) async throws {
    let corpus = try Corpus(text: Self.verse, options: CorpusOptions(minimumCount: 1, validationFraction: 0))
    var configuration = smallConfiguration(steps: 150, batch: 1, window: corpus.training.count - 1, shards: 1)
    configuration.embeddingSize = 16
    configuration.hiddenSizes = 48
    configuration.optimizer.learningRate = 0.01
    configuration.seed = seed
    let trainer = try Trainer(corpus: corpus, configuration: configuration)
    try await trainer.train()

    let tokenizer = corpus.tokenizer
    let context = [try #require(tokenizer.songBoundary)] + tokenizer.encode("The heron")
    let song = greedy(await trainer.model.weights, after: context, count: corpus.training.count - context.count)
    #expect(try context + song == corpus.training.read())
    #expect(tokenizer.decode(context + song) == Self.verse)
  }

  // MARK: - Fifty steps back

  private static let keys = 4, fillers = 50, recordLength = 52

  /// Records [key, 50 fillers, answer]: the answer is known from the key alone, and nothing in between tells it. The last filler says
  /// that it is time.
  private static func records(_ count: Int, seed: UInt64) -> String {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      let key = Int.random(in: 0..<keys, using: &generator)
      return (["key\(key)"] + Array(repeating: "filler", count: fillers - 1) + ["?", "answer\(key)"]).joined(separator: " ")
    }.joined(separator: " ")
  }

  /// The share of records whose answer a model gives right, each record read from a state of zeros.
  private static func accuracy(of weights: Weights, _ records: [[TokenID]]) -> Double {
    let right = records.filter { greedy(weights, after: Array($0.dropLast()), count: 1) == $0.suffix(1) }
    return Double(right.count) / Double(records.count)
  }

  @Test("what can only be known from a token 50 steps back is learned", arguments: [1, 2, 3])
  func memory(seed: UInt64) async throws {
    // A record a lane, so that an epoch is one minibatch and every record starts from a state of zeros.
    let corpus = try corpus(Self.records(16, seed: 100 + seed))
    var configuration = smallConfiguration(steps: 1_000, batch: 16, window: Self.recordLength, shards: 2)
    configuration.embeddingSize = 16
    configuration.hiddenSizes = 32
    configuration.optimizer.learningRate = 0.02
    configuration.seed = seed
    // A forget gate that starts at sigmoid(1) = 0.73 keeps 0.73^50 = 1e-7 of the key, and of the gradient that would teach to keep it:
    // it learns this too, but late and not with every seed. One whose bias is the logarithm of the time to be bridged keeps a third
    // from the beginning (Tallec and Ollivier, "Can recurrent neural networks warp time?", 2018).
    let trainer = try Trainer(TrainingPlan(corpus: corpus, configuration: configuration, workers: nil)) { sizes in
      var weights = Weights(sizes, seed: seed)
      let bias = weights.layout[.bias(layer: 0)].range.lowerBound
      for unit in 0..<32 { weights.values[bias + 32 + unit] = 3.9 }
      return weights
    }
    try await trainer.train()
    let weights = await trainer.model.weights

    // Other keys in another order.
    let tokens = corpus.tokenizer.encode(Self.records(100, seed: 200 + seed))
    var heldOut = (0..<100).map { Array(tokens[$0 * Self.recordLength..<($0 + 1) * Self.recordLength]) }
    #expect(Self.accuracy(of: weights, heldOut) >= 0.99)
    // It is the key that it knows it by: with the key of another record in its place, the answer is right by chance only, which is
    // 25 of 100 with a standard deviation of 4.3.
    let keys = heldOut.map { $0[0] }
    for index in heldOut.indices { heldOut[index][0] = keys[(index + 1) % 100] }
    #expect((0.05...0.45).contains(Self.accuracy(of: weights, heldOut)))
    // Without a key there is one answer for all records.
    for index in heldOut.indices { heldOut[index][0] = corpus.tokenizer.encode("filler")[0] }
    #expect(Self.accuracy(of: weights, heldOut) <= 0.45)
  }
}
