internal import Basics
internal import Foundation
internal import Inspection

/// What `refrain inspect` found: the object of `--json`, and the table.
struct StatesReport: Encodable {
  struct Unit: Encodable {
    var layer: Int
    var unit: Int
    var feature: String
    var correlation: Double
  }

  struct Gate: Encodable {
    var layer: Int
    var gate: String
    var low: Double
    var high: Double
  }

  var tokens: Int
  /// The units that track each feature best, five each, the largest |r| first.
  var features: [String: [Unit]]
  /// The units by the feature that they track best, fifty of them, the largest |r| first.
  var units: [Unit]
  /// The shares of activations beyond the bounds.
  var saturation: [Gate]

  init(_ states: RecordedStates, _ ranking: UnitRanking) {
    func unit(_ tracking: UnitRanking.Tracking) -> Unit {
      Unit(
        layer: tracking.place.layer, unit: tracking.place.unit, feature: tracking.feature.rawValue, correlation: tracking.correlation)
    }
    tokens = states.count
    features = Dictionary(
      uniqueKeysWithValues: TextFeature.allCases.map { ($0.rawValue, ranking.best($0, most: 5).map(unit)) })
    units = ranking.ranked(most: 50).map(unit)
    saturation = GateSaturation(states).gates.map {
      Gate(layer: $0.layer, gate: RecordedStates.Quantity.gate($0.gate).name, low: $0.low, high: $0.high)
    }
  }

  /// For people to read.
  var table: String {
    func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }
    var table = "\(padded("feature", 30))best units (layer:unit) and their correlations with it\n"
    for feature in TextFeature.allCases {
      let best = (features[feature.rawValue] ?? []).prefix(3).map { unit in
        padded("\(unit.layer):\(unit.unit)", 8) + padded(String(format: "%+.3f", unit.correlation), 9)
      }
      table +=
        padded(feature.title, 30) + (best.isEmpty ? "constant in this text" : best.joined().trimmingCharacters(in: .whitespaces)) + "\n"
    }
    table += "\n\(padded("gate", 30))\(padded("below", 9))above\n"
    for gate in saturation {
      let name = "layer \(gate.layer) \(gate.gate.replacing("_", with: " "))"
      table += padded(name, 30) + padded(String(format: "%.1f%%", 100 * gate.low), 9) + String(format: "%.1f%%\n", 100 * gate.high)
    }
    return table + "\(tokens.counted("token")); a gate is below 0.1 or above 0.9, a candidate below -0.9 or above 0.9.\n"
  }
}
