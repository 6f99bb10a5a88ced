package import Kernels

/// The gradient of every parameter: what one replica computes.
///
/// Dense for all but the embedding, of which a minibatch touches some rows only: these are kept packed, so that cost and memory follow the
/// tokens that occur and not the vocabulary. With tied weights the embedding's gradient is dense too, since the decoder touches all rows.
///
/// - Invariant for `@unchecked Sendable`: written by its replica during a step, and between steps by one `SharedWeights.apply`, which
///   gives disjoint ranges to its tasks; the two never overlap, since the trainer awaits each in turn.
package final class Gradients: @unchecked Sendable {
  package let layout: ParameterLayout
  /// All parameters with a dense gradient, with the offsets of the layout less ``ParameterLayout/denseStart``.
  package let dense: FloatStorage
  /// [most, E]: row r is the gradient of the embedding of `tokens[r]`; rows beyond the tokens mean nothing, with tied weights none does.
  package let embeddingRows: Matrix
  /// The distinct tokens of the minibatch's part; none with tied weights.
  package private(set) var tokens: [Int32] = []

  /// - Parameter mostTokens: how many distinct tokens a step may touch.
  package init(_ layout: ParameterLayout, mostTokens: Int) {
    self.layout = layout
    dense = FloatStorage(count: layout.count - layout.denseStart)
    let shape = layout[.embedding].shape
    embeddingRows = Matrix(rows: min(mostTokens, shape[0]), columns: shape[1])
  }

  /// The dense gradient of a parameter: of any but an embedding that is not tied.
  package func matrix(_ parameter: Parameter) -> Matrix {
    precondition(parameter != .embedding || layout.isTied, "the embedding's gradient is kept by rows")
    var shape = layout[parameter].matrixShape
    shape.offset -= layout.denseStart
    return Matrix(dense, shape)
  }

  /// The first rows of ``embeddingRows`` are now those of distinct tokens; with tied weights they are added to what the decoder gave.
  func setRows(of tokens: [Int32]) {
    if layout.isTied {
      Rows.scatterAdd(embeddingRows.view.block(rows: 0..<tokens.count), tokens, into: matrix(.embedding))
    } else {
      self.tokens = tokens
    }
  }

  /// Sets the gradients from values in the layout of the weights, of all tokens or some; for tests.
  package func set(touching some: [Int32]? = nil, _ values: (Int) -> Float) {
    let shape = layout[.embedding].shape
    tokens = layout.isTied ? [] : some ?? (0..<shape[0]).map(Int32.init)
    for (row, token) in tokens.enumerated() {
      for column in 0..<shape[1] { embeddingRows[row, column] = values(Int(token) * shape[1] + column) }
    }
    for index in layout.denseStart..<layout.count { dense[index - layout.denseStart] = values(index) }
  }

  /// All gradients in the layout of the weights, zero where no token was touched; for tests.
  package func expanded() -> [Float] {
    let embedding = layout[.embedding]
    var values = [Float](repeating: 0, count: layout.count)
    for (row, token) in tokens.enumerated() {
      for column in 0..<embedding.shape[1] { values[Int(token) * embedding.shape[1] + column] = embeddingRows[row, column] }
    }
    for index in layout.denseStart..<layout.count { values[index] = dense[index - layout.denseStart] }
    return values
  }
}
