/// What the units of a model's layers are, as PyTorch's modules of these names have them.
///
/// To add a cell, write a file in `Cells` and name its type in the table below. The layers, the sampler, the layout of the weights and the
/// file formats read the rest from there.
public enum RecurrentCell: String, CaseIterable, Sendable, Codable {
  /// Long short-term memory.
  case lstm
  /// The gated recurrent unit, with the reset gate after the product.
  case gru
  /// The plain recurrent cell, h = tanh(x Wx + h' Wh + b).
  case rnn

  /// The table of cells: where each is described and computed.
  var kind: any CellKind.Type {
    switch self {
    case .lstm: LSTM.self
    case .gru: GRU.self
    case .rnn: PlainRNN.self
    }
  }
}

extension RecurrentCell {
  /// The name that people know it by.
  public var title: String { kind.title }

  /// The gates in the order of their rows of Wx and of Wh.
  package var gates: [CellGate] { kind.gates }

  /// G: rows of Wx and of Wh for each unit.
  package var gateCount: Int { kind.gates.count }

  /// Whether a forget gate decides what stays of c: its bias has an initial value of its own.
  package var hasForgetGate: Bool { kind.gates.contains(.forget) }

  /// Whether an input gate decides what is added to c: only that gate can be capped.
  package var hasInputGate: Bool { kind.gates.contains(.input) }

  /// The products h' Wh of a time step.
  package var products: [StateProduct] { kind.products }

  /// Activations and biases of each unit. A product that stands apart from x Wx has its own.
  package var partCount: Int { kind.products.reduce(0) { max($0, $1.parts.upperBound) } }

  /// Whether there is a cell state c beside the hidden state h.
  package var hasCellState: Bool { kind.hasCellState }

  /// Numbers of each unit that are carried from one time step to the next.
  var stateCount: Int { hasCellState ? 2 : 1 }

  /// Whether layer normalisation is of x Wx + h' Wh, and not of each of the two.
  var normalizesSum: Bool { kind.normalizesSum }

  /// Numbers of each unit that layer normalisation makes normal in the products; each has a gain.
  var normalizedProducts: Int { (normalizesSum ? 1 : 2) * gateCount }

  /// Weights of each unit that layer normalisation adds: the gains of the products, and gain and bias of c.
  var normalizationVectors: Int { normalizedProducts + (hasCellState ? 2 : 0) }
}
