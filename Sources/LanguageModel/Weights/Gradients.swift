package import Kernels

/// The gradients that one shard has of its own: of the layers, and of the rows of the embedding that its tokens touch.
///
/// The gradient of the decoder is the group's: see ``GroupDecoder``. Of the embedding a minibatch touches some rows only; these are kept
/// packed, so that cost and memory follow the tokens that occur and not the vocabulary.
///
/// - Invariant for `@unchecked Sendable`: written by its replica during a step, and between steps by one `SharedWeights.apply`, which
///   gives disjoint ranges to its tasks; the two never overlap, since the trainer awaits each in turn.
package final class Gradients: @unchecked Sendable {
  package let layout: ParameterLayout
  /// The gradients of the parameters of ``ParameterLayout/layerRange``, in their order. Another buffer may take its place in each step.
  package var layers: FloatStorage
  /// [most, E]: row r is the gradient of the embedding of `tokens[r]` as an input; rows beyond the tokens mean nothing.
  package let embeddingRows: Matrix
  /// The distinct tokens of the shard's windows.
  package private(set) var tokens: [Int32] = []

  /// - Parameters:
  ///   - mostTokens: how many distinct tokens a step may touch.
  ///   - layers: the memory for the layers' gradients; nil: its own.
  package init(_ layout: ParameterLayout, mostTokens: Int, layers: FloatStorage? = nil) {
    self.layout = layout
    self.layers = layers ?? FloatStorage(count: layout.layerRange.count)
    let shape = layout[.embedding].shape
    embeddingRows = Matrix(rows: min(mostTokens, shape[0]), columns: shape[1])
  }

  /// The gradient of a parameter of the layers.
  package func matrix(_ parameter: Parameter) -> Matrix {
    var shape = layout[parameter].matrixShape
    precondition(layout.layerRange.contains(shape.offset), "\(parameter) is no parameter of the layers")
    shape.offset -= layout.layerRange.lowerBound
    return Matrix(layers, shape)
  }

  /// The first rows of ``embeddingRows`` are now those of distinct tokens.
  func setRows(of tokens: [Int32]) {
    // Copied, since an array that is shared could not be filled anew in its own memory.
    self.tokens.removeAll(keepingCapacity: true)
    self.tokens.append(contentsOf: tokens)
  }

  /// Sets the gradients from values in the layout of the weights, of all tokens or some; for tests.
  package func set(touching some: [Int32]? = nil, _ values: (Int) -> Float) {
    let shape = layout[.embedding].shape
    tokens = some ?? (0..<shape[0]).map(Int32.init)
    for (row, token) in tokens.enumerated() {
      for column in 0..<shape[1] { embeddingRows[row, column] = values(Int(token) * shape[1] + column) }
    }
    for index in layout.layerRange { layers[index - layout.layerRange.lowerBound] = values(index) }
  }
}
