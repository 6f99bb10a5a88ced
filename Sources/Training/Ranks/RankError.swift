package import Basics

/// Why a run cannot be shared among ranks.
package enum RankError: Error, Hashable, SentenceError {
  case notPowerOfTwo(ranks: Int)
  case shards(ranks: Int, shards: Int)
  case groups(ranks: Int, groups: Int, shards: Int, batch: Int)

  package var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .notPowerOfTwo(let ranks):
      "The number of ranks must be a power of two, but is \(ranks); start 2, 4 or 8, for example with `mpirun -n 4`."
    case .shards(let ranks, let shards):
      "With \(ranks) ranks the number of shards must be a power of two, but is \(shards); start the run with "
        + "\(key: "shards", value: Self.powerOfTwo(shards)), or another power of two that divides the batch."
    case .groups(let ranks, let groups, let shards, let batch):
      shards % ranks == 0
        ? "\(ranks) ranks cannot share \(groups.counted("group")), since each rank computes whole groups; start the run with "
          + "\(key: "groups", value: ranks), or with at most \(groups.counted("rank"))."
        : "\(ranks) ranks cannot share the \(shards.counted("shard")) of a batch of \(batch); start the run with "
          + "\(key: "shards", value: ranks), \(key: "groups", value: ranks) and a batch that \(ranks) divides, or with at most "
          + "\(groups.counted("rank"))."
    }
  }

  private static func powerOfTwo(_ count: Int) -> Int {
    var size = 1
    while 2 * size <= count { size *= 2 }
    return size
  }
}
