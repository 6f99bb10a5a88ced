import Foundation
import Kernels
import LanguageModel
import Testing
import Training

@Suite("The step benchmark") struct StepBenchmarkTests {
  static let model = ModelConfiguration(vocabularySize: 30, embeddingSize: 6, hiddenSize: 16, layerCount: 2)

  @Test("every figure is measured", arguments: [(1, 1, 5), (2, 2, 32), (1, 3, 6)])
  func figures(workers: Int, shards: Int, batch: Int) async throws {
    var benchmark = StepBenchmark(name: "tiny", model: Self.model, batchSize: batch, windowLength: 4, workers: workers, shards: shards)
    benchmark.repetitions = 3
    let result = try await benchmark.run()
    let figures = [
      result.tokensPerSecond, result.stepMilliseconds, result.gflops, result.gemmGflopsBound, result.fractionOfBound, result.peakMemoryMib,
    ]
    #expect(figures.allSatisfy { $0 > 0 && $0.isFinite })
    #expect(result.phases.map(\.name) == ["assemble", "embed", "forward", "softmax", "backward", "wait", "update"])
    // The phases are all of the step.
    let sum = result.phases.reduce(0) { $0 + $1.milliseconds }
    #expect(sum > 0.5 * result.stepMilliseconds)
  }

  @Test func `sizes that cannot be are refused`() async {
    let benchmark = StepBenchmark(name: "bad", model: Self.model, batchSize: 5, windowLength: 4, workers: 1, shards: 2)
    await #expect(throws: TrainingError.batchNotDivisible(batch: 5, shards: 2)) { try await benchmark.run() }
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
