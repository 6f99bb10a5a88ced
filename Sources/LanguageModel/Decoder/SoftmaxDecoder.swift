package import Kernels

/// The decoder of an evaluation: logits = h W + b, softmax and cross-entropy, cut into blocks of rows so that no [T b, V] array ever
/// exists. In training ``GroupDecoder`` takes its place.
package final class SoftmaxDecoder {
  /// The most rows of a block: enough that a product takes long beside the laying out of the weights, which comes once a block.
  package static let mostRows = 576
  /// Rows of a block. Blocks are of one size, since a short one would be slow.
  private let blockRows: Int

  /// [block, V]
  private let logits: Matrix

  package init(positions: Int, configuration: ModelConfiguration) {
    blockRows = Self.blockRows(positions: positions)
    logits = Matrix(rows: blockRows, columns: configuration.vocabularySize)
  }

  /// The rows of each of as few blocks as can be.
  package static func blockRows(positions: Int) -> Int {
    let blocks = (positions + mostRows - 1) / mostRows
    return (positions + blocks - 1) / blocks
  }

  /// Logits without bias of a few rows, at most a block: [rows, V].
  package func logits(hidden: MatrixView, weight: MatrixView) -> Matrix {
    precondition(hidden.rows <= logits.rows, "\(hidden.rows) rows are more than a block of \(logits.rows)")
    let block = logits.block(rows: 0..<hidden.rows)
    multiply(hidden, weight.transposed, into: block)
    return block
  }

  /// The sum of the cross-entropies of all rows with a target of 0 or more, in nats.
  ///
  /// - Parameter each: told of every row's part of the sum.
  package func loss(
    hidden: MatrixView, targets: [Int32], weight: MatrixView, bias: MatrixView,
    each: (_ row: Int, _ nats: Double) -> Void = { _, _ in }
  ) -> Double {
    blocks(of: hidden) { rows in
      let block = logits(hidden: hidden.block(rows: rows), weight: weight)
      return SoftmaxCrossEntropy.sum(logits: block, bias: bias, targets: targets[rows]) { each(rows.lowerBound + $0, $1) }
    }
  }

  private func blocks(of hidden: MatrixView, _ body: (Range<Int>) -> Double) -> Double {
    var sum = 0.0
    for start in stride(from: 0, to: hidden.rows, by: blockRows) {
      sum += body(start..<min(start + blockRows, hidden.rows))
    }
    return sum
  }
}
