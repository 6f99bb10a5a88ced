internal import Kernels

/// What distinguishes one kind of cell from the others: its description, and what one time step does with the products x Wx and h' Wh.
///
/// The other files of this module are the same for all kinds. ``CellStep`` holds the memory of a time step and normalises the products,
/// ``RecurrentLayer`` takes the time steps of a window, and ``SamplingNetwork`` takes one for each token that it reads.
protocol CellKind {
  /// The name that people know it by, and that its operator has in ONNX.
  static var title: String { get }
  /// In the order of their rows of Wx and of Wh, which is PyTorch's.
  static var gates: [CellGate] { get }
  /// The products h' Wh of a time step.
  static var products: [StateProduct] { get }
  /// Whether there is a cell state c beside the hidden state h. Default: false.
  static var hasCellState: Bool { get }
  /// Whether layer normalisation is of x Wx + h' Wh, and not of each of the two. Default: false.
  static var normalizesSum: Bool { get }
  /// Whether the activations of the gates take the products' place in `step.parts`. If not, h is the only activation. Default: true.
  static var keepsActivations: Bool { get }

  /// Turns the products in `step.parts` into activations, and writes h and, where there is one, c.
  static func forward(_ step: CellStep, vectors: CellVectors<MatrixView>)

  /// From the gradients of h and c to the gradients of the products, which take the activations' place in `step.parts`, and to those of the
  /// vectors and of c' in `gradients`. What h' receives through Wh is left to the caller.
  static func backward(_ step: CellStep, vectors: CellVectors<MatrixView>, gradients: CellStep.Gradients)
}

extension CellKind {
  static var hasCellState: Bool { false }
  static var normalizesSum: Bool { false }
  static var keepsActivations: Bool { true }
}
