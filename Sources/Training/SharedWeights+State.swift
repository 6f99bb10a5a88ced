package import Kernels
package import LanguageModel

/// What `SharedWeights` holds between two updates, as a value.
package struct OptimizerState: Sendable {
  /// The parameters.
  package var weights: Weights
  /// G of RMSProp, in the layout of the weights; rows of the embedding as of the last update that touched them.
  package var squares: FloatBuffer
  /// How many updates there were.
  package var updates: Int32
  /// [V]: for each token the last update that touched its row of the embedding.
  package var lastUpdate: [Int32]

  package init(weights: Weights, squares: FloatBuffer, updates: Int32, lastUpdate: [Int32]) {
    (self.weights, self.squares, self.updates, self.lastUpdate) = (weights, squares, updates, lastUpdate)
  }
}

extension SharedWeights {
  /// All state. No update may be under way. The weights are shared, not copied, until the next update; the squares are copied.
  package func optimizerState() async -> OptimizerState {
    let weights = await snapshot()
    var squares = FloatBuffer(count: self.squares.count)
    squares.update(from: self.squares)
    return OptimizerState(weights: weights, squares: squares, updates: embedding.updates, lastUpdate: embedding.lastUpdate)
  }

  /// Goes back, or on, to a state. No update may be under way.
  package func restore(_ saved: OptimizerState) {
    guard case .ready = state else { preconditionFailure("a state is restored between two updates") }
    precondition(
      saved.squares.count == squares.count && saved.lastUpdate.count == embedding.lastUpdate.count, "the state is of another model")
    squares.copy(0..<squares.count, from: saved.squares.storage, at: 0)
    embedding.updates = saved.updates
    embedding.lastUpdate = saved.lastUpdate
    state = .ready(PreparedWeights(saved.weights, updates: Int(saved.updates), weightDrop: weightDrop))
  }
}

extension FloatBuffer {
  /// Overwrites all elements by those of a storage of the same length.
  fileprivate mutating func update(from source: FloatStorage) {
    makeUnique()
    storage.copy(0..<count, from: source, at: 0)
  }
}
