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

  package init(lossNats: Double, tokens: Int) { (self.lossNats, self.tokens) = (lossNats, tokens) }

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
    let lanes = EvaluationWindows.laneCount(most: self.lanes, predictions: tokens.count - 1)
    let shards = self.shards < 1 || lanes.isMultiple(of: self.shards) ? self.shards : 1
    // Longer windows than lanes would be memory for nothing.
    let window = min(self.window, max(1, (tokens.count - 2) / max(1, lanes) + 1))
    let windows = try EvaluationWindows(tokens, lanes: lanes, window: window, shards: shards)
    let weights = PreparedWeights(weights, forTraining: false)
    let sums = await withTaskGroup(of: (Int, Result<Double, CorpusError>).self, returning: [Result<Double, CorpusError>].self) { group in
      for shard in 0..<shards {
        group.addTask {
          let network = Network(weights.weights.configuration, steps: window, lanes: lanes / shards)
          let sum = Result { () throws(CorpusError) in
            var sum = 0.0
            for window in 0..<windows.windowCount {
              let part = try windows.windows(ofShard: shard, window: window)
              sum += network.loss(inputs: part.inputs, targets: part.targets, weights: weights)
            }
            return sum
          }
          return (shard, sum)
        }
      }
      var sums = [Result<Double, CorpusError>](repeating: .success(0), count: shards)
      for await (shard, sum) in group { sums[shard] = sum }
      return sums
    }
    var sum = 0.0
    for part in sums { sum += try part.get() }
    return Evaluation(lossNats: sum / Double(windows.predictionCount), tokens: windows.predictionCount)
  }
}
