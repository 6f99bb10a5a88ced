package import LanguageModel

/// How often the gates of a layer are nearly shut or nearly open.
///
/// Source: Karpathy, Johnson and Li, "Visualizing and Understanding Recurrent Networks", 2015, arXiv:1506.02078, section 4.2: a gate is
/// left-saturated below 0.1 and right-saturated above 0.9. For the candidate, a tanh, the bounds are -0.9 and 0.9.
package struct GateSaturation: Sendable {
  /// The shares of a gate in one layer.
  package struct Gate: Sendable {
    package let layer: Int
    package let gate: CellGate
    /// The share of activations below the lower bound, of all tokens and units.
    package let low: Double
    /// The share of activations above the upper bound, of all tokens and units.
    package let high: Double
    /// The two shares of each unit.
    package let units: [(low: Double, high: Double)]
  }

  /// By layer, then by gate in the order of the cell's.
  package let gates: [Gate]

  package init(_ states: RecordedStates) {
    gates = states.layers.enumerated().flatMap { number, layer in
      states.quantities.enumerated().compactMap { index, quantity -> Gate? in
        guard case .gate(let gate) = quantity else { return nil }
        let bounds = Self.bounds(of: gate)
        var low = [Int](repeating: 0, count: layer.units)
        var high = low
        for token in 0..<states.count {
          for unit in 0..<layer.units {
            let value = layer.values[index][token * layer.units + unit]
            if value < bounds.low { low[unit] += 1 }
            if value > bounds.high { high[unit] += 1 }
          }
        }
        let count = Double(max(1, states.count)), all = count * Double(max(1, layer.units))
        return Gate(
          layer: number, gate: gate, low: Double(low.reduce(0, +)) / all, high: Double(high.reduce(0, +)) / all,
          units: zip(low, high).map { (low: Double($0) / count, high: Double($1) / count) })
      }
    }
  }

  /// Activations beyond these are saturated.
  package static func bounds(of gate: CellGate) -> (low: Float, high: Float) { gate == .candidate ? (-0.9, 0.9) : (0.1, 0.9) }
}
