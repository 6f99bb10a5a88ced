// The C loops take addresses of blocks, which the shapes are checked for first.
internal import CVectorKernels

/// The element-wise part of one time step of the plain recurrent cell, for `b` lanes by H features, row-major. Twins:
/// `ReferencePlainCell.cell` and `ReferencePlainCell.cellGradient`.
package enum PlainCell {
  /// h = tanh(a + bias).
  ///
  /// - Parameters:
  ///   - products: [b, H], of input and state together.
  ///   - bias: [1, H].
  ///   - hidden: [b, H], overwritten.
  package static func forward(products: MatrixView, bias: MatrixView, hidden: Matrix) {
    var block = unsafe block(products: products, hidden: hidden.view)
    precondition(bias.rows == 1 && bias.columns == products.columns && bias.shape.order == .rowMajor, "the bias is one row of H")
    unsafe block.bias = UnsafePointer(bias.pointer)
    unsafe refrain_rnn_forward(&block)
  }

  /// From dh of a step to the gradients of its products.
  ///
  /// - Parameters:
  ///   - products: [b, H], overwritten by their gradients.
  ///   - hidden: [b, H], h of the forward pass.
  ///   - hiddenGradient: [b, H], dL/dh: from above and from the step after.
  ///   - biasGradient: [1, H], to which the gradients of each lane are added.
  package static func backward(products: Matrix, hidden: MatrixView, hiddenGradient: MatrixView, biasGradient: Matrix) {
    var block = unsafe block(products: products.view, hidden: hidden)
    precondition(hiddenGradient.shape.sameLayout(as: hidden.shape), "hidden gradient and state differ in layout")
    precondition(
      biasGradient.rows == 1 && biasGradient.columns == hidden.columns && biasGradient.shape.order == .rowMajor,
      "the bias's gradient is one row of H")
    unsafe block.dh = UnsafePointer(hiddenGradient.pointer)
    unsafe block.bias_gradient = biasGradient.view.pointer
    unsafe refrain_rnn_backward(&block)
  }

  private static func block(products: MatrixView, hidden: MatrixView) -> refrain_rnn_block {
    precondition(products.rows == hidden.rows && products.columns == hidden.columns, "the products are not as many as the units")
    precondition(products.shape.order == .rowMajor && hidden.shape.order == .rowMajor, "products and state are row-major")
    var block = unsafe refrain_rnn_block()
    unsafe block.lanes = products.rows
    unsafe block.features = products.columns
    unsafe block.a = products.pointer
    unsafe block.a_stride = products.shape.leadingDimension
    unsafe block.h = hidden.pointer
    unsafe block.h_stride = hidden.shape.leadingDimension
    return unsafe block
  }
}
