public import Corpora
public import LanguageModel
internal import Models

/// Scores every token of a text by itself: the cross-entropy with which a model predicts it.
///
/// A text is read in passages, each from a state of zeros, many of them side by side. Which passages decides what the model knows when it
/// predicts: see ``Reading``. For the mean alone `Evaluator` needs less memory, and gives the same for ``Reading/lanes(_:)``.
public struct TextScorer: Sendable {
  /// How many passages are read side by side at most; a multiple of `shards`.
  public var lanes: Int
  /// Time steps computed at once: memory only, not the result.
  public var window: Int
  /// Groups of passages that run side by side.
  public var shards: Int

  /// The sizes that `Evaluator` uses.
  ///
  /// - Precondition: all are positive, and the shards share the lanes evenly.
  public init(lanes: Int = 16, window: Int = 64, shards: Int = 2) {
    precondition(lanes > 0 && window > 0 && shards > 0 && lanes.isMultiple(of: shards), "the shards share the lanes evenly")
    self.lanes = lanes
    self.window = window
    self.shards = shards
  }

  /// The cross-entropy in nats of every token of the passages but their first ones, by position in `tokens`; nil elsewhere.
  ///
  /// - Parameters:
  ///   - passages: ranges of `tokens`, which may overlap in a token that is the last of one and the first of the other.
  ///   - progress: is called on any thread, with how many of all windows are done.
  public func nats(
    of tokens: [TokenID], in passages: [Range<Int>], weights: Weights,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async -> [Double?] {
    let prepared = PreparedWeights(weights, forTraining: false)
    // Those of like length run together, so that few steps are for nothing.
    let sorted = passages.filter { $0.count > 1 }.sorted { ($1.count, $0.lowerBound) < ($0.count, $1.lowerBound) }
    let width = max(1, min(lanes / shards, (sorted.count + shards - 1) / shards))
    let groups = stride(from: 0, to: sorted.count, by: width).map { Array(sorted[$0..<min($0 + width, sorted.count)]) }
    let window = min(self.window, max(1, (sorted.first?.count ?? 0) - 1))
    var nats = [Double?](repeating: nil, count: tokens.count)
    let total = groups.reduce(0) { $0 + ($1[0].count - 2) / window + 1 }
    let done = Counter()
    await withTaskGroup(of: [(position: Int, nats: Double)].self) { tasks in
      for shard in 0..<min(shards, groups.count) {
        tasks.addTask {
          let network = Network(prepared.weights.configuration, steps: window, lanes: width)
          return stride(from: shard, to: groups.count, by: shards).flatMap {
            Self.nats(of: tokens, in: groups[$0], network: network, weights: prepared) { progress(done.add(), total) }
          }
        }
      }
      for await part in tasks { for (position, value) in part { nats[position] = value } }
    }
    return nats
  }

  /// Reads up to as many passages as the network has lanes, window by window.
  private static func nats(
    of tokens: [TokenID], in passages: [Range<Int>], network: Network, weights: PreparedWeights, windowDone: () -> Void
  ) -> [(position: Int, nats: Double)] {
    network.startNextWindow(from: .initial)
    let lanes = network.lanes
    let longest = passages.map(\.count).max() ?? 0
    var result: [(position: Int, nats: Double)] = []
    for first in stride(from: 0, to: longest - 1, by: network.steps) {
      let steps = min(network.steps, longest - 1 - first)
      // Where a passage has ended, and in lanes without one, there is nothing to predict.
      var inputs = [TokenID](repeating: 0, count: steps * lanes)
      var targets = [TokenID](repeating: ShardWindows.noTarget, count: steps * lanes)
      for (lane, passage) in passages.enumerated() {
        for step in 0..<steps where passage.lowerBound + first + step + 1 < passage.upperBound {
          inputs[step * lanes + lane] = tokens[passage.lowerBound + first + step]
          targets[step * lanes + lane] = tokens[passage.lowerBound + first + step + 1]
        }
      }
      _ = network.loss(inputs: inputs, targets: targets, weights: weights) { index, nats in
        guard targets[index] != ShardWindows.noTarget else { return }
        result.append((passages[index % lanes].lowerBound + first + index / lanes + 1, nats))
      }
      windowDone()
    }
    return result
  }
}
