import Corpora
import Kernels
import LanguageModel
import Testing
import Training

@Suite("The shared weights") struct SharedWeightsTests {
  /// 200,000 parameters: several chunks.
  static let configuration = ModelConfiguration(vocabularySize: 500, embeddingSize: 120, hiddenSize: 100, layerCount: 1)

  static func gradient(seed: UInt64, scale: Float = 0.01) -> FloatStorage {
    let layout = ParameterLayout(configuration)
    let storage = FloatStorage(count: layout.count)
    var generator = SeededGenerator(seed: seed)
    for entry in layout.entries {
      for index in entry.range { storage[index] = (2 * generator.uniform() - 1) * scale }
    }
    return storage
  }

  static func identity(of shared: SharedWeights) async -> ObjectIdentifier { ObjectIdentifier(await shared.snapshot().values.storage) }

  @Test func `a snapshot taken before an update keeps its bits`() async {
    let start = Weights(Self.configuration, seed: 1)
    let shared = SharedWeights(Weights(Self.configuration, seed: 1))
    let before = await shared.snapshot()
    _ = await shared.apply([Self.gradient(seed: 2)], OptimizerConfiguration(), workers: 2)
    let after = await shared.snapshot()
    #expect(before.values.isBitwiseEqual(to: start.values))
    #expect(!after.values.isBitwiseEqual(to: start.values))
    #expect(ObjectIdentifier(before.values.storage) != ObjectIdentifier(after.values.storage))
  }

  @Test func `without a snapshot held an update works in place`() async {
    let shared = SharedWeights(Weights(Self.configuration, seed: 1))
    let storage = await Self.identity(of: shared)
    for seed in 1...6 {
      _ = await shared.apply([Self.gradient(seed: UInt64(seed))], OptimizerConfiguration(), workers: 2)
      #expect(await Self.identity(of: shared) == storage)
    }
  }

  @Test func `a whole step of the replicas and the update makes no hidden copy`() async throws {
    let corpus = try corpus(randomText(words: 2_000, vocabulary: 490, seed: 3))
    var stream = try MinibatchStream(corpus.training, lanes: 8, window: 5, shards: 4)
    let configuration = ModelConfiguration(
      vocabularySize: corpus.tokenizer.vocabulary.count, embeddingSize: 120, hiddenSize: 100, layerCount: 1)
    let shared = SharedWeights(Weights(configuration, seed: 1))
    let pool = ReplicaPool(configuration, steps: 5, lanes: 8, shards: 4, workers: 2)
    let storage = await Self.identity(of: shared)
    for _ in 0..<25 {
      _ = await pool.train(on: stream.next(), weights: await shared.snapshot())
      _ = await shared.apply(pool.gradients, OptimizerConfiguration(), workers: 2)
      #expect(await Self.identity(of: shared) == storage)
    }
  }

  @Test func `the trainer's own loop makes no hidden copy`() async throws {
    let trainer = try Trainer(corpus: corpus(randomText(words: 500, vocabulary: 40, seed: 3)), configuration: smallConfiguration(steps: 60))
    let storage = ObjectIdentifier(await trainer.model.weights.values.storage)
    try await trainer.train { event in
      guard case .step = event else { return }
      #expect(ObjectIdentifier(await trainer.model.weights.values.storage) == storage)
    }
  }

