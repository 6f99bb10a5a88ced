// The C loops take addresses of rows, which the shapes are checked for first.
internal import CVectorKernels

/// Softmax and cross-entropy, a row at a time. Twin: `ReferenceSoftmax`.
package enum SoftmaxCrossEntropy {
  /// Adds the bias to each row of logits and sums -log softmax(row)[target] in nats, in Double and in row order.
  ///
  /// - Parameters:
  ///   - logits: [rows, V], row-major. With a gradient, replaced by scale (softmax - onehot); without, its content is lost.
  ///   - bias: [1, V].
  ///   - targets: a token id a row; below 0 the row counts for nothing.
  ///   - gradient: nil in evaluation. The scale is 1 / (number of predicted tokens), so that gradients are those of the mean; that of the
  ///     bias, [1, V], is added to.
  ///   - each: told of every row's part of the sum.
  package static func sum(
    logits: Matrix, bias: MatrixView, targets: ArraySlice<Int32>, gradient: (scale: Float, bias: Matrix)? = nil,
    each: (_ row: Int, _ nats: Double) -> Void = { _, _ in }
  ) -> Double {
    precondition(logits.shape.order == .rowMajor && bias.columns == logits.columns, "logits are row-major, with a bias a column")
    if let gradient {
      precondition(gradient.bias.columns == logits.columns && gradient.bias.rows == 1, "the bias's gradient is one row of V")
    }
    precondition(targets.count == logits.rows, "\(targets.count) targets for \(logits.rows) rows")
    var total = 0.0
    for (row, target) in targets.enumerated() {
      precondition(target < logits.columns, "target \(target) is outside the vocabulary of \(logits.columns)")
      let x = unsafe logits.view.pointer + row * logits.shape.leadingDimension
      let nats = unsafe refrain_softmax_cross_entropy(
        x, bias.pointer, logits.columns, Int(target), gradient?.scale ?? 0, gradient?.bias.view.pointer)
      total += nats
      each(row, nats)
    }
    return total
  }
}
