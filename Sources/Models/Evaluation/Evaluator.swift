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
  /// Groups of lanes that run side by side.
  public var shards: Int

  /// The usual sizes: 16 lanes of windows of 64 in 2 groups, whatever the machine, so that results compare.
  public init(lanes: Int = 16, window: Int = 64, shards: Int = 2) {
    self.lanes = lanes
    self.window = window
    self.shards = shards
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

  /// - Returns: nil if it was stopped.
  private func evaluate(
    _ tokens: Tokens, weights: Weights, isStopped: @escaping @Sendable () -> Bool,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
  ) async throws(CorpusError) -> Evaluation? {
    let lanes = EvaluationWindows.laneCount(most: self.lanes, predictions: tokens.count - 1)
    let shards = self.shards < 1 || lanes.isMultiple(of: self.shards) ? self.shards : 1
    // Longer windows than lanes would be memory for nothing.
    let window = min(self.window, max(1, (tokens.count - 2) / max(1, lanes) + 1))
    let windows = try EvaluationWindows(tokens, lanes: lanes, window: window, shards: shards)
    if isStopped() { return nil }
    let weights = PreparedWeights(weights, forTraining: false)
    let done = Counter()
    typealias Sum = Result<Double?, CorpusError>
    let sums = await withTaskGroup(of: (Int, Sum).self, returning: [Sum].self) { group in
      for shard in 0..<shards {
        group.addTask {
          let network = Network(weights.weights.configuration, steps: window, lanes: lanes / shards)
          var sum = 0.0
          for number in 0..<windows.windowCount {
            // All threads of tasks may be busy here, and the task that handles a signal and cancels this needs one.
            await Task.yield()
            if isStopped() { return (shard, .success(nil)) }
            let part: ShardWindows
            do throws(CorpusError) {
              part = try windows.windows(ofShard: shard, window: number)
            } catch {
              return (shard, .failure(error))
            }
            sum += network.loss(inputs: part.inputs, targets: part.targets, weights: weights)
            progress(done.add(), shards * windows.windowCount)
          }
          return (shard, .success(sum))
        }
      }
      var sums = [Sum](repeating: .success(0), count: shards)
      for await (shard, sum) in group { sums[shard] = sum }
      return sums
    }
    var sum = 0.0
    for part in sums {
      guard let part = try part.get() else { return nil }
      sum += part
    }
    return Evaluation(lossNats: sum / Double(windows.predictionCount), tokens: windows.predictionCount)
  }
}
