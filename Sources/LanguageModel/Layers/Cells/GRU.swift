internal import Kernels

/// The gated recurrent unit in PyTorch's formulation, where the reset gate comes after the product and so needs no product of its own (Cho
/// et al., "Learning phrase representations using RNN encoder-decoder", 2014, has it before).
///
/// ```
/// r, z = sigmoid(x Wx + h' Wh + b)       what of the past the candidate sees, what of it stays
/// m = h' Wh + b
/// n = tanh(x Wx + b + r m)               the candidate
/// h = (1 - z) n + z h'
/// ```
/// With layer normalisation each product is normalised and has a gain, the part of r and z together and that of the candidate by itself.
///
/// `parts` holds r, z, n and m: first the products, then the activations, then the gradients of the products. r, z and n of x Wx lie side
/// by side, so that those of a whole window are one product. The products with h' are two, since m is kept apart from n.
enum GRU: CellKind {
  static let title = "GRU"
  static let gates: [CellGate] = [.reset, .update, .candidate]
  static let products = [StateProduct(gates: 0..<2), StateProduct(gates: 2..<3, parts: 3..<4)]

  static func forward(_ step: CellStep, vectors: CellVectors<MatrixView>) {
    GRUGates.forward(parts: step.parts, bias: vectors.bias, previousHidden: step.previousHidden, hidden: step.hidden)
  }

  static func backward(_ step: CellStep, vectors: CellVectors<MatrixView>, gradients: CellStep.Gradients) {
    // What stays of h' goes past the gates, and so its gradient does.
    GRUGates.backward(
      parts: step.parts, previousHidden: step.previousHidden, hiddenGradient: step.hiddenGradient(gradients),
      previousHiddenGradient: step.previousHiddenGradient(gradients), biasGradient: gradients.vectors.bias)
  }
}
