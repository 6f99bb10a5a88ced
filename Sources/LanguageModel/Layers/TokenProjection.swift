package import Kernels

/// The first layer's x Wx, computed for the distinct tokens of a window only.
///
/// Tokens repeat: a window of 2,048 characters has some 60 distinct ones. So the rows of the embedding that occur are gathered once
/// ([D, E]), projected once ([D, G H]), and copied to where they occur ([T b, G H]). Backward, dz is first added up by token. Exact: only
/// the order of additions differs from the plain way.
package final class TokenProjection {
  private var distinct: DistinctTokens
  /// [D, E]
  private let rows: Matrix
  /// [D, G H]: the projection, then its gradient
  private let projected: Matrix

  package init(positions: Int, configuration: ModelConfiguration) {
    let most = min(positions, configuration.inputCount)
    distinct = DistinctTokens(positions: positions, inputCount: configuration.inputCount)
    rows = Matrix(rows: most, columns: configuration.embeddingSize)
    projected = Matrix(rows: most, columns: configuration.cell.gateCount * configuration.hiddenSizes[0])
  }

  /// gates = embedding[tokens] Wx: [T b, G H].
  ///
  /// - Parameter words: drops whole words, wherever they stand, which is exact for distinct tokens too.
  package func forward(tokens: [Int32], words: Dropout? = nil, embedding: MatrixView, inputWeight: MatrixView, gates: Matrix) {
    distinct.find(in: tokens)
    let rows = self.rows.block(rows: 0..<distinct.tokens.count), projected = self.projected.block(rows: 0..<distinct.tokens.count)
    Rows.gather(embedding, distinct.tokens, into: rows)
    if let words { Rows.scale(rows, distinct.tokens) { words.element(Int($0)) } }
    multiply(rows.view, inputWeight.transposed, into: projected)
    Rows.gather(projected.view, distinct.places, into: gates)
  }

  /// Overwrites the gradients of Wx and of the embedding's rows, from dz: [T b, G H].
  package func backward(dz: MatrixView, words: Dropout? = nil, inputWeight: MatrixView, gradients: Gradients) {
    let count = 0..<distinct.tokens.count
    let sums = projected.block(rows: count), rows = gradients.embeddingRows.block(rows: count)
    sums.fill(0)
    Rows.scatterAdd(dz, distinct.places, into: sums)
    multiply(sums.view.transposed, self.rows.view.block(rows: count), into: gradients.matrix(.inputWeight(layer: 0)))
    multiply(sums.view, inputWeight, into: rows)
    if let words { Rows.scale(rows, distinct.tokens) { words.element(Int($0)) } }
    gradients.setRows(of: distinct.tokens)
  }
}
