public import Corpora
private import Foundation
public import LanguageModel

/// How well a model predicts a text.
public struct Evaluation: Sendable, Hashable, Codable {
  /// Mean cross-entropy in nats a predicted token.
  public let lossNats: Double
  /// The number of predicted tokens: all but the first.
  public let tokens: Int

  private enum CodingKeys: String, CodingKey {
    case lossNats = "loss_nats", tokens
  }

  package init(lossNats: Double, tokens: Int) {
    self.lossNats = lossNats
    self.tokens = tokens
  }

  /// exp(nats).
  public var perplexity: Double { exp(lossNats) }
  /// nats / ln 2; bits per character if the tokens are characters.
  public var bitsPerCharacter: Double { lossNats / log(2) }
}

/// Runs a model over held-out tokens, forward only.
public struct Evaluator: Sendable {
  /// How many stretches the text is cut into at most; each starts from a state of zeros, so a few tokens at their beginnings lack context.
  /// A short text has fewer: see `EvaluationWindows.laneCount(most:predictions:)`.
  public var lanes: Int
  /// Time steps computed at once: memory only, not the result.
  public var window: Int
  /// Groups of lanes whose layers run side by side. Part of the result only in its last digits.
  public var shards: Int
  /// Threads' worth of parallelism; never part of the result.
  public var workers: Int
  /// Which code computes the products of a time step. Part of the result only in its last digits.
  public var products: ProductKernel

  /// The usual sizes: 16 lanes of windows of 64 in 4 groups, whatever the machine, so that results compare.
  ///
  /// - Parameter workers: nil: one for each core that the process may use.
  public init(lanes: Int = 16, window: Int = 64, shards: Int = 4, workers: Int? = nil, products: ProductKernel = .packed) {
    self.lanes = lanes
    self.window = window
    self.shards = shards
    self.workers = max(1, workers ?? Machine.usableCores)
    self.products = products
  }

  /// Predicts every token but the first, once.
  ///
  /// - Throws: `CorpusError` if there are fewer than two tokens.
  public func evaluate(_ tokens: [TokenID], weights: Weights) async throws(CorpusError) -> Evaluation {
    try await evaluate(Tokens(tokens), weights: weights)
  }

  /// Predicts every token but the first, once; the tokens may lie in a store.
  ///
  /// - Throws: `CorpusError` if there are fewer than two tokens, or the store can no longer be read.
  public func evaluate(_ tokens: Tokens, weights: Weights) async throws(CorpusError) -> Evaluation {
    guard let evaluation = try await evaluate(tokens, weights: weights, isStopped: { false }, progress: { _, _ in }) else {
      preconditionFailure("an evaluation that nothing stops has a result")
    }
    return evaluation
  }

  /// Measures a long text as ``evaluate(_:weights:)-(Tokens,_)`` does, and ends within a window of time steps once the task is cancelled.
  ///
  /// - Parameter progress: is called after each window, on any thread, with how many of all windows are done.
  /// - Throws: `CancellationError`, or `CorpusError` as above.
  public func evaluate(
    _ tokens: Tokens, weights: Weights, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
  ) async throws -> Evaluation {
    guard let evaluation = try await evaluate(tokens, weights: weights, isStopped: { Task.isCancelled }, progress: progress) else {
      throw CancellationError()
    }
    return evaluation
  }

  /// How a text is cut.
  package func sizes(for tokens: Tokens) -> (lanes: Int, shards: Int, window: Int) {
    let lanes = EvaluationWindows.laneCount(most: self.lanes, predictions: tokens.predictableCount - 1)
    let shards = self.shards < 1 || lanes.isMultiple(of: self.shards) ? self.shards : 1
    // Longer windows than lanes would be memory for nothing.
    return (lanes, shards, min(window, max(1, (tokens.count - 2) / max(1, lanes) + 1)))
  }

  /// - Returns: nil if it was stopped.
  private func evaluate(
    _ tokens: Tokens, weights: Weights, isStopped: @escaping @Sendable () -> Bool,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
  ) async throws(CorpusError) -> Evaluation? {
    let (lanes, shards, window) = sizes(for: tokens)
    let windows = try EvaluationWindows(tokens, lanes: lanes, window: window, shards: shards)
    if isStopped() { return nil }
    let pool = EvaluationPool(
      PreparedWeights(weights, forTraining: false, products: products), steps: window, lanes: lanes, shards: shards,
      workers: max(1, workers))
    var sum = 0.0
    for number in 0..<windows.windowCount {
      // All threads of tasks may be busy here, and the task that handles a signal and cancels this needs one.
      await Task.yield()
      if isStopped() { return nil }
      let nats = try await pool.nats(from: number == 0 ? .initial : .afterLastWindow) { shard throws(CorpusError) in
        try windows.windows(ofShard: shard, window: number)
      }
      sum += nats.reduce(0, +)
      progress(number + 1, windows.windowCount)
    }
    return Evaluation(lossNats: sum / Double(windows.predictionCount), tokens: windows.predictionCount)
  }
}
