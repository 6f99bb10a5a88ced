/// What is counted and averaged over a run; kept when it is stopped, so that a resumed run reports what an uninterrupted one would.
package struct TrainingTally: Sendable, Hashable, Codable {
  /// Tokens trained on.
  var tokens = 0
  /// Minibatches left out.
  package var skipped = 0
  /// The losses and their weights, each counting 2% less than the next.
  var runningLoss = 0.0, runningWeight = 0.0
  /// Of the last step that was taken.
  var lastLoss: Double?, lastGradientNorm: Double?
  /// Whether the sample below a loss was taken.
  var hasSampledBelowLoss = false
  /// Since the last line of metrics.
  var line = Line()
  /// Time that the run took before it was stopped.
  package var seconds = 0.0

  struct Line: Sendable, Hashable, Codable {
    var loss = 0.0, steps = 0, tokens = 0, seconds = 0.0
  }

  private enum CodingKeys: String, CodingKey {
    case tokens, skipped, line, seconds
    case runningLoss = "running_loss", runningWeight = "running_weight", lastLoss = "last_loss"
    case lastGradientNorm = "last_gradient_norm", hasSampledBelowLoss = "has_sampled_below_loss"
  }
}
