private import Corpora
private import Kernels
public import LanguageModel

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
  /// How many pairs of a step and its bare products are timed, after one that is not.
  public var repetitions = 10
  /// Starts weights and tokens.
  public var seed: UInt64 = 1

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

  /// What was measured; its JSON is one line of `refrain bench --json`.
  public struct Result: Sendable, Encodable {
    /// The preset's name, or "custom".
    public var preset: String
    /// V, E, H, L, B, T, and how the minibatch was shared out.
    public var vocabulary, embedding, hidden, layers, batch, window, workers, shards: Int
    /// Mean over the repetitions, and their standard deviation.
    public var tokensPerSecond, tokensPerSecondDeviation: Double
    /// The median step.
    public var stepMilliseconds: Double
    /// The arithmetic of the plain step, every product counted, by the median step.
    public var gflops: Double
    /// The same for the median of the bare products, run in turn with the steps.
    public var gemmGflopsBound: Double
    /// The median of the ratios of each pair: 1 is as fast as the bare products.
    public var fractionOfBound: Double
    /// The most memory that the process had while it trained, code and libraries included.
    public var peakMemoryMib: Double
    /// The mean step by phase, in milliseconds; those of the replicas are means over the replicas.
    public var phases: [Phase]

    /// A phase of the step.
    public struct Phase: Sendable, Encodable {
      /// Such as "softmax".
      public var name: String
      /// The mean over the steps.
      public var milliseconds: Double
    }

    private enum CodingKeys: String, CodingKey {
      case preset, vocabulary, embedding, hidden, layers, batch, window, workers, shards, gflops, phases
      case tokensPerSecond = "tokens_per_second", tokensPerSecondDeviation = "tokens_per_second_deviation"
      case stepMilliseconds = "step_milliseconds", gemmGflopsBound = "gemm_gflops_bound", fractionOfBound = "fraction_of_bound"
      case peakMemoryMib = "peak_memory_mib"
    }
  }

  /// Times whole training steps and their bare products in turn (A B A B), on the same workers and shards.
  ///
  /// - Throws: `TrainingError`, `ModelError` or `CorpusError` for sizes that cannot be.
  public func run() async throws -> Result {
    var configuration = TrainingConfiguration()
    (configuration.embeddingSize, configuration.hiddenSize, configuration.layerCount) =
      (model.embeddingSize, model.hiddenSize, model.layerCount)
    (configuration.batchSize, configuration.windowLength, configuration.shards) = (batchSize, windowLength, shards)
    try configuration.validate()
    try model.validate()
    if workers < 1 { throw TrainingError.invalidSetting(flag: "--workers", found: "\(workers)", expected: "at least 1") }
    if workers > shards { throw TrainingError.tooManyWorkers(workers: workers, shards: shards) }
    if repetitions < 1 { throw TrainingError.invalidSetting(flag: "--repetitions", found: "\(repetitions)", expected: "at least 1") }

    let tokens = ZipfTokens(vocabularySize: model.vocabularySize, seed: seed).tokens(4 * batchSize * windowLength + batchSize)
    var stream = try MinibatchStream(tokens, lanes: batchSize, window: windowLength, shards: shards)
    let weights = SharedWeights(Weights(model, seed: seed))
    let replicas = ReplicaPool(model, steps: windowLength, lanes: batchSize, shards: shards, workers: workers)

    // One step to warm up, and to see how much memory training takes before the bare products take theirs.
    Machine.resetPeakMemory()
    _ = await replicas.train(on: stream.next(), weights: await weights.snapshot())
    _ = await weights.apply(replicas.gradients, OptimizerConfiguration(), workers: workers)
    _ = await replicas.takePhases()
    let peakMemory = Machine.peakMemory
    let bound = BoundPool(model, steps: windowLength, lanes: batchSize, shards: shards, workers: workers)
    await bound.reset()
    await bound.run()

    var steps: [Double] = [], products: [Double] = [], assemble = 0.0, run = 0.0, update = 0.0
    for _ in 0..<repetitions {
      let clock = ContinuousClock()
      let began = clock.now
      let minibatch = stream.next()
      let assembled = clock.now
      _ = await replicas.train(on: minibatch, weights: await weights.snapshot())
      let trained = clock.now
      _ = await weights.apply(replicas.gradients, OptimizerConfiguration(), workers: workers)
      let updated = clock.now
      await bound.reset()
      let reset = clock.now
      await bound.run()
      let ended = clock.now
      steps.append(began.duration(to: updated).inSeconds)
      products.append(reset.duration(to: ended).inSeconds)
      assemble += began.duration(to: assembled).inSeconds
      run += assembled.duration(to: trained).inSeconds
      update += trained.duration(to: updated).inSeconds
    }

    let positions = Double(batchSize * windowLength), rates = steps.map { positions / $0 }
    let mean = rates.reduce(0, +) / Double(rates.count)
    let deviation = (rates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, rates.count - 1))).squareRoot()
    let operations = ProductsBound.floatingPointOperations(model, positions: Int(positions))
    let replica = await replicas.takePhases()
    let perStep = 1_000 / Double(repetitions)
    // Shards that share a worker run one after the other.
    let rounds = Double((shards + workers - 1) / workers)
    func phase(_ name: String, _ seconds: Double) -> Result.Phase { Result.Phase(name: name, milliseconds: seconds * perStep) }
    let inReplica = [replica.embed, replica.forward, replica.softmax, replica.backward].map { $0.inSeconds * rounds / Double(shards) }
    return Result(
      preset: name, vocabulary: model.vocabularySize, embedding: model.embeddingSize, hidden: model.hiddenSize, layers: model.layerCount,
      batch: batchSize, window: windowLength, workers: workers, shards: shards, tokensPerSecond: mean, tokensPerSecondDeviation: deviation,
      stepMilliseconds: steps.median * 1_000, gflops: operations / steps.median * 1e-9,
      gemmGflopsBound: operations / products.median * 1e-9, fractionOfBound: zip(products, steps).map { $0 / $1 }.median,
      peakMemoryMib: peakMemory / 1_048_576,
      phases: [
        phase("assemble", assemble), phase("embed", inReplica[0]), phase("forward", inReplica[1]), phase("softmax", inReplica[2]),
        phase("backward", inReplica[3]), phase("wait", max(0, run - inReplica.reduce(0, +))), phase("update", update),
      ])
  }
}

extension [Double] {
  /// The middle element, or the mean of the two in the middle.
  var median: Double {
    let sorted = self.sorted(), middle = count / 2
    return count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
