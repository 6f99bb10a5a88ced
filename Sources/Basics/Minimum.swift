/// The place of a minimum, and the value there.
public struct Minimum: Sendable, Hashable {
  /// The argument.
  public let argument: Double
  /// The value of the function there.
  public let value: Double
  /// How often the function was called.
  public let evaluations: Int

  /// Finds the minimum of a function with one valley, by golden sections and parabolas.
  ///
  /// The result is the best argument that was tried, whose value is infinite if all were. It is deterministic.
  ///
  /// Source: Brent, "Algorithms for minimization without derivatives", 1973, chapter 5.
  ///
  /// - Parameters:
  ///   - range: where to search.
  ///   - tolerance: the search ends when the minimum is known this closely.
  ///   - function: the function; a value that is no number counts as infinite.
  /// - Precondition: the tolerance is positive.
  public static func search<Failure: Error>(
    in range: ClosedRange<Double>, tolerance: Double, _ function: (Double) async throws(Failure) -> Double
  ) async throws(Failure) -> Minimum {
    precondition(tolerance > 0, "the tolerance must be positive")
    var count = 0
    func value(_ argument: Double) async throws(Failure) -> Double {
      count += 1
      let found = try await function(argument)
      return found.isNaN ? .infinity : found
    }
    let golden = (3 - 5.0.squareRoot()) / 2
    var low = range.lowerBound, high = range.upperBound
    // The best point, the second best, and the one that was second best before.
    var best = low + golden * (high - low), second = best, third = best
    var bestValue = try await value(best)
    var secondValue = bestValue, thirdValue = bestValue
    var step = 0.0, stepBefore = 0.0
    // Not closer to another point than can be told apart.
    let least = tolerance / 3
    while max(best - low, high - best) > tolerance {
      let middle = (low + high) / 2
      var next: Double?
      if abs(stepBefore) > tolerance / 2 {
        // The lowest point of the parabola through the three points.
        let r = (best - second) * (bestValue - thirdValue), q = (best - third) * (bestValue - secondValue)
        let numerator = (best - third) * q - (best - second) * r, denominator = 2 * (q - r)
        let move = -numerator / denominator
        if move.isFinite, abs(move) < abs(stepBefore) / 2, best + move > low, best + move < high {
          stepBefore = step
          let isAtEnd = best + move - low < 2 * least || high - best - move < 2 * least
          step = isAtEnd ? (best < middle ? least : -least) : move
          next = best + step
        }
      }
      if next == nil {
        stepBefore = best < middle ? high - best : low - best
        step = golden * stepBefore
      }
      let tried = best + (abs(step) >= least ? step : step < 0 ? -least : least)
      let found = try await value(tried)
      if found <= bestValue {
        if tried < best { high = best } else { low = best }
        third = second
        thirdValue = secondValue
        second = best
        secondValue = bestValue
        best = tried
        bestValue = found
      } else {
        if tried < best { low = tried } else { high = tried }
        if found <= secondValue || second == best {
          third = second
          thirdValue = secondValue
          second = tried
          secondValue = found
        } else if found <= thirdValue || third == best || third == second {
          third = tried
          thirdValue = found
        }
      }
    }
    return Minimum(argument: best, value: bestValue, evaluations: count)
  }
}
