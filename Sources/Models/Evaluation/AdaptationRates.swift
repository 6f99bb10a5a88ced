internal import Basics

/// How fast a model adapts to a text while it reads it, and how fast it forgets.
///
/// With the gradient g of a segment's mean cross-entropy in nats, each weight w that was trained to w₀ becomes
/// ```
/// w₀ + max(0, 1 - decay r) (w - w₀) - learningRate (g / s) / (r + epsilon)
/// ```
/// This is dynamic evaluation with RMS-scaled steps and an RMS-scaled decay (Krause, Kahembwe, Murray and Renals, "Dynamic evaluation of
/// neural sequence models", ICML 2018). G, a mean of the weight's squared gradients, is either part of what the model's training left, or
/// the mean over the segments read so far, this one included. Two norms make the rates independent of the scales of G and g, which depend
/// on the sizes of minibatches and segments and on that of the model:
/// - r = √G / √(mean of G over all weights), so that r² is 1 in the mean;
/// - s² is the mean of g² over all weights and over the segments read so far, this one included.
///
/// The paper divides √G by its mean in the decay only, and leaves the step in the scale of the training's gradients.
public struct AdaptationRates: Sendable, Hashable, Codable {
  /// η: the step size. 0 leaves the model as it was trained.
  public var learningRate: Float = 0.002
  /// λ: the share of its distance from the trained value that a weight with a root mean square of 1 loses at each step. 0: it forgets
  /// nothing.
  public var decay: Float = 0.01
  /// What is added to the relative root mean square of a weight's gradients, so that weights which rarely have a gradient do not leap.
  public var epsilon: Float = 0.3
  /// Tokens read between two steps. Fewer adapt sooner, and take more time: the cost of a step hardly depends on them.
  public var segment = 20

  /// The most tokens of a segment, whose activations are kept.
  package static let largestSegment = 4_096

  /// The defaults.
  public init() {}

  private enum CodingKeys: String, CodingKey {
    case learningRate = "learning_rate", decay, epsilon, segment
  }

  /// Checks the ranges.
  ///
  /// - Throws: `SettingError.invalid`, with the keys `adapt_rate`, `adapt_decay`, `adapt_epsilon` and `adapt_segment`.
  public func validate() throws(SettingError) {
    func check(_ key: String, _ value: Float, _ range: ClosedRange<Float>, _ expected: String) throws(SettingError) {
      if !range.contains(value) { throw .invalid(key: key, found: "\(value)", expected: expected) }
    }
    // Beyond these no model is left of what was trained.
    try check("adapt_rate", learningRate, 0...10, "from 0 to 10")
    try check("adapt_decay", decay, 0...1_000_000, "from 0 to 1,000,000")
    try check("adapt_epsilon", epsilon, 1e-6...1_000_000, "from 0.000001 to 1,000,000")
    if !(1...Self.largestSegment).contains(segment) {
      throw .invalid(key: "adapt_segment", found: "\(segment)", expected: "from 1 to \(Self.largestSegment.grouped)")
    }
  }
}
