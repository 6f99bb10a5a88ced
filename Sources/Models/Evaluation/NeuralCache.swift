internal import Basics
private import Foundation

/// A neural cache: the model remembers what it read last, and expects what followed where it was in a similar state.
///
/// With h the input of the decoder, θ the flatness and λ the weight, the probability that w comes next is
/// ```
/// p(w) = (1 - λ) p_model(w) + λ Σ_i [w_i = w] exp(θ h·h_i) / Σ_i exp(θ h·h_i)
/// ```
/// where i runs over the last ``size`` positions of the same text, and w_i is the token that followed there. Nothing is trained.
///
/// Source: Grave, Joulin and Usunier, "Improving neural language models with a continuous cache", 2017.
public struct NeuralCache: Sendable, Hashable, Codable {
  /// How many positions are remembered.
  public var size: Int
  /// θ: 0 counts all positions alike, a large value only the most similar one.
  public var flatness: Double
  /// λ: the weight of the cache, at least 0 and less than 1.
  public var weight: Double

  /// The most positions that may be remembered.
  package static let largestSize = 1 << 20

  /// Creates a cache. The defaults suit word models; the best values depend on the model and are found by fitting them to held-out text.
  public init(size: Int = 2_000, flatness: Double = 0.3, weight: Double = 0.1) {
    self.size = size
    self.flatness = flatness
    self.weight = weight
  }

  /// - Throws: `SettingError` for the first value out of range.
  public func validate() throws(SettingError) {
    func check(_ key: String, _ isValid: Bool, _ found: String, _ expected: String) throws(SettingError) {
      if !isValid { throw .invalid(key: key, found: found, expected: expected) }
    }
    try check("cache_size", (1...Self.largestSize).contains(size), "\(size)", "from 1 to \(Self.largestSize.grouped)")
    try check("cache_flatness", flatness >= 0 && flatness <= 1e6, "\(flatness)", "from 0 to 1,000,000")
    try check("cache_weight", weight >= 0 && weight < 1, "\(weight)", "at least 0 and less than 1")
  }

  /// The cross-entropy in nats of a token with both probabilities mixed.
  ///
  /// - Parameters:
  ///   - nats: the model's cross-entropy.
  ///   - probability: the cache's; nil if it is empty, which leaves the model's.
  package func mixed(nats: Double, probability: Double?) -> Double { Self.mixed(nats: nats, probability: probability, weight: weight) }

  /// The same for any weight.
  package static func mixed(nats: Double, probability: Double?, weight: Double) -> Double {
    guard let probability, weight > 0 else { return nats }
    let own = log1p(-weight) - nats, cached = log(weight * probability), larger = max(own, cached)
    // In logarithms, since either probability may be too small for a number.
    return -larger - log(exp(own - larger) + exp(cached - larger))
  }
}
