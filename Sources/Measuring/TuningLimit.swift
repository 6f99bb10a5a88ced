/// What keeps a setting of training from being faster on a machine.
public enum TuningLimit: String, Sendable, Hashable, Codable {
  /// The cores compute nearly all the time.
  case arithmetic
  /// Workers have no shard, or one fewer than others, while the layers run.
  case shards
  /// One thread works alone while the others wait.
  case singleThread = "single_thread"
  /// The workers are slower together than one by itself: cores share caches and the way to memory, and more shards read the weights more
  /// often.
  case sharedMemory = "shared_memory"

  /// A smaller loss counts as none.
  static let leastLoss = 0.1

  /// The largest part of the workers' time that is lost.
  ///
  /// - Parameter efficiency: the speed of each worker, by that of one alone.
  package init(of step: StepBenchmark.Result, efficiency: Double) {
    let workers = Double(step.workers), lost = 1 - efficiency
    let total = step.phases.reduce(0) { $0 + $1.milliseconds }
    let layers = step.phases.filter { ["embed", "forward", "backward"].contains($0.name) }.reduce(0) { $0 + $1.milliseconds }
    let rounds = (Double(step.shards) / workers).rounded(.up)
    let idle = total > 0 ? layers / total * (1 - Double(step.shards) / (rounds * workers)) : 0
    let alone = (step.singleThreadFraction ?? 0) * (workers - 1) / workers
    if step.workers == 1 || lost < Self.leastLoss {
      self = .arithmetic
    } else if idle >= max(alone, lost - idle - alone) {
      self = .shards
    } else {
      self = alone >= lost - idle - alone ? .singleThread : .sharedMemory
    }
  }
}
