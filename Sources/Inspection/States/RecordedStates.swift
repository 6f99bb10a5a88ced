package import LanguageModel

/// What the units of all layers computed at each token of a text: gates, cell state where the cells have one, and hidden state.
///
/// Memory: 4 bytes for each token, unit and quantity. An LSTM has six quantities, so that 512 units in each of two layers take 24 KiB a
/// token.
package struct RecordedStates: Sendable {
  /// What is kept of a unit.
  package enum Quantity: Hashable, Sendable {
    /// The activation of a gate, or of the candidate.
    case gate(CellGate)
    /// c
    case cell
    /// h
    case hidden

    /// The name in files: `input_gate`, `candidate`, `cell`, `hidden`, ...
    package var name: String {
      switch self {
      case .gate(.candidate): "candidate"
      case .gate(let gate): gate.rawValue + "_gate"
      case .cell: "cell"
      case .hidden: "hidden"
      }
    }

    /// The name for people.
    package var title: String {
      switch self {
      case .gate(.candidate): "candidate"
      case .gate(let gate): gate.rawValue + " gate"
      case .cell: "cell state"
      case .hidden: "hidden state"
      }
    }
  }

  /// The states of a layer.
  package struct Layer: Sendable {
    /// H
    package let units: Int
    /// For each quantity [tokens, H], row-major.
    package fileprivate(set) var values: [[Float]]
  }

  /// The quantities of each layer, in the order of `Layer.values`.
  package let quantities: [Quantity]
  package fileprivate(set) var layers: [Layer]
  /// How many tokens there are.
  package let count: Int

  /// - Precondition: each layer has a value for each quantity, token and unit.
  package init(quantities: [Quantity], layers: [(units: Int, values: [[Float]])], count: Int) {
    precondition(
      layers.allSatisfy { layer in
        layer.values.count == quantities.count && layer.values.allSatisfy { $0.count == count * layer.units }
      }, "each layer has a value for each quantity, token and unit")
    self.quantities = quantities
    self.layers = layers.map { Layer(units: $0.units, values: $0.values) }
    self.count = count
  }

  /// The quantities of a kind of cell.
  package static func quantities(of cell: RecurrentCell) -> [Quantity] {
    cell.gates.map { .gate($0) } + (cell.hasCellState ? [.cell] : []) + [.hidden]
  }

  /// The value of a unit at a token.
  package func value(_ quantity: Int, _ place: UnitPlace, token: Int) -> Float {
    layers[place.layer].values[quantity][token * layers[place.layer].units + place.unit]
  }

  /// The bytes that the states of one token take.
  package static func bytesPerToken(_ configuration: ModelConfiguration) -> Int {
    4 * quantities(of: configuration.cell).count * configuration.hiddenSizes.reduce(0, +)
  }

  /// The most memory that states may take, in bytes.
  package static let mostBytes = 1 << 30
}
