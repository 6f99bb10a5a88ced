internal import CVectorKernels

/// Softmax and cross-entropy, a row at a time. Twin: `ReferenceSoftmax`.
package enum SoftmaxCrossEntropy {
  /// Adds the bias to each row of logits and sums -log softmax(row)[target] in nats, in Double and in row order.
  ///
  /// - Parameters:
  ///   - logits: [rows, V], row-major. With a scale, replaced by the gradient scale (softmax - onehot); without, its content is lost.
  ///   - bias: [1, V].
  ///   - targets: a token id a row; below 0 the row counts for nothing.
  ///   - gradientScale: 1 / (number of predicted tokens), so that gradients are those of the mean; nil in evaluation.
  package static func sum(logits: Matrix, bias: MatrixView, targets: ArraySlice<Int32>, gradientScale: Float?) -> Double {
    precondition(logits.shape.order == .rowMajor && bias.columns == logits.columns, "logits are row-major, with a bias a column")
    precondition(targets.count == logits.rows, "\(targets.count) targets for \(logits.rows) rows")
    var total = 0.0
    for (row, target) in targets.enumerated() {
      precondition(target < logits.columns, "target \(target) is outside the vocabulary of \(logits.columns)")
      let x = unsafe logits.view.pointer + row * logits.shape.leadingDimension
      total += unsafe refrain_softmax_cross_entropy(x, bias.pointer, logits.columns, Int(target), gradientScale ?? 0)
    }
    return total
  }

  /// softmax(logits / temperature).
  package static func probabilities(of logits: [Float], temperature: Float) -> [Float] {
    precondition(temperature > 0 && !logits.isEmpty, "softmax needs a temperature above 0 and at least one logit")
    return unsafe [Float](unsafeUninitializedCapacity: logits.count) { y, count in
      unsafe logits.withUnsafeBufferPointer { x in
        if let from = x.baseAddress, let to = y.baseAddress { unsafe refrain_softmax(from, to, x.count, temperature) }
      }
      count = logits.count
    }
  }
}
