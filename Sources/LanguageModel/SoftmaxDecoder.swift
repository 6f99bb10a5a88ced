package import Kernels

/// The decoder: logits = h W + b, softmax and cross-entropy, cut into blocks of rows so that no [T b, V] array ever exists.
package final class SoftmaxDecoder {
  /// Rows of a block: enough for full-speed products, few enough that a block of a 10,000-word vocabulary stays in the outer cache.
  static let blockRows = 256

  /// [block, V]
  private let logits: Matrix

  package init(positions: Int, configuration: ModelConfiguration) {
    logits = Matrix(rows: min(positions, Self.blockRows), columns: configuration.vocabularySize)
  }

  /// Logits without bias of a few rows, at most a block: [rows, V].
  package func logits(hidden: MatrixView, weight: MatrixView) -> Matrix {
    precondition(hidden.rows <= logits.rows, "\(hidden.rows) rows are more than a block of \(logits.rows)")
    let block = logits.block(rows: 0..<hidden.rows)
    multiply(hidden, weight.transposed, into: block)
    return block
  }

  /// The sum of the cross-entropies of all rows with a target of 0 or more, in nats.
  package func loss(hidden: MatrixView, targets: [Int32], weight: MatrixView, bias: MatrixView) -> Double {
    blocks(of: hidden) { rows in
      let block = logits(hidden: hidden.block(rows: rows), weight: weight)
      return SoftmaxCrossEntropy.sum(logits: block, bias: bias, targets: targets[rows], gradientScale: nil)
    }
  }

  /// The same sum, and the gradients of `scale` times it.
  ///
  /// - Parameters:
  ///   - hidden: [T b, H]; `hiddenGradient` [T b, H] is overwritten.
  ///   - weightGradient, biasGradient: [V, H] and [1, V], overwritten.
  package func lossAndGradients(
    hidden: MatrixView, targets: [Int32], weight: MatrixView, bias: MatrixView, scale: Float, hiddenGradient: Matrix,
    weightGradient: Matrix, biasGradient: Matrix
  ) -> Double {
    biasGradient.fill(0)
    return blocks(of: hidden) { rows in
      let input = hidden.block(rows: rows)
      let block = logits(hidden: input, weight: weight)
      let sum = SoftmaxCrossEntropy.sum(logits: block, bias: bias, targets: targets[rows], gradientScale: scale)
      multiply(block.view.transposed, input, into: weightGradient, accumulating: rows.lowerBound > 0)
      Rows.addColumnSums(of: block.view, to: biasGradient)
      multiply(block.view, weight, into: hiddenGradient.block(rows: rows))
      return sum
    }
  }

  private func blocks(of hidden: MatrixView, _ body: (Range<Int>) -> Double) -> Double {
    var sum = 0.0
    for start in stride(from: 0, to: hidden.rows, by: Self.blockRows) {
      sum += body(start..<min(start + Self.blockRows, hidden.rows))
    }
    return sum
  }
}
