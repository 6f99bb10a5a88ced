internal import Corpora
internal import LanguageModel
internal import Models

/// How passages are read: which side by side, and in which windows.
struct PassagePlan: Sendable {
  /// Passages that are read side by side, the longest of each group first.
  let groups: [ArraySlice<Range<Int>>]
  /// Passages read side by side at most; 0 if there is nothing to predict.
  let lanes: Int
  /// Groups of lanes whose layers run side by side.
  let shards: Int
  /// Time steps of a window.
  let window: Int

  /// - Parameter adaptation: adapts the weights from passage to passage: then they are read one by one, in their order.
  init(_ passages: [Range<Int>], _ scorer: TextScorer, adaptation: TextAdaptation?) {
    let readable = passages.filter { $0.count > 1 }, longest = readable.map(\.count).max() ?? 0
    if let adaptation {
      lanes = readable.isEmpty ? 0 : 1
      shards = 1
      // No segment is cut at the end of a window.
      window = max(1, scorer.window / adaptation.rates.segment) * adaptation.rates.segment
      groups = readable.indices.map { readable[$0...$0] }
      return
    }
    // Passages of similar length run together, so that few steps are wasted.
    let sorted = readable.sorted { ($1.count, $0.lowerBound) < ($0.count, $1.lowerBound) }
    window = min(scorer.window, max(1, longest - 1))
    guard !sorted.isEmpty else {
      lanes = 0
      shards = 1
      groups = []
      return
    }
    let each = (min(scorer.lanes, sorted.count) - 1) / scorer.shards + 1, parts = (min(scorer.lanes, sorted.count) - 1) / each + 1
    let width = each * parts
    shards = parts
    lanes = width
    groups = stride(from: 0, to: sorted.count, by: width).map { sorted[$0..<min($0 + width, sorted.count)] }
  }

  /// The number of windows of all groups.
  var windowCount: Int { groups.reduce(0) { $0 + ($1[$1.startIndex].count - 2) / window + 1 } }

  /// What reads the passages.
  func makeScorer(_ weights: Weights, _ scorer: TextScorer, adaptation: TextAdaptation?) -> any WindowScorer {
    if let adaptation {
      return adaptation.makeScorer(weights, workers: scorer.workers, temperature: scorer.temperature)
    }
    return EvaluationPool(
      PreparedWeights(weights, forTraining: false, products: scorer.products), steps: window, lanes: lanes, shards: shards,
      workers: scorer.workers, temperature: scorer.temperature)
  }

  /// How many of a window's steps predict a token of a passage.
  ///
  /// - Parameter first: the window's first step, from the beginning of the passage.
  static func stepCount(of passage: Range<Int>, first: Int, steps: Int) -> Int { min(steps, max(0, passage.count - 1 - first)) }

  /// The token as something to predict; control tokens are not predicted.
  static func target(_ token: TokenID, firstControl: TokenID) -> TokenID { token < firstControl ? token : ShardWindows.noTarget }

  /// A window of the passages of a shard, one a lane. Where a passage has ended, and in lanes without one, there is nothing to predict.
  func windows(
    of tokens: [TokenID], in group: ArraySlice<Range<Int>>, shard: Int, first: Int, steps: Int, firstControl: TokenID
  ) -> ShardWindows {
    let lanes = lanes / shards, passages = group.dropFirst(shard * lanes).prefix(lanes)
    var inputs = [TokenID](repeating: 0, count: steps * lanes)
    var targets = [TokenID](repeating: ShardWindows.noTarget, count: steps * lanes)
    for (lane, passage) in passages.enumerated() {
      for step in 0..<Self.stepCount(of: passage, first: first, steps: steps) {
        inputs[step * lanes + lane] = tokens[passage.lowerBound + first + step]
        targets[step * lanes + lane] = Self.target(tokens[passage.lowerBound + first + step + 1], firstControl: firstControl)
      }
    }
    return ShardWindows(inputs: inputs, targets: targets, lanes: lanes, steps: steps)
  }
}
