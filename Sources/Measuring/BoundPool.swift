internal import Basics
internal import LanguageModel

/// The bare products of every shard and of the decoder, run like the replicas.
struct BoundPool: Sendable {
  fileprivate actor Shard {
    private let products: ProductsBound
    init(_ model: ModelConfiguration, steps: Int, lanes: Int) { products = ProductsBound(model, steps: steps, lanes: lanes) }
    func runForward() { products.runForward() }
    func runBackward() { products.runBackward() }
    func reset() { products.reset() }
  }
  private let shards: [Shard]
  private let decoder: any GroupDecoder
  private let weights: Weights
  private let positions: Int
  private let workers: Int

  init(_ model: ModelConfiguration, steps: Int, lanes: Int, shards: Int, workers: Int) {
    self.shards = (0..<shards).map { _ in Shard(model, steps: steps, lanes: lanes / shards) }
    decoder = model.decoder.makeGroupDecoder(model, steps: steps, lanes: lanes)
    weights = Weights(model, seed: 1)
    positions = steps * lanes
    self.workers = workers
  }

  /// Between two timed runs.
  func reset() async {
    for shard in shards { await shard.reset() }
  }

  func run() async {
    await forEachInParallel(shards.count, workers: workers) { await shards[$0].runForward() }
    await decoder.runProducts(rows: positions, weights: weights, workers: workers)
    await forEachInParallel(shards.count, workers: workers) { await shards[$0].runBackward() }
  }
}
