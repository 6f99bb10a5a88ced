package import Kernels
package import LanguageModel

/// What `SharedWeights` holds between two updates, as a value.
package struct OptimizerState: Sendable {
  /// The parameters.
  package var weights: Weights
  /// G of the optimizer, in the layout of the weights; rows of the embedding are as of the last update that touched them. The same
  /// holds for the buffers below.
  package var squares: FloatBuffer
  /// m of the optimizer, where it keeps running means and there was an update.
  package var means: FloatBuffer?
  /// v of the optimizer, where it has momentum and there was an update.
  package var momenta: FloatBuffer?
  /// The average of the weights, once it has begun.
  package var average: Average?
  /// How many updates there were.
  package var updates: Int32
  /// [V + C]: for each token the last update that touched its row of the embedding.
  package var lastUpdate: [Int32]

  /// An average of the weights.
  package struct Average: Sendable {
    /// In the layout of the weights; rows of the embedding as of the last update that touched them.
    package var values: FloatBuffer
    /// How many updates there were before the first that it has.
    package var start: Int32

    package init(values: FloatBuffer, start: Int32) {
      self.values = values
      self.start = start
    }
  }

  package init(
    weights: Weights, squares: FloatBuffer, means: FloatBuffer? = nil, momenta: FloatBuffer? = nil, average: Average? = nil, updates: Int32,
    lastUpdate: [Int32]
  ) {
    self.weights = weights
    self.squares = squares
    self.means = means
    self.momenta = momenta
    self.average = average
    self.updates = updates
    self.lastUpdate = lastUpdate
  }

  /// The weights to evaluate and to save: their average once it has begun, which copies it, or else the weights themselves.
  ///
  /// - Parameter decay: that of the average.
  package func resultWeights(averageDecay decay: Float) -> Weights {
    guard let average else { return weights }
    return WeightAverage.result(
      average.values, of: weights, missed: { Int(updates - lastUpdate[$0]) }, count: Int(updates - average.start), decay: decay)
  }
}

extension SharedWeights {
  /// The weights between two updates, once no update is under way. What follows in the same call, without `await`, sees the same moment.
  private func settledWeights() async -> Weights {
    while true {
      if case .ready(let prepared) = state { return prepared.weights }
      // By the time this continues, another update may have begun.
      _ = await prepared()
    }
  }

  /// All state between two updates. The weights are shared, not copied, until the next update; the rest is copied.
  ///
  /// With several ranks, all must call this between the same two steps. Only rank 0's result is valid.
  package func optimizerState() async -> OptimizerState {
    let weights = await settledWeights()
    guard let exchange else {
      return OptimizerState(
        weights: weights, squares: FloatBuffer(copying: squares), means: means.map { FloatBuffer(copying: $0) },
        momenta: momenta.map { FloatBuffer(copying: $0) },
        average: average.map { .init(values: FloatBuffer(copying: $0), start: averageStart) }, updates: updateClock.updates,
        lastUpdate: updateClock.lastUpdate)
    }
    // Nothing updates meanwhile: the ranks are between two steps.
    return OptimizerState(
      weights: weights, squares: await exchange.collect(squares), means: await exchange.collect(means),
      momenta: await exchange.collect(momenta),
      average: await exchange.collect(average).map { .init(values: $0, start: averageStart) }, updates: updateClock.updates,
      lastUpdate: updateClock.lastUpdate)
  }

  /// The weights to evaluate, between two updates: their average once it has begun, which copies it, or else the weights themselves.
  ///
  /// - Parameter decay: that of the average.
  package func resultWeights(averageDecay decay: Float) async -> Weights {
    let weights = await settledWeights()
    guard let average else { return weights }
    let values = await exchange?.collect(average, everywhere: true) ?? FloatBuffer(copying: average)
    return WeightAverage.result(
      values, of: weights, missed: updateClock.missedUpdates, count: Int(updateClock.updates - averageStart), decay: decay)
  }

  /// Goes back, or on, to a state. No update may be under way.
  package func restore(_ saved: OptimizerState) {
    guard case .ready = state else { preconditionFailure("a state is restored between two updates") }
    precondition(saved.squares.count == squares.count, "the state is of another model")
    restore(saved.squares, into: squares)
    means = saved.means.map(restored)
    momenta = saved.momenta.map(restored)
    average = saved.average.map { restored($0.values) }
    averageStart = saved.average?.start ?? 0
    updateClock.restore(updates: saved.updates, lastUpdate: saved.lastUpdate)
    state = .ready(PreparedWeights(saved.weights, updates: Int(saved.updates), weightDrop: weightDrop, products: products))
  }

  private func restored(_ buffer: FloatBuffer) -> FloatStorage {
    let storage = FloatStorage(count: squares.count)
    restore(buffer, into: storage)
    return storage
  }

  /// Copies a buffer, or this rank's slice of it.
  private func restore(_ buffer: FloatBuffer, into storage: FloatStorage) {
    if let exchange { exchange.copySlice(of: buffer, into: storage) } else { storage.copy(0..<storage.count, from: buffer.storage, at: 0) }
  }
}

extension FloatBuffer {
  /// The elements of a storage as they are now.
  fileprivate init(copying source: FloatStorage) {
    self.init(count: source.count)
    storage.copy(0..<count, from: source, at: 0)
  }
}
