/// What the units of a model's layers are, as PyTorch's modules of these names have them.
public enum RecurrentCell: String, CaseIterable, Sendable, Codable {
  /// Long short-term memory: ``LSTMLayer``.
  case lstm
  /// The gated recurrent unit, with the reset gate after the product: ``GRULayer``.
  case gru
  /// The plain recurrent cell, h = tanh(x Wx + h' Wh + b): ``PlainLayer``.
  case rnn

  /// The name that people know it by.
  public var title: String { rawValue.uppercased() }

  /// G: rows of Wx and of Wh for each unit.
  package var gateCount: Int {
    switch self {
    case .lstm: 4
    case .gru: 3
    case .rnn: 1
    }
  }

  /// Activations and biases of each unit. A GRU's candidate has two of each, since the reset gate lies between input and state.
  package var partCount: Int { self == .gru ? 4 : gateCount }

  /// Whether there is a cell state c beside the hidden state h.
  package var hasCellState: Bool { self == .lstm }

  /// Numbers of each unit that layer normalisation adds: a gain of each product, which of a plain cell is one, and gain and bias of c.
  var normalizationVectors: Int { (self == .rnn ? 1 : 2) * gateCount + (hasCellState ? 2 : 0) }

  /// The rows of Wh of each product h' Wh that a time step takes, for layers of so many units: one product but for a GRU, whose
  /// candidate's stands apart.
  package func recurrentRows(units: Int) -> [Range<Int>] {
    self == .gru ? [0..<2 * units, 2 * units..<3 * units] : [0..<gateCount * units]
  }
}
