internal import Kernels

/// Long short-term memory (Hochreiter and Schmidhuber, "Long short-term memory", 1997; the forget gate: Gers, Schmidhuber and Cummins,
/// "Learning to forget", 2000).
///
/// ```
/// z = x Wx + h' Wh + b          [b, 4H], gates in the order i, f, g, o
/// i, f, o = sigmoid(z), g = tanh(z)
/// c = f c' + i g                what to forget, what to remember
/// h = o tanh(c)                 what to pay attention to
/// ```
/// With a capped input gate, i = min(sigmoid(z), 1 - f): a unit takes in no more than it forgets, so that |c| is at most 1 (Melis, Dyer and
/// Blunsom, "On the state of the art of evaluation in neural language models", 2018).
///
/// With layer normalisation N, whose gains α and bias β are learned, c is carried on as it is:
/// ```
/// z = αx N(x Wx) + αh N(h' Wh) + b,  h = o tanh(αc N(c) + βc)
/// ```
/// `parts` holds z, then the activated gates, then dz. The derivation is in the article BackPropagation of the Refrain module's
/// documentation.
enum LSTM: CellKind {
  static let title = "LSTM"
  static let gates: [CellGate] = [.input, .forget, .candidate, .output]
  static let products = [StateProduct(gates: 0..<4)]
  static let hasCellState = true

  static func forward(_ step: CellStep, vectors: CellVectors<MatrixView>) {
    if let normalization = vectors.normalization?.cell {
      NormalizedLSTMGates.forward(
        gates: step.parts, isInputCapped: step.isInputCapped, bias: vectors.bias, normalization: normalization,
        previousCell: step.previousCell, cell: step.cell, hidden: step.hidden)
    } else {
      LSTMGates.forward(
        gates: step.parts, isInputCapped: step.isInputCapped, bias: vectors.bias, previousCell: step.previousCell, cell: step.cell,
        hidden: step.hidden)
    }
  }

  static func backward(_ step: CellStep, vectors: CellVectors<MatrixView>, gradients: CellStep.Gradients) {
    if let normalization = vectors.normalization?.cell {
      NormalizedLSTMGates.backward(
        gates: step.parts, isInputCapped: step.isInputCapped, normalization: normalization, cell: step.cell,
        previousCell: step.previousCell, hiddenGradient: step.hiddenGradient(gradients), cellGradient: gradients.cellState,
        biasGradient: gradients.vectors.bias, normalizationGradient: gradients.vectors.normalizedCell, scratch: gradients.scratch)
    } else {
      LSTMGates.backward(
        gates: step.parts, isInputCapped: step.isInputCapped, cell: step.cell, previousCell: step.previousCell,
        hiddenGradient: step.hiddenGradient(gradients), cellGradient: gradients.cellState, biasGradient: gradients.vectors.bias)
    }
  }
}
