public import LanguageModel
internal import Models
package import Training

/// What to measure: a model's sizes, a minibatch, and how it is shared out.
public struct StepBenchmark: Sendable {
  /// The preset's name, or "custom".
  public var name: String
  /// V, E, H, L.
  public var model: ModelConfiguration
  /// B
  public var batchSize: Int
  /// T
  public var windowLength: Int
  /// Threads' worth of parallelism.
  public var workers: Int
  /// S
  public var shards: Int
  /// G: groups of shards with a decoder each. Ranks compute whole groups.
  public var groups = 1
  /// By which the ranks that take the steps together exchange results; nil: there is one rank.
  package var communicator: (any Communicator)?
  /// How many pairs of a step and its bare products are timed, after one that is not.
  public var repetitions = 10
  /// Which code computes the products of a time step.
  public var products = ProductKernel.packed
  /// Whether the bare products are timed too.
  public var measuresBound = true
  /// Whether to measure how much of a step one thread works alone.
  public var measuresSingleThread = false
  /// Starts weights and tokens.
  public var seed: UInt64 = 1

  /// More would not say more.
  package static let mostRepetitions = 1_000_000

  /// The sizes by which Refrain's speed is told, by V E H L T B.
  public static let presets: [(name: String, model: ModelConfiguration, windowLength: Int, batchSize: Int)] = [
    ("char-512", ModelConfiguration(vocabularySize: 96, embeddingSize: 512, hiddenSize: 512, layerCount: 2), 64, 64),
    ("word-10k", ModelConfiguration(vocabularySize: 10_000, embeddingSize: 512, hiddenSize: 512, layerCount: 2), 35, 64),
    ("char-128", ModelConfiguration(vocabularySize: 96, embeddingSize: 128, hiddenSize: 128, layerCount: 2), 50, 50),
    ("word-33k", ModelConfiguration(vocabularySize: 33_278, embeddingSize: 650, hiddenSize: 650, layerCount: 2), 35, 20),
    ("word-1024", ModelConfiguration(vocabularySize: 10_000, embeddingSize: 1_024, hiddenSize: 1_024, layerCount: 2), 35, 64),
    ("ptb-256", ModelConfiguration(vocabularySize: 10_000, embeddingSize: 100, hiddenSize: 256, layerCount: 1), 25, 32),
  ]

  /// - Parameters are checked by ``run()``.
  public init(name: String, model: ModelConfiguration, batchSize: Int, windowLength: Int, workers: Int, shards: Int) {
    self.name = name
    self.model = model
    self.batchSize = batchSize
    self.windowLength = windowLength
    self.workers = workers
    self.shards = shards
  }

  /// Times whole training steps and their bare products in turn (A B A B), on the same workers and shards.
  ///
  /// - Throws: `SettingError`, `ModelError` or `CorpusError` for sizes that cannot be.
  public func run() async throws -> Result {
    let rig = try await StepRig(self)
    for _ in 0..<repetitions { await rig.measure() }
    return await rig.result()
  }

  /// Times several at once, a step of each in turn, so that what disturbs the machine disturbs all of them alike. How much memory each
  /// takes cannot be told so.
  ///
  /// - Throws: what ``run()`` throws.
  public static func run(inTurn benchmarks: [StepBenchmark]) async throws -> [Result] {
    let needed = benchmarks.reduce(0) { $0 + $1.estimatedBytes }
    // Where they do not fit side by side, one comes after the other.
    if benchmarks.count > 1, needed > Machine.usableMemory / 2 {
      var results: [Result] = []
      for benchmark in benchmarks { results += try await run(inTurn: [benchmark]) }
      return results
    }
    var rigs: [StepRig] = [], results: [Result] = []
    for benchmark in benchmarks { rigs.append(try await StepRig(benchmark)) }
    for repetition in 0..<(benchmarks.map(\.repetitions).max() ?? 0) {
      for rig in rigs where repetition < rig.benchmark.repetitions { await rig.measure() }
    }
    for rig in rigs {
      var result = await rig.result()
      if benchmarks.count > 1 { result.peakMemoryMib = nil }
      results.append(result)
    }
    return results
  }

  /// - Throws: `SettingError` or `ModelError` for sizes that cannot be, `ResourceError` if the machine has too little memory.
  func validate() throws {
    var configuration = TrainingConfiguration(sizesOf: model)
    configuration.batchSize = batchSize
    configuration.windowLength = windowLength
    configuration.shards = shards
    configuration.groups = groups
    try configuration.validate()
    try RankPart.check(ranks: communicator?.ranks ?? 1, configuration)
    try model.validate()
    if workers < 1 { throw SettingError.invalid(key: "workers", found: "\(workers)", expected: "at least 1") }
    if !(1...Self.mostRepetitions).contains(repetitions) {
      throw SettingError.invalid(
        key: "repetitions", found: "\(repetitions)", expected: "from 1 to \(Self.mostRepetitions)")
    }
    try MemoryEstimate.check(bytes: estimatedBytes)
  }

  /// About the memory that it takes.
  private var estimatedBytes: Double {
    // The bare products have matrices of their own, about as large.
    (measuresBound ? 2 : 1) * MemoryEstimate.training(model, batchSize: batchSize, windowLength: windowLength, shards: shards)
  }
}
