private import Foundation

/// The usual gradient norm: running mean and variance of its logarithm, by which a norm far outside is told.
///
/// A spike in the norm, one bad minibatch, can undo many good steps even when it is clipped. As in ZClip (Kumar et al., "ZClip: adaptive
/// spike mitigation for LLM pre-training", 2025) a norm is judged by its z-score under exponential moving averages; here it is the
/// logarithm's, since norms are spread by factors, and a spike is left out rather than clipped.
package struct NormStatistics: Sendable, Hashable, Codable {
  private var mean = 0.0
  private var variance = 0.0
  private var count = 0

  /// What is kept of the averages at each step: they look back over some fifty steps.
  private static let decay = 0.98
  /// Before so many steps nothing is called unusual.
  private static let leastCount = 100
  /// The standard deviation is not taken to be less: very even norms make no spike of a small rise.
  private static let leastDeviation = 0.25

  /// Whether these are numbers that counting can have come to.
  var isPlausible: Bool { (0...1 << 53).contains(count) && mean.isFinite && variance.isFinite && variance >= 0 }

  /// The norm so many standard deviations above the mean; infinite before there is a mean to speak of.
  func largest(deviations: Double) -> Double {
    count < Self.leastCount || deviations <= 0 ? .infinity : exp(mean + deviations * max(variance.squareRoot(), Self.leastDeviation))
  }

  /// Counts a norm. One above `largest` counts as just that, so that a lasting change becomes the usual after a while.
  mutating func add(_ norm: Double, largest: Double) {
    let value = log(max(min(norm, largest), 1e-30))
    count += 1
    if count == 1 {
      mean = value
    } else {
      // While there are few, all count the same.
      let decay = min(Self.decay, 1 - 1 / Double(count))
      let difference = value - mean
      mean += (1 - decay) * difference
      variance = decay * (variance + (1 - decay) * difference * difference)
    }
  }
}
