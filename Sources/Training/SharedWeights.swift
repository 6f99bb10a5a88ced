private import Foundation
internal import Kernels
package import LanguageModel

/// The weights that all replicas read, and RMSProp's running squares of their gradients.
///
/// A snapshot is a value: whoever holds one keeps it unchanged while training goes on. With no snapshot held, an update works in place.
package actor SharedWeights {
  enum State {
    case ready(PreparedWeights)
    /// An update is under way; it owns the weights. Those who asked for a snapshot meanwhile get the updated one.
    case updating(waiting: [CheckedContinuation<PreparedWeights, Never>])
  }

  var state: State
  /// G of RMSProp, in the layout of the weights. A row of the embedding that updates do not touch is not decayed by them: that is made
  /// good when the row is next touched, which comes to the same and costs nothing until then.
  let squares: FloatStorage
  private let denseChunks: ParallelChunks
  let embedding: EmbeddingReduction

  package init(_ weights: Weights) {
    state = .ready(PreparedWeights(weights))
    squares = FloatStorage(count: weights.layout.count)
    denseChunks = ParallelChunks(count: weights.layout.count - weights.layout.denseStart)
    embedding = EmbeddingReduction(weights.layout)
  }

  /// The weights as they are between two updates.
  package func snapshot() async -> Weights { await prepared().weights }

  /// The same, ready for a ``Network``.
  package func prepared() async -> PreparedWeights {
    switch state {
    case .ready(let prepared): prepared
    case .updating: await withCheckedContinuation { wait($0) }
    }
  }

  private func wait(_ continuation: CheckedContinuation<PreparedWeights, Never>) {
    guard case .updating(var waiting) = state else { preconditionFailure("only an update is waited for") }
    waiting.append(continuation)
    state = .updating(waiting: waiting)
  }

  /// What became of a step's gradients.
  package struct Update: Sendable {
    /// The global norm before clipping.
    package let gradientNorm: Double
    /// False if the norm was not finite or above the largest: then nothing was changed.
    package let isApplied: Bool
    /// How long the all-reduce took, the norm included; the rest of the call is the update.
    package let reduction: Duration
  }

  /// All-reduces the shards' gradients in shard order, clips, and takes one RMSProp step.
  ///
  /// - Parameters:
  ///   - gradients: one a shard; nobody may use them meanwhile, and they are not to be read again: the sum takes the first one's place.
  ///   - largestNorm: gradients with a larger norm are not applied.
  package func apply(
    _ gradients: [Gradients], _ optimizer: OptimizerConfiguration, workers: Int, largestNorm: Double = .infinity
  ) async -> Update {
    guard case .ready(var prepared) = state else { preconditionFailure("updates come one after the other") }
    state = .updating(waiting: [])
    let clock = ContinuousClock(), began = clock.now
    let dense = gradients.map(\.dense), embedding = self.embedding
    embedding.gather(gradients)
    let rows = ParallelChunks(count: embedding.tokens.count, chunkSize: max(1, ParallelChunks.usualSize / embedding.columns))
    var parts = await denseChunks.map(workers: workers) { Optimizer.reduce(dense, into: dense[0], range: $0) }
    parts += await rows.map(workers: workers) { embedding.reduce($0) }
    let norm = parts.reduce(0, +).squareRoot()
    let reduction = began.duration(to: clock.now)
    let isApplied = norm.isFinite && norm <= largestNorm
    if isApplied {
      prepared.weights.values.makeUnique()
      prepared.recurrent.makeUnique()
      let rates = optimizer.rates(gradientNorm: norm)
      await update(prepared.weights, dense: dense[0], rates: rates, workers: workers)
      await updateEmbedding(prepared.weights, rows: rows, rates: rates, workers: workers)
      await pack(prepared, workers: workers)
    }
    guard case .updating(let waiting) = state else { preconditionFailure("the update was overtaken") }
    state = .ready(prepared)
    for continuation in waiting { continuation.resume(returning: prepared) }
    return Update(gradientNorm: norm, isApplied: isApplied, reduction: reduction)
  }

  /// - Precondition: nobody else holds the weights' memory.
  private func update(_ weights: Weights, dense: FloatStorage, rates: Optimizer.RMSPropRates, workers: Int) async {
    let storage = weights.values.storage, squares = self.squares, start = weights.layout.denseStart
    _ = await denseChunks.map(workers: workers) { chunk in
      Optimizer.rmsProp(
        weights: storage, squares: squares, range: chunk.lowerBound + start..<chunk.upperBound + start, gradient: dense,
        at: chunk.lowerBound, rates: rates)
    }
  }

  /// - Precondition: nobody else holds the packed factors' memory.
  private func pack(_ prepared: PreparedWeights, workers: Int) async {
    let (weights, recurrent) = (prepared.weights, prepared.recurrent)
    _ = await ParallelChunks(count: recurrent.partCount, chunkSize: 2).map(workers: workers) { recurrent.pack(weights, parts: $0) }
  }

  private func updateEmbedding(
    _ weights: Weights, rows: ParallelChunks, rates: Optimizer.RMSPropRates, workers: Int
  ) async {
    let storage = weights.values.storage, squares = self.squares, embedding = self.embedding, columns = embedding.columns
    _ = await rows.map(workers: workers) { chunk in
      for row in chunk {
        let token = Int(embedding.tokens[row])
        var rates = rates
        rates.missedDecay = Float(pow(Double(rates.decay), Double(embedding.missedUpdates(row))))
        Optimizer.rmsProp(
          weights: storage, squares: squares, range: token * columns..<(token + 1) * columns, gradient: embedding.sum,
          at: row * columns, rates: rates)
      }
    }
    embedding.noteUpdate()
  }
}

extension OptimizerConfiguration {
  func rates(gradientNorm: Double) -> Optimizer.RMSPropRates {
    var rates = Optimizer.RMSPropRates(learningRate: learningRate, decay: rmsDecay, epsilon: epsilon)
    if let clipNorm, gradientNorm > Double(clipNorm) { rates.gradientScale = Float(Double(clipNorm) / gradientNorm) }
    if let clipValue { rates.clipValue = clipValue }
    return rates
  }
}
