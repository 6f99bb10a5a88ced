// The C loops take addresses of blocks, which the shapes are checked for first.
internal import CVectorKernels

/// The element-wise part of one LSTM time step, for `b` lanes by H features, row-major. Twins: `ReferenceLSTM.cell` and
/// `ReferenceLSTM.cellGradient`.
package enum LSTMGates {
  /// i, f, o = sigmoid(z + bias), g = tanh(z + bias); c = f c' + i g; h = o tanh(c).
  ///
  /// - Parameters:
  ///   - gates: [b, 4H] pre-activations in the order i, f, g, o; replaced by the activated gates.
  ///   - isInputCapped: whether i is min(sigmoid(z + bias), 1 - f). The gates are then left with this i.
  ///   - bias: [1, 4H].
  ///   - previousCell: [b, H], c'.
  ///   - cell, hidden: [b, H], overwritten.
  package static func forward(
    gates: Matrix, isInputCapped: Bool = false, bias: MatrixView, previousCell: MatrixView, cell: Matrix, hidden: Matrix
  ) {
    var block = unsafe forwardBlock(gates: gates, bias: bias, previousCell: previousCell, cell: cell, hidden: hidden)
    unsafe block.caps_input = isInputCapped ? 1 : 0
    unsafe refrain_gates_forward(&block)
  }

  /// From dh and dc of step t to dz of step t and dc of step t - 1.
  ///
  /// - Parameters:
  ///   - gates: [b, 4H] activated gates; replaced by dz, the gradients of their pre-activations.
  ///   - isInputCapped: whether i is capped at 1 - f. Where it is 1 - f, f has the gradient of 1 - f too, and i has none, also at a tie.
  ///   - cell, previousCell: [b, H], c and c' of the forward pass.
  ///   - hiddenGradient: [b, H], dL/dh of step t: from above and from step t + 1.
  ///   - cellGradient: [b, H], in dL/dc of step t through step t + 1, out dL/dc of step t - 1.
  ///   - biasGradient: [1, 4H], to which dz of each lane is added.
  package static func backward(
    gates: Matrix, isInputCapped: Bool = false, cell: Matrix, previousCell: MatrixView, hiddenGradient: MatrixView, cellGradient: Matrix,
    biasGradient: Matrix
  ) {
    var block = unsafe backwardBlock(
      gates: gates, cell: cell, previousCell: previousCell, hiddenGradient: hiddenGradient, cellGradient: cellGradient,
      biasGradient: biasGradient)
    unsafe block.caps_input = isInputCapped ? 1 : 0
    unsafe refrain_gates_backward(&block)
  }

  /// What the forward loop, with or without normalisation, is given.
  static func forwardBlock(
    gates: Matrix, bias: MatrixView, previousCell: MatrixView, cell: Matrix, hidden: Matrix
  ) -> refrain_gate_block {
    var block = unsafe block(gates: gates, cell: cell, previousCell: previousCell)
    precondition(bias.isRow(of: gates.columns), "the bias is one row of 4H")
    precondition(hidden.shape.sameLayout(as: cell.shape), "hidden and cell state differ in layout")
    unsafe block.bias = UnsafePointer(bias.pointer)
    unsafe block.h = hidden.view.pointer
    return unsafe block
  }

  /// What the backward loop, with or without normalisation, is given.
  static func backwardBlock(
    gates: Matrix, cell: Matrix, previousCell: MatrixView, hiddenGradient: MatrixView, cellGradient: Matrix, biasGradient: Matrix
  ) -> refrain_gate_block {
    var block = unsafe block(gates: gates, cell: cell, previousCell: previousCell)
    precondition(hiddenGradient.shape.sameLayout(as: cell.shape), "hidden gradient and cell state differ in layout")
    precondition(
      cellGradient.rows == cell.rows && cellGradient.columns == cell.columns && cellGradient.shape.order == .rowMajor,
      "cell gradient differs in shape")
    precondition(biasGradient.view.isRow(of: gates.columns), "the bias's gradient is one row of 4H")
    unsafe block.bias_gradient = biasGradient.view.pointer
    unsafe block.dh = UnsafePointer(hiddenGradient.pointer)
    unsafe block.dc = cellGradient.view.pointer
    unsafe block.dc_stride = cellGradient.shape.leadingDimension
    return unsafe block
  }

  private static func block(gates: Matrix, cell: Matrix, previousCell: MatrixView) -> refrain_gate_block {
    let lanes = gates.rows, hidden = gates.columns / 4
    precondition(gates.columns == 4 * hidden && cell.rows == lanes && cell.columns == hidden, "the gates are not four times the state")
    precondition(previousCell.shape.sameLayout(as: cell.shape), "layouts differ")
    precondition(gates.shape.order == .rowMajor && cell.shape.order == .rowMajor, "gates and state are row-major")
    var block = unsafe refrain_gate_block()
    unsafe block.lanes = lanes
    unsafe block.features = hidden
    unsafe block.z = gates.view.pointer
    unsafe block.z_stride = gates.shape.leadingDimension
    unsafe block.c_previous = UnsafePointer(previousCell.pointer)
    unsafe block.c = cell.view.pointer
    unsafe block.state_stride = cell.shape.leadingDimension
    return unsafe block
  }
}

extension MatrixShape {
  /// Same sizes, order and leading dimension; only the place differs.
  func sameLayout(as other: MatrixShape) -> Bool {
    rows == other.rows && columns == other.columns && order == other.order && leadingDimension == other.leadingDimension
  }
}
