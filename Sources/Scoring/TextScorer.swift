public import Corpora
public import LanguageModel
internal import Models

/// Scores every token of a text by itself: the cross-entropy with which a model predicts it.
///
/// A text is read in passages, each from a state of zeros, many of them side by side. Which passages decides what the model knows when it
/// predicts: see ``Reading``. For the mean alone `Evaluator` needs less memory, and gives the same for ``Reading/lanes(_:)``.
public struct TextScorer: Sendable {
  /// How many passages are read side by side, rounded up so that the shards share them evenly.
  public var lanes: Int
  /// Time steps computed at once: memory only, not the result.
  public var window: Int
  /// Groups of passages whose layers run side by side, at most. Part of the result only in its last digits.
  public var shards: Int
  /// Threads' worth of parallelism; never part of the result.
  public var workers: Int
  /// Which code computes the products of a time step. Part of the result only in its last digits.
  public var products: ProductKernel

  /// The sizes that `Evaluator` uses.
  ///
  /// - Parameter workers: nil: one for each core that the process may use.
  /// - Precondition: all are positive.
  public init(lanes: Int = 16, window: Int = 64, shards: Int = 4, workers: Int? = nil, products: ProductKernel = .packed) {
    precondition(lanes > 0 && window > 0 && shards > 0 && workers ?? 1 > 0, "lanes, window, shards and workers must be positive")
    self.lanes = lanes
    self.window = window
    self.shards = shards
    self.workers = workers ?? Machine.usableCores
    self.products = products
  }

  /// The cross-entropy in nats of every token of the passages but their first ones, by position in `tokens`; nil elsewhere, and 0 for
  /// control tokens, whose numbers follow the vocabulary's and which are not predicted.
  ///
  /// - Parameters:
  ///   - passages: ranges of `tokens`, which may overlap in a token that is the last of one and the first of the other.
  ///   - progress: is called on any thread, with how many of all windows are done.
  public func nats(
    of tokens: [TokenID], in passages: [Range<Int>], weights: Weights,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async -> [Double?] {
    let prepared = PreparedWeights(weights, forTraining: false, products: products)
    // Those of like length run together, so that few steps are for nothing.
    let sorted = passages.filter { $0.count > 1 }.sorted { ($1.count, $0.lowerBound) < ($0.count, $1.lowerBound) }
    var nats = [Double?](repeating: nil, count: tokens.count)
    guard let longest = sorted.first?.count else { return nats }
    let window = min(self.window, longest - 1)
    let each = (min(lanes, sorted.count) - 1) / shards + 1, shards = (min(lanes, sorted.count) - 1) / each + 1, width = each * shards
    let groups = stride(from: 0, to: sorted.count, by: width).map { sorted[$0..<min($0 + width, sorted.count)] }
    let total = groups.reduce(0) { $0 + ($1[$1.startIndex].count - 2) / window + 1 }
    let pool = EvaluationPool(prepared, steps: window, lanes: width, shards: shards, workers: workers)
    let firstControl = TokenID(weights.configuration.vocabularySize)
    var done = 0
    for group in groups {
      for first in stride(from: 0, to: group[group.startIndex].count - 1, by: window) {
        let steps = min(window, group[group.startIndex].count - 1 - first)
        let found = await pool.nats(from: first == 0 ? .initial : .afterLastWindow) { shard in
          Self.windows(
            of: tokens, in: group.dropFirst(shard * each).prefix(each), first: first, steps: steps, lanes: each, firstControl: firstControl)
        }
        for (lane, passage) in group.enumerated() {
          for step in 0..<min(steps, max(0, passage.count - 1 - first)) {
            nats[passage.lowerBound + first + step + 1] = found[step * width + lane]
          }
        }
        done += 1
        progress(done, total)
      }
    }
    return nats
  }

  /// A window of some passages, one a lane. Where a passage has ended, and in lanes without one, there is nothing to predict.
  private static func windows(
    of tokens: [TokenID], in passages: ArraySlice<Range<Int>>, first: Int, steps: Int, lanes: Int,
    firstControl: TokenID
  ) -> ShardWindows {
    var inputs = [TokenID](repeating: 0, count: steps * lanes)
    var targets = [TokenID](repeating: ShardWindows.noTarget, count: steps * lanes)
    for (lane, passage) in passages.enumerated() {
      for step in 0..<min(steps, max(0, passage.count - 1 - first)) {
        inputs[step * lanes + lane] = tokens[passage.lowerBound + first + step]
        let target = tokens[passage.lowerBound + first + step + 1]
        targets[step * lanes + lane] = target < firstControl ? target : ShardWindows.noTarget
      }
    }
    return ShardWindows(inputs: inputs, targets: targets, lanes: lanes, steps: steps)
  }
}
