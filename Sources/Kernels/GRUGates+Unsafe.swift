// The C loops take addresses of blocks, which the shapes are checked for first.
internal import CVectorKernels

/// The element-wise part of one GRU time step, for `b` lanes by H features, row-major, as PyTorch has it: the reset gate comes after the
/// product. Twins: `ReferenceGRU.cell` and `ReferenceGRU.cellGradient`.
package enum GRUGates {
  /// r, z = sigmoid(a + bias), m = a + bias, n = tanh(a + bias + r m); h = (1 - z) n + z h'.
  ///
  /// - Parameters:
  ///   - parts: [b, 4H] in the order r, z, n, m: products; of r and z those of input and state together, of n that of the input, of m that
  ///     of the state. Replaced by r, z, n and m.
  ///   - bias: [1, 4H].
  ///   - previousHidden: [b, H], h'.
  ///   - hidden: [b, H], overwritten; may be `previousHidden`.
  package static func forward(parts: Matrix, bias: MatrixView, previousHidden: MatrixView, hidden: Matrix) {
    var block = unsafe block(parts: parts, previousHidden: previousHidden)
    precondition(bias.rows == 1 && bias.columns == parts.columns && bias.shape.order == .rowMajor, "the bias is one row of 4H")
    precondition(hidden.shape.sameLayout(as: previousHidden.shape), "hidden states differ in layout")
    unsafe block.bias = UnsafePointer(bias.pointer)
    unsafe block.h = hidden.view.pointer
    unsafe refrain_gru_forward(&block)
  }

  /// From dh of step t to the gradients of its products, and what goes past the gates to step t - 1.
  ///
  /// - Parameters:
  ///   - parts: [b, 4H] as ``forward(parts:bias:previousHidden:hidden:)`` left them; replaced by the gradients of the products.
  ///   - hiddenGradient: [b, H], dL/dh of step t: from above and from step t + 1.
  ///   - previousHiddenGradient: [b, H], to which dL/dh z is added.
  ///   - biasGradient: [1, 4H], to which the parts' gradients of each lane are added.
  package static func backward(
    parts: Matrix, previousHidden: MatrixView, hiddenGradient: MatrixView, previousHiddenGradient: Matrix, biasGradient: Matrix
  ) {
    var block = unsafe block(parts: parts, previousHidden: previousHidden)
    precondition(
      hiddenGradient.shape.sameLayout(as: previousHidden.shape) && previousHiddenGradient.shape.sameLayout(as: previousHidden.shape),
      "hidden gradient and state differ in layout")
    precondition(
      biasGradient.rows == 1 && biasGradient.columns == parts.columns && biasGradient.shape.order == .rowMajor,
      "the bias's gradient is one row of 4H")
    unsafe block.dh = UnsafePointer(hiddenGradient.pointer)
    unsafe block.dh_previous = previousHiddenGradient.view.pointer
    unsafe block.bias_gradient = biasGradient.view.pointer
    unsafe refrain_gru_backward(&block)
  }

  private static func block(parts: Matrix, previousHidden: MatrixView) -> refrain_gru_block {
    let units = previousHidden.columns
    precondition(parts.rows == previousHidden.rows && parts.columns == 4 * units, "the parts are not four times the state")
    precondition(parts.shape.order == .rowMajor && previousHidden.shape.order == .rowMajor, "parts and state are row-major")
    var block = unsafe refrain_gru_block()
    unsafe block.lanes = parts.rows
    unsafe block.features = units
    unsafe block.a = parts.view.pointer
    unsafe block.a_stride = parts.shape.leadingDimension
    unsafe block.h_previous = UnsafePointer(previousHidden.pointer)
    unsafe block.state_stride = previousHidden.shape.leadingDimension
    return unsafe block
  }
}
