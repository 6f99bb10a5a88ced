internal import Basics
internal import Models

/// Chooses a cache's flatness and weight for a text: those with the lowest cross-entropy.
struct CacheFit {
  /// The values of θ that are tried, from nearly flat to nearly the most similar position alone, whatever the size of the states: two for
  /// each doubling, since a doubled θ costs no exponentials.
  static let flatnesses = (0..<18).flatMap { doublings in
    let power = Double(1 << doublings) / 128
    return [power, power * 2.0.squareRoot()]
  }

  /// A weight of 1 would leave no probability to what the cache has not seen.
  private static let largestWeight = 0.999

  /// The cache with the best flatness of ``flatnesses`` and, for it, the best weight.
  ///
  /// - Parameters:
  ///   - nats: the model's cross-entropies by position; nil where nothing was predicted.
  ///   - cached: for each flatness the cache's probabilities by position; nil where it was empty.
  static func best(size: Int, nats: [Double?], cached: [[Double?]]) async -> NeuralCache {
    // Without a better one the cache has no weight.
    var best = NeuralCache(size: size, flatness: flatnesses[0], weight: 0), bestSum = nats.reduce(0) { $0 + ($1 ?? 0) }
    for (flatness, probabilities) in zip(flatnesses, cached) {
      // The sum is convex in the weight.
      let found = await Minimum.search(in: 0...largestWeight, tolerance: 1e-4) { weight in
        zip(nats, probabilities).reduce(0) { sum, position in
          position.0.map { sum + NeuralCache.mixed(nats: $0, probability: position.1, weight: weight) } ?? sum
        }
      }
      if found.value < bestSum {
        bestSum = found.value
        best = NeuralCache(size: size, flatness: flatness, weight: found.argument)
      }
    }
    return best
  }
}
