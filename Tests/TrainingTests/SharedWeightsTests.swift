import Basics
import Corpora
import Kernels
import LanguageModel
import Models
import Testing
import Training

@Suite("The shared weights") struct SharedWeightsTests {
  /// 200,000 parameters: several chunks.
  static let configuration = ModelConfiguration(vocabularySize: 500, embeddingSize: 120, hiddenSize: 100, layerCount: 1)

  static func values(seed: UInt64, scale: Float = 0.01) -> [Float] {
    let layout = ParameterLayout(configuration)
    var values = [Float](repeating: 0, count: layout.count)
    var generator = SeededGenerator(seed: seed)
    for entry in layout.entries {
      for index in entry.range { values[index] = (2 * generator.uniform() - 1) * scale }
    }
    return values
  }

  static func gradient(_ values: [Float]) -> StepGradients { StepGradients(configuration, [{ values[$0] }]) }

  static func gradient(seed: UInt64) -> StepGradients { gradient(values(seed: seed)) }

  static func identity(of shared: SharedWeights) async -> ObjectIdentifier { ObjectIdentifier(await shared.snapshot().values.storage) }

  @Test func `a snapshot taken before an update keeps its bits`() async {
    let start = Weights(Self.configuration, seed: 1)
    let shared = SharedWeights(Weights(Self.configuration, seed: 1))
    let before = await shared.snapshot()
    _ = await shared.apply(Self.gradient(seed: 2), OptimizerConfiguration(), workers: 2)
    let after = await shared.snapshot()
    #expect(before.values.isBitwiseEqual(to: start.values))
    #expect(!after.values.isBitwiseEqual(to: start.values))
    #expect(ObjectIdentifier(before.values.storage) != ObjectIdentifier(after.values.storage))
  }

