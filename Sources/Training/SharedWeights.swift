package import Kernels
package import LanguageModel

/// The weights that all replicas read, and RMSProp's running squares of their gradients.
///
/// A snapshot is a value: whoever holds one keeps it unchanged while training goes on. With no snapshot held, an update works in place.
package actor SharedWeights {
  private enum State {
    case ready(Weights)
    /// An update is under way; it owns the weights. Those who asked for a snapshot meanwhile get the updated one.
    case updating(waiting: [CheckedContinuation<Weights, Never>])
  }

  private var state: State
  /// G of RMSProp, in the layout of the weights.
  private let squares: FloatStorage
  /// The all-reduced gradient.
  private let sum: FloatStorage
  private let chunks: ParallelChunks

  package init(_ weights: Weights) {
    state = .ready(weights)
    squares = FloatStorage(count: weights.layout.count)
    sum = FloatStorage(count: weights.layout.count)
    chunks = ParallelChunks(count: weights.layout.count)
  }

  /// The weights as they are between two updates.
  package func snapshot() async -> Weights {
    switch state {
    case .ready(let weights): weights
    case .updating: await withCheckedContinuation { wait($0) }
    }
  }

  private func wait(_ continuation: CheckedContinuation<Weights, Never>) {
    guard case .updating(var waiting) = state else { preconditionFailure("only an update is waited for") }
    waiting.append(continuation)
    state = .updating(waiting: waiting)
  }

  /// What became of a step's gradients.
  package struct Update: Sendable {
    /// The global norm before clipping.
    package let gradientNorm: Double
    /// False if the norm was not finite: then nothing was changed.
    package let isApplied: Bool
  }

  /// All-reduces the shards' gradients in shard order, clips, and takes one RMSProp step.
  ///
  /// - Parameter gradients: one buffer a shard, in the layout of the weights; nobody may write to them meanwhile.
  package func apply(_ gradients: [FloatStorage], _ optimizer: OptimizerConfiguration, workers: Int) async -> Update {
    guard case .ready(var weights) = state else { preconditionFailure("updates come one after the other") }
    state = .updating(waiting: [])
    let sum = self.sum, squares = self.squares
    let parts = await chunks.map(workers: workers) { Optimizer.reduce(gradients, into: sum, range: $0) }
    let norm = parts.reduce(0, +).squareRoot()
    if norm.isFinite {
      weights.values.makeUnique()
      let storage = weights.values.storage
      let rates = optimizer.rates(gradientNorm: norm)
      _ = await chunks.map(workers: workers) {
        Optimizer.rmsProp(weights: storage, squares: squares, gradient: sum, range: $0, rates: rates)
      }
    }
    guard case .updating(let waiting) = state else { preconditionFailure("the update was overtaken") }
    state = .ready(weights)
    for continuation in waiting { continuation.resume(returning: weights) }
    return Update(gradientNorm: norm, isApplied: norm.isFinite)
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
