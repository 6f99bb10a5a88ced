package import Models

/// The aligned block of shards and groups that one rank computes.
package struct RankPart: Sendable, Hashable {
  /// From 0.
  package let rank: Int
  package let ranks: Int

  /// The only rank, which has the whole run.
  package static let whole = RankPart(rank: 0, ranks: 1)

  package init(rank: Int, ranks: Int) {
    precondition(ranks >= 1 && (0..<ranks).contains(rank), "there is no rank \(rank) of \(ranks)")
    self.rank = rank
    self.ranks = ranks
  }

  /// The part of so many lanes, shards or groups.
  ///
  /// - Precondition: the ranks share them evenly.
  package func range(of count: Int) -> Range<Int> {
    precondition(count.isMultiple(of: ranks), "\(ranks) ranks do not share \(count) evenly")
    let each = count / ranks
    return rank * each..<(rank + 1) * each
  }

  /// Checks that each rank's shards are a subtree of the ``ReductionTree``, so that the sum does not depend on the number of ranks.
  ///
  /// - Throws: `RankError` for another number of ranks, groups or shards.
  package static func check(ranks: Int, _ configuration: TrainingConfiguration) throws(RankError) {
    guard ranks > 1 else { return }
    let shards = configuration.resolvedShards
    guard ranks.nonzeroBitCount == 1 else { throw .notPowerOfTwo(ranks: ranks) }
    guard shards.nonzeroBitCount == 1 else { throw .shards(ranks: ranks, shards: shards) }
    guard configuration.groups.isMultiple(of: ranks) else {
      throw .groups(ranks: ranks, groups: configuration.groups, shards: shards, batch: configuration.batchSize)
    }
  }
}