  @Test func `without a snapshot held an update works in place`() async {
    let shared = SharedWeights(Weights(Self.configuration, seed: 1))
    let storage = await Self.identity(of: shared)
    for seed in 1...6 {
      _ = await shared.apply(Self.gradient(seed: UInt64(seed)), OptimizerConfiguration(), workers: 2)
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
      let step = await pool.train(on: try stream.next(), weights: await shared.prepared())
      _ = await shared.apply(step.gradients, OptimizerConfiguration(), workers: 2)
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
    optimizer.clipNorm = norm
    optimizer.clipValue = value
    optimizer.learningRate = 0.01
    let start = Weights(Self.configuration, seed: 1)
    let shared = SharedWeights(start)
    let shards = [Self.values(seed: 4), Self.values(seed: 5), Self.values(seed: 6)]
    let update = await shared.apply(StepGradients(Self.configuration, shards.map { values in { values[$0] } }), optimizer, workers: 2)
    let weights = await shared.snapshot()

    let sum = (0..<start.values.count).map { index in shards.reduce(0) { $0 + Double($1[index]) } }
    let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
    // Each sum of three is rounded twice.
    #expect(abs(update.gradientNorm - length) <= 2 * 0x1p-24 * length)
    let scale = norm.map { min(1, Double($0) / length) } ?? 1
    let rates = Optimizer.Rates(
      learningRate: 0.01, decay: optimizer.rmsDecay, epsilon: optimizer.epsilon, gradientScale: Float(scale), clipValue: value ?? .infinity)
    var worst = 0.0
    for index in 0..<start.values.count {
      let expected = ReferenceOptimizer.rmsProp(.init(weight: Double(start.values[index])), gradient: sum[index], rates: rates)
      worst = max(worst, abs(Double(weights.values[index]) - expected.weight))
    }
    // The step is at most 0.032 (0.01 / √0.1) with some twelve roundings in it; the gradient's rounding can be large beside a sum of
    // three that nearly cancels, but g / √(0.1 g² + 1e-8) moves by at most 1e4 times an error of 3e-9 / 2^24. Weights are below 1.
    #expect(worst <= 12 * 0x1p-24 * 0.032 + 0x1p-24)
    #expect(update.isApplied)
  }

  @Test func `rows of the embedding are decayed when they are next touched, as if it had been done at each update`() async {
    // The twin gets zeros for the rows that the lazy one is not told of.
    let lazy = SharedWeights(Weights(Self.configuration, seed: 1)), dense = SharedWeights(Weights(Self.configuration, seed: 1))
    let columns = Self.configuration.embeddingSize
    for step in 0..<12 {
      let touched = (0..<40).map { ($0 * 7 + step * step * 11) % 500 }.reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
      var values = Self.values(seed: UInt64(step))
      for token in 0..<500 where !touched.contains(token) {
        for column in 0..<columns { values[token * columns + column] = 0 }
      }
      let some = StepGradients(Self.configuration, touching: touched.map(Int32.init), [{ [values] in values[$0] }])
      let one = await lazy.apply(some, OptimizerConfiguration(), workers: 2)
      let other = await dense.apply(Self.gradient(values), OptimizerConfiguration(), workers: 2)
      #expect(abs(one.gradientNorm - other.gradientNorm) <= 0x1p-50 * other.gradientNorm)
    }
    let found = await lazy.snapshot().values, expected = await dense.snapshot().values
    // Up to twelve factors of 0.9 are rounded one by one in the twin; half of that reaches a step of at most 0.0064, weights are below 1.
    let tolerance: Float = 12 * 12 * 0x1p-24 * 0.0064 + 12 * 0x1p-24
    let worst = (0..<found.count).map { abs(found[$0] - expected[$0]) }.max() ?? .infinity
    #expect(worst <= tolerance)
  }

  @Test(
    "a gradient that is not finite changes neither weights nor squares", arguments: [Float.nan, .infinity, -.infinity],
    ["embedding", "dense"])
  func notFinite(value: Float, place: String) async {
    let shared = SharedWeights(Weights(Self.configuration, seed: 1))
    let twin = SharedWeights(Weights(Self.configuration, seed: 1))
    let optimizer = OptimizerConfiguration()
    var bad = Self.values(seed: 8)
    bad[place == "embedding" ? 77 : bad.count / 2] = value
    _ = await shared.apply(Self.gradient(seed: 7), optimizer, workers: 2)
    _ = await twin.apply(Self.gradient(seed: 7), optimizer, workers: 2)
    let update = await shared.apply(Self.gradient(bad), optimizer, workers: 2)
    #expect(!update.isApplied && !update.gradientNorm.isFinite)
    #expect(await shared.snapshot().values.isBitwiseEqual(to: twin.snapshot().values))
    // The squares show in the next update.
    _ = await shared.apply(Self.gradient(seed: 9), optimizer, workers: 2)
    _ = await twin.apply(Self.gradient(seed: 9), optimizer, workers: 2)
    #expect(await shared.snapshot().values.isBitwiseEqual(to: twin.snapshot().values))
  }

  @Test func `a snapshot asked for during an update arrives after it, whole`() async {
    // All elements start alike and get the same gradient, so a whole snapshot has one value, that of some update.
    let count = 40
    func make() -> (SharedWeights, StepGradients) {
      let weights = Weights(zeros: Self.configuration)
      return (SharedWeights(weights), Self.gradient([Float](repeating: 0.01, count: weights.layout.count)))
    }
    let (twin, gradient) = make()
    var versions: Set<Float> = [0]
    for _ in 0..<count {
      _ = await twin.apply(gradient, OptimizerConfiguration(), workers: 1)
      versions.insert(await twin.snapshot().values[0])
    }
    #expect(versions.count == count + 1)

    let (shared, same) = make()
    let isDone = Flag()
    await withTaskGroup(of: [Weights].self) { group in
      group.addTask {
        for _ in 0..<count { _ = await shared.apply(same, OptimizerConfiguration(), workers: 2) }
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
          for entry in snapshot.layout.entries { #expect(entry.range.allSatisfy { snapshot.values[$0] == value }, "\(entry.name)") }
        }
      }
    }
  }
}

private actor Flag {
  private(set) var isSet = false
  func set() { isSet = true }
}
