public import LanguageModel
public import Models

/// How to share out the training of a model on a machine, as `refrain tune` found it.
public struct TunedSetting: Sendable, Hashable, Codable {
  /// What it was measured on: processor, cores and kernels.
  public var machine: String
  /// V, E, H, L.
  public var model: ModelConfiguration
  /// T
  public var window: Int
  /// B
  public var batch: Int
  /// S
  public var shards: Int
  /// Threads' worth of parallelism.
  public var workers: Int
  /// Which code computed the products of a time step; nil in files of older versions of Refrain, which is the packed kernel.
  public var products: ProductKernel?
  /// What it reached.
  public var tokensPerSecond: Double
  /// Whether this batch is to be used where none is asked for.
  public var isPreferred: Bool

  private enum CodingKeys: String, CodingKey {
    case machine, model, window, batch, shards, workers, products, tokensPerSecond = "tokens_per_second", isPreferred = "preferred"
  }

  /// A setting that was measured.
  public init(
    machine: String, model: ModelConfiguration, window: Int, batch: Int, shards: Int, workers: Int,
    products: ProductKernel = .packed, tokensPerSecond: Double, isPreferred: Bool
  ) {
    self.machine = machine
    self.model = model
    self.window = window
    self.batch = batch
    self.shards = shards
    self.workers = workers
    self.products = products
    self.tokensPerSecond = tokensPerSecond
    self.isPreferred = isPreferred
  }

  /// Whether it can be obeyed, whatever a file says.
  var isPossible: Bool {
    guard (try? model.validate()) != nil else { return false }
    return workers >= 1 && workers <= 1 << 16 && shards >= 1 && batch >= shards && batch % shards == 0 && window >= 1 && shards <= 1 << 16
  }

  /// Whether it is for training of these sizes on this machine. The vocabulary may be up to twice or half as large: it moves the times,
  /// not what is fastest.
  func suits(_ model: ModelConfiguration, window: Int, machine: String, products: ProductKernel) -> Bool {
    var same = model
    same.vocabularySize = self.model.vocabularySize
    return self.machine == machine && self.window == window && self.model == same && (self.products ?? .packed) == products
      && 2 * self.model.vocabularySize >= model.vocabularySize && self.model.vocabularySize <= 2 * model.vocabularySize
  }
}

extension [TunedSetting] {
  /// The setting for a training: of the batch that is asked for, or the preferred one; of several the one with the nearest vocabulary.
  public func best(
    for model: ModelConfiguration, window: Int, batch: Int?, machine: String = Machine.description, products: ProductKernel = .packed
  ) -> TunedSetting? {
    filter {
      $0.isPossible && $0.suits(model, window: window, machine: machine, products: products)
        && (batch == nil ? $0.isPreferred : $0.batch == batch)
    }
    .min { abs($0.model.vocabularySize - model.vocabularySize) < abs($1.model.vocabularySize - model.vocabularySize) }
  }

  /// Adds what was found for one model; what was known of the same sizes and batches on the same machine goes.
  public mutating func record(_ found: [TunedSetting]) {
    removeAll { old in
      found.contains {
        $0.machine == old.machine && $0.model == old.model && $0.window == old.window
          && ($0.products ?? .packed) == (old.products ?? .packed) && ($0.batch == old.batch || old.isPreferred)
      }
    }
    append(contentsOf: found)
  }
}
