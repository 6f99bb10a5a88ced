// The C loops take addresses of rows, which the shapes are checked for first.
internal import CVectorKernels

/// Layer normalisation of rows (Ba, Kiros and Hinton, "Layer normalization", 2016): a row's numbers less their mean, over their standard
/// deviation, times a gain. Twins: `ReferenceNormalization.forward` and `.backward`.
package enum LayerNormalization {
  /// What is added to a row's variance.
  package static var epsilon: Float { Float(REFRAIN_NORM_EPSILON) }

  /// normal = (x - mean) scale, scale = 1 / √(variance + epsilon); y = gain normal, or y += gain normal. A row's sums are taken in one
  /// order, whichever other rows there are.
  ///
  /// - Parameters:
  ///   - x: [rows, n], replaced by the normal rows.
  ///   - gain: [1, n].
  ///   - scales: [rows, 1], overwritten.
  ///   - y: [rows, n].
  package static func forward(_ x: Matrix, gain: MatrixView, scales: Matrix, into y: Matrix, accumulating: Bool = false) {
    var block = unsafe block(x, gain: gain, scales: scales.view, y: y.view)
    unsafe block.adds = accumulating ? 1 : 0
    unsafe refrain_normalize(&block)
  }

  /// dx = scale (d - mean(d) - normal mean(d normal)), d = gain dy.
  ///
  /// - Parameters:
  ///   - normal: [rows, n], what ``forward(_:gain:scales:into:accumulating:)`` left; replaced by dx.
  ///   - gradient: [rows, n], dy.
  ///   - gainGradient: [1, n], to which dy normal of each row is added, in the order of rows.
  package static func backward(_ normal: Matrix, gain: MatrixView, scales: MatrixView, gradient: MatrixView, gainGradient: Matrix) {
    var block = unsafe block(normal, gain: gain, scales: scales, y: gradient)
    precondition(gainGradient.view.isRow(of: normal.columns), "the gain's gradient is one row, as the gain")
    unsafe block.gain_gradient = gainGradient.view.pointer
    unsafe refrain_normalize_backward(&block)
  }

  private static func block(_ x: Matrix, gain: MatrixView, scales: MatrixView, y: MatrixView) -> refrain_norm_block {
    precondition(x.rows == y.rows && x.columns == y.columns && x.columns > 0, "x and y differ in shape")
    precondition(x.shape.order == .rowMajor && y.shape.order == .rowMajor, "x and y are row-major")
    precondition(gain.isRow(of: x.columns), "the gain is one row, as long as those of x")
    precondition(scales.rows == x.rows && scales.columns == 1 && scales.shape.order == .rowMajor, "there is one scale a row")
    var block = unsafe refrain_norm_block()
    unsafe block.rows = x.rows
    unsafe block.features = x.columns
    unsafe block.x = x.view.pointer
    unsafe block.x_stride = x.shape.leadingDimension
    unsafe block.y = y.pointer
    unsafe block.y_stride = y.shape.leadingDimension
    unsafe block.gain = UnsafePointer(gain.pointer)
    unsafe block.scale = scales.pointer
    unsafe block.scale_stride = scales.shape.leadingDimension
    return unsafe block
  }
}

/// The element-wise part of one LSTM time step whose output is of the normalised cell, for `b` lanes by H features, row-major. Twins:
/// `ReferenceNormalization.lstm` and `.lstmGradient`.
package enum NormalizedLSTMGates {
  /// How the cell is normalised on its way to the output: [1, H] each.
  package struct CellNormalization<Vector> {
    package var gain: Vector
    package var bias: Vector

    package init(gain: Vector, bias: Vector) {
      self.gain = gain
      self.bias = bias
    }
  }

  /// As `LSTMGates.forward`, but h = o tanh(gain normal + bias), normal = (c - mean) / √(variance + epsilon) over a lane's units.
  package static func forward(
    gates: Matrix, isInputCapped: Bool = false, bias: MatrixView, normalization: CellNormalization<MatrixView>, previousCell: MatrixView,
    cell: Matrix, hidden: Matrix
  ) {
    var block = unsafe LSTMGates.forwardBlock(gates: gates, bias: bias, previousCell: previousCell, cell: cell, hidden: hidden)
    unsafe block.caps_input = isInputCapped ? 1 : 0
    var norm = unsafe norm(normalization, units: cell.columns)
    unsafe refrain_normalized_gates_forward(&block, &norm)
  }

  /// As `LSTMGates.backward`, through the normalisation.
  ///
  /// - Parameters:
  ///   - normalizationGradient: to which the gradients of each lane are added.
  ///   - scratch: [1, H], whose content is lost.
  package static func backward(
    gates: Matrix, isInputCapped: Bool = false, normalization: CellNormalization<MatrixView>, cell: Matrix, previousCell: MatrixView,
    hiddenGradient: MatrixView, cellGradient: Matrix, biasGradient: Matrix, normalizationGradient: CellNormalization<Matrix>,
    scratch: Matrix
  ) {
    var block = unsafe LSTMGates.backwardBlock(
      gates: gates, cell: cell, previousCell: previousCell, hiddenGradient: hiddenGradient, cellGradient: cellGradient,
      biasGradient: biasGradient)
    unsafe block.caps_input = isInputCapped ? 1 : 0
    var norm = unsafe norm(normalization, units: cell.columns)
    for row in [normalizationGradient.gain, normalizationGradient.bias, scratch] {
      precondition(row.view.isRow(of: cell.columns), "gradients and scratch are one row of H each")
    }
    unsafe norm.gain_gradient = normalizationGradient.gain.view.pointer
    unsafe norm.bias_gradient = normalizationGradient.bias.view.pointer
    unsafe norm.scratch = scratch.view.pointer
    unsafe refrain_normalized_gates_backward(&block, &norm)
  }

  private static func norm(_ normalization: CellNormalization<MatrixView>, units: Int) -> refrain_cell_norm {
    precondition(
      normalization.gain.isRow(of: units) && normalization.bias.isRow(of: units), "the cell's gain and bias are one row of H each")
    var norm = unsafe refrain_cell_norm()
    unsafe norm.gain = UnsafePointer(normalization.gain.pointer)
    unsafe norm.bias = UnsafePointer(normalization.bias.pointer)
    return unsafe norm
  }
}

extension NormalizedLSTMGates.CellNormalization: Sendable where Vector: Sendable {}

extension MatrixView {
  /// Whether it is one row-major row of so many numbers.
  func isRow(of count: Int) -> Bool { rows == 1 && columns == count && shape.order == .rowMajor }
}
