import Corpora
import Kernels
import LanguageModel
import Models
import Testing
import Training

/// What must be kept between two steps: all of it, or the run goes on differently.
@Suite("State between two steps") struct TrainingStateTests {
  static let configuration = ModelConfiguration(vocabularySize: 60, embeddingSize: 6, hiddenSizes: [9, 5])
  static let optimizer = OptimizerConfiguration()

  /// Lanes that are a multiple of 16 keep their activations in another order.
  @Test(
    "what is restored goes on as what was never stopped",
    arguments: [
      (4, 2, RecurrentCell.lstm, false), (32, 2, .lstm, false), (48, 3, .lstm, false), (4, 2, .gru, false), (32, 2, .rnn, false),
      (4, 2, .lstm, true), (32, 2, .gru, true), (4, 2, .rnn, true),
    ])
  func restoring(lanes: Int, shards: Int, cell: RecurrentCell, normalized: Bool) async throws {
    // Few tokens a window: most rows of the embedding are updated lazily.
    let tokens = try corpus(randomText(words: 3_000, vocabulary: 58, seed: 3)).training
    var stream = try MinibatchStream(tokens, lanes: lanes, window: 2, shards: shards)
    let used = Self.fresh(lanes, shards, workers: 2, cell: cell, normalized: normalized)
    let (shared, pool) = used
    for _ in 0..<7 { try await Self.step(&stream, shared, pool) }
    let saved = await shared.optimizerState(), lanesState = await pool.settle(.afterLastWindow)
    #expect(Set(saved.lastUpdate).count > 2, "the rows' last updates differ")
    #expect(
      lanesState.hidden.map(\.count) == [lanes * 9, lanes * 5]
        && lanesState.cell.map(\.count) == (cell == .lstm ? [lanes * 9, lanes * 5] : []))
    var later = stream
    for index in 0..<6 { try await Self.step(&later, shared, pool, carries: index > 0) }
    let expected = await shared.optimizerState(), expectedLanes = await pool.settle(.afterLastWindow)

    // To a fresh one, and back to the one that went on.
    for (shared, pool) in [Self.fresh(lanes, shards, workers: 1, cell: cell, normalized: normalized), used] {
      await shared.restore(saved)
      await pool.restore(lanesState, lanes: lanes)
      var again = stream
      for index in 0..<6 { try await Self.step(&again, shared, pool, carries: index > 0) }
      let found = await shared.optimizerState()
      #expect(found.weights.values.isBitwiseEqual(to: expected.weights.values))
      #expect(found.squares.isBitwiseEqual(to: expected.squares))
      #expect(found.updates == 13 && found.lastUpdate == expected.lastUpdate)
      #expect(await pool.settle(.afterLastWindow) == expectedLanes)
    }
  }

  @Test func `a state does not change when training goes on`() async throws {
    let tokens = try corpus(randomText(words: 500, vocabulary: 58, seed: 4)).training
    var stream = try MinibatchStream(tokens, lanes: 4, window: 3, shards: 2)
    let (shared, pool) = Self.fresh(4, 2, workers: 2)
    try await Self.step(&stream, shared, pool)
    let saved = await shared.optimizerState()
    let weights = saved.weights.values[0..<200], squares = saved.squares[0..<200]
    try await Self.step(&stream, shared, pool)
    #expect(saved.weights.values[0..<200] == weights && saved.squares[0..<200] == squares)
  }

  @Test func `a gradient above the largest norm is not applied`() async throws {
    let tokens = try corpus(randomText(words: 500, vocabulary: 58, seed: 4)).training
    var stream = try MinibatchStream(tokens, lanes: 4, window: 3, shards: 2)
    let (shared, pool) = Self.fresh(4, 2, workers: 2)
    let before = await shared.prepared()
    let step = await pool.train(on: try stream.next(), weights: before)
    let update = await shared.apply(step.gradients, Self.optimizer, workers: 2, largestNorm: 1e-6)
    #expect(!update.isApplied && update.gradientNorm > 1e-6)
    #expect(await shared.optimizerState().updates == 0)
    #expect(await shared.snapshot().values.isBitwiseEqual(to: before.weights.values))
  }

  private static func fresh(
    _ lanes: Int, _ shards: Int, workers: Int, cell: RecurrentCell = .lstm, normalized: Bool = false
  ) -> (SharedWeights, ReplicaPool) {
    var configuration = configuration
    configuration.cell = cell
    configuration.isNormalized = normalized
    return (
      SharedWeights(Weights(configuration, seed: 1)),
      ReplicaPool(configuration, steps: 3, lanes: lanes, shards: shards, workers: workers)
    )
  }

  private static func step(
    _ stream: inout MinibatchStream, _ shared: SharedWeights, _ pool: ReplicaPool, carries: Bool = true
  ) async throws {
    let start = carries ? StartingState.afterLastWindow : .ofLastWindow
    let step = await pool.train(on: try stream.next(), weights: await shared.prepared(), from: start)
    _ = await shared.apply(step.gradients, optimizer, workers: pool.workers)
  }
}
