internal import Kernels

/// The plain recurrent cell (Elman, "Finding structure in time", 1990).
///
/// ```
/// h = tanh(x Wx + h' Wh + b)
/// h = tanh(αx N(x Wx + h' Wh) + b)       with layer normalisation
/// ```
/// It is the baseline that shows what gates are for: all of the past goes through Wh and the tanh at every step, backward too, and so
/// vanishes soon. `parts` holds the products, and after the backward pass their gradients.
enum PlainRNN: CellKind {
  static let title = "RNN"
  static let gates: [CellGate] = [.candidate]
  static let products = [StateProduct(gates: 0..<1)]
  static let normalizesSum = true
  static let keepsActivations = false

  static func forward(_ step: CellStep, vectors: CellVectors<MatrixView>) {
    PlainCell.forward(products: step.parts.view, bias: vectors.bias, hidden: step.hidden)
  }

  static func backward(_ step: CellStep, vectors: CellVectors<MatrixView>, gradients: CellStep.Gradients) {
    PlainCell.backward(
      products: step.parts, hidden: step.hidden.view, hiddenGradient: step.hiddenGradient(gradients), biasGradient: gradients.vectors.bias)
  }
}
