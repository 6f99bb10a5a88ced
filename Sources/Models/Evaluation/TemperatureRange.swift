private import Foundation

/// The temperatures that evaluation may divide logits by.
package enum TemperatureRange {
  /// A temperature is at most four, and at least a quarter.
  package static let largestLogarithm = log(4.0)

  /// The temperature of a logarithm.
  package static func temperature(logarithm: Double) -> Float { Float(exp(logarithm)) }
}
