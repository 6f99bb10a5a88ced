import Foundation
import Kernels
import LanguageModel
import Measuring
import Models
import Testing
import Training

@Suite("The step benchmark") struct StepBenchmarkTests {
  static let model = ModelConfiguration(vocabularySize: 30, embeddingSize: 6, hiddenSize: 16, layerCount: 2)

  @Test("every figure is measured", arguments: [(1, 1, 5, false), (2, 2, 32, false), (1, 3, 6, true)])
  func figures(workers: Int, shards: Int, batch: Int, isTied: Bool) async throws {
    var model = Self.model
    model.isTied = isTied
    var benchmark = StepBenchmark(name: "tiny", model: model, batchSize: batch, windowLength: 4, workers: workers, shards: shards)
    benchmark.repetitions = 3
    let result = try await benchmark.run()
    let figures: [Double] = [
      result.tokensPerSecond, result.stepMilliseconds, result.gflops, try #require(result.gemmGflopsBound),
      try #require(result.fractionOfBound),
      try #require(result.peakMemoryMib),
    ]
    #expect(figures.allSatisfy { $0 > 0 && $0.isFinite } && result.tied == isTied)
    #expect(result.phases.map(\.name) == ["assemble", "embed", "forward", "softmax", "backward", "wait", "reduce", "update"])
    // The phases are all of the step.
    let sum = result.phases.reduce(0) { $0 + $1.milliseconds }
    #expect(sum > 0.5 * result.stepMilliseconds)
  }

  @Test func `sizes that cannot be are refused`() async {
    let benchmark = StepBenchmark(name: "bad", model: Self.model, batchSize: 5, windowLength: 4, workers: 1, shards: 2)
    await #expect(throws: SettingError.batchNotDivisible(batch: 5, shards: 2)) { try await benchmark.run() }
  }

  @Test func `sizes beyond the machine's memory are refused, not tried`() async {
    let model = ModelConfiguration(vocabularySize: 1_000_000, embeddingSize: 8_000, hiddenSize: 8_000, layerCount: 2)
    let benchmark = StepBenchmark(name: "bad", model: model, batchSize: 1 << 30, windowLength: 1 << 20, workers: 1, shards: 2)
    let error = await #expect(throws: ResourceError.self) { try await benchmark.run() }
    #expect(error?.description.contains("MiB of memory, but the machine has") == true)
  }

  @Test func `workers are compared on the same shards, and with one worker and one shard`() async throws {
    var benchmark = StepBenchmark(name: "tiny", model: Self.model, batchSize: 12, windowLength: 3, workers: 3, shards: 3)
    benchmark.repetitions = 2
    #expect(benchmark.byWorkers.map { [$0.workers, $0.shards] } == [[1, 1], [1, 3], [2, 3], [3, 3]])
    let scaling = try await benchmark.runByWorkers()
    #expect(scaling.map(\.result.workers) == [1, 1, 2, 3])
    #expect(scaling[0].speedup == 1 && scaling[1].speedup == 1)
    for line in scaling {
      #expect(line.speedup == scaling[line.result.shards == 1 ? 0 : 1].result.stepMilliseconds / line.result.stepMilliseconds)
      #expect(line.efficiency == line.speedup / Double(line.result.workers))
      #expect(line.speedupOverOneShard == scaling[0].result.stepMilliseconds / line.result.stepMilliseconds)
      #expect(line.result.peakMemoryMib == nil, "several share the process")
    }
    benchmark.shards = 1
    benchmark.workers = 1
    #expect(benchmark.byWorkers.map { [$0.workers, $0.shards] } == [[1, 1]])
  }

  @Test func `shards are doubled down to a lane each, and compared with as many as there are workers`() async throws {
    var benchmark = StepBenchmark(name: "tiny", model: Self.model, batchSize: 12, windowLength: 3, workers: 2, shards: 4)
    benchmark.repetitions = 2
    #expect(benchmark.byShards.map { [$0.workers, $0.shards] } == [[2, 2], [2, 4], [2, 12]])
    let costs = try await benchmark.runByShards()
    #expect(costs.map(\.result.shards) == [2, 4, 12] && costs[0].relativeSpeed == 1 && costs[0].relativeMemory == 1)
    for cost in costs {
      #expect(cost.relativeSpeed == costs[0].result.stepMilliseconds / cost.result.stepMilliseconds)
      let alone = try #require(cost.result.singleThreadFraction), peak = try #require(cost.result.peakMemoryMib)
      #expect(alone > 0 && alone < 1 && peak > 0)
    }
    benchmark.batchSize = 7
    benchmark.workers = 3
    #expect(benchmark.byShards.map(\.shards) == [1, 7])
    benchmark.workers = 16
    #expect(benchmark.byShards.map(\.shards) == [7])
  }

  @Test func `sizes grow one at a time, as far as the shards go into them`() {
    let benchmark = StepBenchmark(name: "tiny", model: Self.model, batchSize: 12, windowLength: 6, workers: 2, shards: 2)
    #expect(benchmark.growing(.batch).map(\.batchSize) == [6, 12, 24])
    #expect(benchmark.growing(.window).map(\.windowLength) == [1, 3, 6, 12])
    #expect(benchmark.growing(.hidden).map(\.model.hiddenSizes) == [[4, 4], [8, 8], [16, 16], [32, 32]])
    #expect(benchmark.growing(.hidden).allSatisfy { $0.batchSize == 12 && $0.windowLength == 6 && $0.shards == 2 })
  }

  @Test func `the arithmetic of a step is that of its products`() {
    // Layer 0: 4H (E + H), layer 1: 4H (H + H), decoder: H V; times 2 for multiply and add, times 3 for forward and twice backward.
    let expected = 6.0 * Double(4 * 16 * (6 + 16) + 4 * 16 * 32 + 16 * 30) * 20
    #expect(ProductsBound.floatingPointOperations(Self.model, positions: 20) == expected)
  }

  @Test func `tokens follow Zipf's law`() {
    let tokens = ZipfTokens(vocabularySize: 50, seed: 3).tokens(40_000)
    var counts = [Double](repeating: 0, count: 50)
    for token in tokens { counts[Int(token)] += 1 }
    let harmonic = (1...50).reduce(0) { $0 + 1 / Double($1) }
    for rank in [1, 2, 5, 10, 50] {
      let share = 1 / Double(rank) / harmonic
      // Five standard deviations of a binomial.
      #expect(abs(counts[rank - 1] / 40_000 - share) < 5 * (share * (1 - share) / 40_000).squareRoot())
    }
  }
}
