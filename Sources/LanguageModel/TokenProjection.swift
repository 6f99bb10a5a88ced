package import Kernels

/// The first layer's x Wx, computed for the distinct tokens of a window only.
///
/// Tokens repeat: a window of 2,048 characters has some 60 distinct ones. So the rows of the embedding that occur are gathered once
/// ([D, E]), projected once ([D, 4H]), and copied to where they occur ([T b, 4H]). Backward, dz is first added up by token. Exact: only the
/// order of additions differs from the plain way.
package final class TokenProjection {
  /// The distinct tokens in order of first occurrence, and for each position which of them stands there.
  private var distinct: [Int32] = []
  private var place: [Int32] = []
  /// For each token of the vocabulary its number in `distinct`, or -1.
  private var number: [Int32]
  /// [D, E]
  private let rows: Matrix
  /// [D, 4H]: the projection, then its gradient
  private let projected: Matrix

  package init(positions: Int, configuration: ModelConfiguration) {
    let most = min(positions, configuration.vocabularySize)
    number = Array(repeating: -1, count: configuration.vocabularySize)
    rows = Matrix(rows: most, columns: configuration.embeddingSize)
    projected = Matrix(rows: most, columns: 4 * configuration.hiddenSize)
    distinct.reserveCapacity(most)
    place.reserveCapacity(positions)
  }

  /// gates = embedding[tokens] Wx: [T b, 4H].
  package func forward(tokens: [Int32], embedding: MatrixView, inputWeight: MatrixView, gates: Matrix) {
    find(tokens)
    let count = 0..<distinct.count
    Rows.gather(embedding, distinct, into: rows.block(rows: count))
    multiply(rows.view.block(rows: count), inputWeight.transposed, into: projected.block(rows: count))
    Rows.gather(projected.view.block(rows: count), place, into: gates)
  }

  /// Overwrites the gradients of Wx and of the embedding's rows, from dz: [T b, 4H].
  package func backward(dz: MatrixView, inputWeight: MatrixView, gradients: Gradients) {
    let count = 0..<distinct.count
    let sums = projected.block(rows: count)
    sums.fill(0)
    Rows.scatterAdd(dz, place, into: sums)
    multiply(sums.view.transposed, rows.view.block(rows: count), into: gradients.matrix(.inputWeight(layer: 0)))
    multiply(sums.view, inputWeight, into: gradients.embeddingRows.block(rows: count))
    gradients.tokens = distinct
  }

  private func find(_ tokens: [Int32]) {
    for token in distinct { number[Int(token)] = -1 }
    distinct.removeAll(keepingCapacity: true)
    place.removeAll(keepingCapacity: true)
    for token in tokens {
      precondition(token >= 0 && token < number.count, "token \(token) is outside the vocabulary of \(number.count)")
      if number[Int(token)] < 0 {
        number[Int(token)] = Int32(distinct.count)
        distinct.append(token)
      }
      place.append(number[Int(token)])
    }
  }
}
