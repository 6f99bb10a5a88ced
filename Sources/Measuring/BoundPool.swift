internal import LanguageModel

/// The bare products of every shard, run like the replicas.
struct BoundPool: Sendable {
  fileprivate actor Shard {
    private let products: ProductsBound
    init(_ model: ModelConfiguration, steps: Int, lanes: Int) { products = ProductsBound(model, steps: steps, lanes: lanes) }
    func run() { products.run() }
    func reset() { products.reset() }
  }
  private let shards: [Shard]
  private let workers: Int

  init(_ model: ModelConfiguration, steps: Int, lanes: Int, shards: Int, workers: Int) {
    self.shards = (0..<shards).map { _ in Shard(model, steps: steps, lanes: lanes / shards) }
    self.workers = workers
  }

  /// Between two timed runs.
  func reset() async {
    for shard in shards { await shard.reset() }
  }

  func run() async {
    await withTaskGroup(of: Void.self) { group in
      var waiting = workers
      for shard in shards.prefix(workers) { group.addTask { await shard.run() } }
      for await _ in group where waiting < shards.count {
        let shard = shards[waiting]
        group.addTask { await shard.run() }
        waiting += 1
      }
    }
  }
}
