public import LanguageModel
public import Models

/// Which settings `refrain tune` tries, and what came of it.
public struct TuningSweep: Sendable {
  /// V, E, H, L.
  public var model: ModelConfiguration
  /// T
  public var window: Int
  /// The batches to try.
  public var batches: [Int]
  /// The numbers of workers to try; nil: 1, 2, 4 ... and all physical cores.
  public var workers: [Int]?
  /// The numbers of shards to try; nil: each number of workers, twice that, the largest number of workers, and train's default.
  public var shards: [Int]?
  /// Which code computes the products of a time step.
  public var products = ProductKernel.packed
  /// How many steps of each setting are timed.
  public var repetitions = 5

  /// - Parameters are checked by ``run(_:)``.
  public init(model: ModelConfiguration, window: Int, batches: [Int]) {
    self.model = model
    self.window = window
    self.batches = batches
  }

  /// A batch, and the half, the double and four times of it.
  public static func batches(around batch: Int) -> [Int] {
    (2...1 << 18).contains(batch) ? [batch / 2, batch, 2 * batch, 4 * batch] : batch == 1 ? [1, 2, 4] : [batch]
  }

  /// What was measured of one setting.
  public struct Result: Sendable, Encodable {
    /// The setting.
    public var batch, workers, shards: Int
    /// The median step.
    public var stepMilliseconds: Double
    /// By the median step, and the standard deviation.
    public var tokensPerSecond, tokensPerSecondDeviation: Double
    /// Tokens a second, divided by those of the fewest workers with the fewest shards at the same batch.
    public var speedup: Double
    /// The speed-up a worker: 1 is all that workers can give.
    public var efficiency: Double
    /// What keeps the setting from being faster; nil if one worker was not measured.
    public var limit: TuningLimit?

    package init(
      batch: Int, workers: Int, shards: Int, stepMilliseconds: Double, tokensPerSecond: Double, tokensPerSecondDeviation: Double,
      speedup: Double, efficiency: Double
    ) {
      self.batch = batch
      self.workers = workers
      self.shards = shards
      self.stepMilliseconds = stepMilliseconds
      self.tokensPerSecond = tokensPerSecond
      self.tokensPerSecondDeviation = tokensPerSecondDeviation
      self.speedup = speedup
      self.efficiency = efficiency
    }

    private enum CodingKeys: String, CodingKey {
      case batch, workers, shards, speedup, efficiency, limit
      case stepMilliseconds = "step_milliseconds", tokensPerSecond = "tokens_per_second"
      case tokensPerSecondDeviation = "tokens_per_second_deviation"
    }
  }

  /// The settings of a batch: shards must divide it.
  public func settings(batch: Int) -> [(workers: Int, shards: Int)] {
    let cores = Machine.usableCores
    let workers = self.workers ?? (sequence(first: 1) { $0 * 2 }.prefix { $0 < cores } + [cores])
    var settings: [(workers: Int, shards: Int)] = []
    for worker in Set(workers).sorted() {
      let tried = shards ?? [worker, 2 * worker, workers.max() ?? 1].filter { worker <= $0 } + [Self.usualShards(batch: batch)]
      for shard in Set(tried).sorted() where batch % shard == 0 { settings.append((worker, shard)) }
    }
    return settings
  }

  /// The shards that train takes by itself.
  private static func usualShards(batch: Int) -> Int {
    var configuration = TrainingConfiguration()
    configuration.batchSize = batch
    return configuration.resolvedShards
  }

  /// - Throws: `SettingError` for numbers that cannot be, or that no other number goes with.
  public func validateNumbers() throws(SettingError) {
    for (key, values) in [("batch", batches), ("workers", workers ?? []), ("shards", shards ?? [])] {
      for value in values where !(1...1 << 20).contains(value) {
        throw .invalid(key: key, found: "\(value)", expected: "from 1 to \(1 << 20)")
      }
    }
    for shard in shards ?? [] where !batches.contains(where: { $0 % shard == 0 }) {
      throw .batchNotDivisible(batch: batches[0], shards: shard)
    }
  }

  /// - Throws: `SettingError` or `ModelError` for sizes that cannot be, or where no setting is left to try.
  public func validate() throws {
    try validateNumbers()
    for batch in batches {
      guard let setting = settings(batch: batch).first else {
        throw SettingError.batchNotDivisible(batch: batch, shards: shards?.min() ?? 1)
      }
      try benchmark(batch: batch, setting).validate()
    }
  }

  private func benchmark(batch: Int, _ setting: (workers: Int, shards: Int)) -> StepBenchmark {
    var benchmark = StepBenchmark(
      name: "tune", model: model, batchSize: batch, windowLength: window, workers: setting.workers, shards: setting.shards)
    benchmark.repetitions = repetitions
    benchmark.measuresBound = false
    benchmark.products = products
    benchmark.measuresSingleThread = true
    return benchmark
  }

  /// Measures every setting, those of a batch in turn, so that what disturbs the machine disturbs all of them alike.
  ///
  /// - Parameter willMeasure: told of each batch, with the number of its settings.
  /// - Throws: what ``validate()`` throws, before anything is measured.
  public func run(_ willMeasure: (_ batch: Int, _ settings: Int) -> Void = { _, _ in }) async throws -> [Result] {
    try validate()
    var results: [Result] = []
    for batch in batches {
      let benchmarks = settings(batch: batch).map { benchmark(batch: batch, $0) }
      willMeasure(batch, benchmarks.count)
      let steps = try await StepBenchmark.run(inTurn: benchmarks)
      let base = steps.filter { $0.workers == steps[0].workers }.min { $0.shards < $1.shards } ?? steps[0]
      results += steps.map { step in
        let speedup = base.stepMilliseconds / step.stepMilliseconds
        var result = Result(
          batch: batch, workers: step.workers, shards: step.shards, stepMilliseconds: step.stepMilliseconds,
          tokensPerSecond: Double(batch * window) / step.stepMilliseconds * 1_000,
          tokensPerSecondDeviation: step.tokensPerSecondDeviation, speedup: speedup,
          efficiency: speedup * Double(base.workers) / Double(step.workers))
        if base.workers == 1 { result.limit = TuningLimit(of: step, efficiency: result.efficiency) }
        return result
      }
    }
    return results
  }
}

extension [TuningSweep.Result] {
  /// Whether the times of any setting differ so much that they say little: more than a quarter.
  public var isNoisy: Bool { contains { $0.tokensPerSecondDeviation > 0.25 * $0.tokensPerSecond } }

  /// The fastest, or one with fewer workers and shards that is as fast within a few hundredths.
  public func recommended(batch: Int) -> TuningSweep.Result? {
    let candidates = filter { $0.batch == batch }
    let fastest = candidates.map(\.tokensPerSecond).max() ?? 0
    return candidates.filter { $0.tokensPerSecond >= 0.97 * fastest }.min { ($0.workers, $0.shards) < ($1.workers, $1.shards) }
  }

  /// The recommended setting of the smallest batch that is as fast as any within a few hundredths: a larger one only takes fewer steps.
  public func recommended() -> TuningSweep.Result? {
    let best = Set(map(\.batch)).compactMap { recommended(batch: $0) }
    let fastest = best.map(\.tokensPerSecond).max() ?? 0
    return best.filter { $0.tokensPerSecond >= 0.95 * fastest }.min { $0.batch < $1.batch }
  }
}
