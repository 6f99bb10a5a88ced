/// Why training cannot begin or go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// A setting that cannot be, named as the command's flag.
  case invalidSetting(flag: String, found: String, expected: String)
  /// The shards cannot have the same number of lanes each.
  case batchNotDivisible(batch: Int, shards: Int)
  /// More workers than there is work for.
  case tooManyWorkers(workers: Int, shards: Int)
  /// Minibatch after minibatch had a loss or gradient that is not finite, or a loss without a perplexity.
  case diverged(step: Int, skipped: Int, learningRate: Float)

  /// One sentence: what was expected, what was found, what to do.
  public var description: String {
    switch self {
    case .invalidSetting(let flag, let found, let expected):
      "\(flag) must be \(expected), but is \(found); choose another."
    case .batchNotDivisible(let batch, let shards):
      "--batch \(batch) cannot be divided evenly among --shards \(shards); choose a batch that is a multiple of the shards."
    case .tooManyWorkers(let workers, let shards):
      "--workers \(workers) is more than --shards \(shards), and a shard is the least that a worker can do; lower the one or raise the other."
    case .diverged(let step, let skipped, let rate):
      "training diverged at step \(step): \(skipped) minibatches in a row had a loss or gradient beyond all bounds; try a learning rate below \(rate) or a lower --clip-norm."
    }
  }
}