  @Test("clipping agrees with the readable twin", arguments: [nil, 0.05, 1e6] as [Float?], [nil, 0.002, 1e6] as [Float?])
  func clipping(norm: Float?, value: Float?) async {
    var optimizer = OptimizerConfiguration()
    (optimizer.clipNorm, optimizer.clipValue, optimizer.learningRate) = (norm, value, 0.01)
    let start = Weights(Self.configuration, seed: 1)
    let shared = SharedWeights(start)
    let shards = [Self.gradient(seed: 4), Self.gradient(seed: 5), Self.gradient(seed: 6)]
    let update = await shared.apply(shards, optimizer, workers: 2)
    let weights = await shared.snapshot()

    let sum = (0..<start.values.count).map { index in shards.reduce(0) { $0 + Double($1[index]) } }
    let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
    // Each sum of three is rounded twice.
    #expect(abs(update.gradientNorm - length) <= 2 * 0x1p-24 * length)
    let scale = norm.map { min(1, Double($0) / length) } ?? 1
    let rates = Optimizer.RMSPropRates(
      learningRate: 0.01, decay: optimizer.rmsDecay, epsilon: optimizer.epsilon, gradientScale: Float(scale), clipValue: value ?? .infinity)
    var worst = 0.0
    for index in 0..<start.values.count {
      let expected = ReferenceOptimizer.rmsProp(weight: Double(start.values[index]), square: 0, gradient: sum[index], rates: rates)
      worst = max(worst, abs(Double(weights.values[index]) - expected.weight))
    }
    // The step is at most 0.032 (0.01 / √0.1) with some twelve roundings in it; the gradient's rounding can be large beside a sum of
    // three that nearly cancels, but g / √(0.1 g² + 1e-8) moves by at most 1e4 times an error of 3e-9 / 2^24. Weights are below 1.
    #expect(worst <= 12 * 0x1p-24 * 0.032 + 0x1p-24)
    #expect(update.isApplied)
  }

  @Test("a gradient that is not finite changes neither weights nor squares", arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(value: Float) async {
    let shared = SharedWeights(Weights(Self.configuration, seed: 1))
    let twin = SharedWeights(Weights(Self.configuration, seed: 1))
    let optimizer = OptimizerConfiguration()
    let first = Self.gradient(seed: 7), bad = Self.gradient(seed: 8), last = Self.gradient(seed: 9)
    bad[bad.count / 2] = value
    _ = await shared.apply([first], optimizer, workers: 2)
    _ = await twin.apply([first], optimizer, workers: 2)
    let update = await shared.apply([bad], optimizer, workers: 2)
    #expect(!update.isApplied && !update.gradientNorm.isFinite)
    #expect(await shared.snapshot().values.isBitwiseEqual(to: twin.snapshot().values))
    // The squares show in the next update.
    _ = await shared.apply([last], optimizer, workers: 2)
    _ = await twin.apply([last], optimizer, workers: 2)
    #expect(await shared.snapshot().values.isBitwiseEqual(to: twin.snapshot().values))
  }

  @Test func `a snapshot asked for during an update arrives after it, whole`() async {
    // All elements start alike and get the same gradient, so a whole snapshot has one value, that of some update.
    let count = 40
    func make() -> (SharedWeights, FloatStorage) {
      let weights = Weights(zeros: Self.configuration)
      let gradient = FloatStorage(count: weights.layout.count)
      gradient.fill(0.01)
      return (SharedWeights(weights), gradient)
    }
    let (twin, gradient) = make()
    var versions: Set<Float> = [0]
    for _ in 0..<count {
      _ = await twin.apply([gradient], OptimizerConfiguration(), workers: 1)
      versions.insert(await twin.snapshot().values[0])
    }
    #expect(versions.count == count + 1)

    let (shared, same) = make()
    let isDone = Flag()
    await withTaskGroup(of: [Weights].self) { group in
      group.addTask {
        for _ in 0..<count { _ = await shared.apply([same], OptimizerConfiguration(), workers: 2) }
        await isDone.set()
        return []
      }
      for _ in 0..<3 {
        group.addTask {
          var snapshots: [Weights] = []
          while await !isDone.isSet {
            let snapshot = await shared.snapshot()
            // Most are dropped, so that updates in place come in between, and some kept, so that copies do.
            if snapshots.count < 20 { snapshots.append(snapshot) }
            await Task.yield()
          }
          snapshots.append(await shared.snapshot())
          return snapshots
        }
      }
      for await snapshots in group {
        for snapshot in snapshots {
          let value = snapshot.values[0]
          #expect(versions.contains(value))
          #expect((0..<snapshot.values.count).allSatisfy { snapshot.values[$0] == value })
        }
      }
    }
  }
}

private actor Flag {
  private(set) var isSet = false
  func set() { isSet = true }
}
