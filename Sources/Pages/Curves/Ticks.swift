internal import Foundation

/// Where the marks of an axis are, and how its numbers are written.
package enum Ticks {
  /// Round numbers in a range: multiples of 1, 2 or 5 times a power of ten.
  ///
  /// - Precondition: both ends are finite, and the first is below the second.
  package static func positions(_ low: Double, _ high: Double, most: Int) -> [Double] {
    precondition(low < high && (high - low).isFinite && most > 0, "an axis has a length")
    let raw = (high - low) / Double(most)
    let ten = pow(10, floor(log10(raw)))
    let step = [1, 2, 5, 10].map { $0 * ten }.first { $0 >= raw * 0.999_999 } ?? raw
    guard step > 0, step.isFinite else { return [] }
    var ticks: [Double] = []
    var number = ceil(low / step - 1e-9)
    while number * step <= high + step * 1e-9, ticks.count < 50 {
      // With 0 added, -0 is 0.
      ticks.append(number * step + 0)
      number += 1
    }
    return ticks
  }

  /// A number in few characters: 12.5k, 3M, 0.003, 2e-05.
  package static func text(_ value: Double) -> String {
    let magnitude = value.magnitude
    // Zero may be negative, which nobody wants to read.
    if magnitude == 0 { return "0" }
    if magnitude >= 1e9 { return String(format: "%.3g", value) }
    if magnitude >= 1e6 { return String(format: "%.4g", value / 1e6) + "M" }
    if magnitude >= 1e4 { return String(format: "%.4g", value / 1e3) + "k" }
    return magnitude < 1e-3 ? String(format: "%.2g", value) : String(format: "%.4g", value)
  }
}
