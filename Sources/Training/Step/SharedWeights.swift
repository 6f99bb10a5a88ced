internal import Basics
private import Foundation
internal import Kernels
package import LanguageModel
package import Models

/// The weights that all replicas read, what the optimizer keeps of their gradients, and the average of the weights.
///
/// A snapshot is a value: whoever holds one keeps it unchanged while training goes on. With no snapshot held, an update works in place.
package actor SharedWeights {
  enum State {
    case ready(PreparedWeights)
    /// An update is under way; it owns the weights. Those who asked for a snapshot meanwhile get the updated one.
    case updating(waiting: [CheckedContinuation<PreparedWeights, Never>])
  }

  var state: State
  /// G of the optimizer, in the layout of the weights; zeros with SGD. A row of the embedding that updates do not touch is not decayed by
  /// them: the missed decay is applied when the row is next touched, with the same result.
  let squares: FloatStorage
  /// m and v of the optimizer, and the average, in the same layout and as late as `squares` in their rows of the embedding; made by the
  /// first update that needs them.
  var means: FloatStorage?
  var momenta: FloatStorage?
  var average: FloatStorage?
  /// How many updates there were before the first that the average has.
  var averageStart: Int32 = 0
  /// When each row of the embedding was last updated.
  let updateClock: UpdateClock
  private let embedding: EmbeddingReduction
  private let work: UpdateWork
  /// What this rank exchanges with others; nil if it is the only one.
  let exchange: RankExchange?

  let weightDrop: (probability: Float, seed: UInt64)
  let products: ProductKernel

  /// - Parameters:
  ///   - weightDrop: the probability of a recurrent weight to be dropped, and the seed of the masks.
  ///   - products: which code computes the products of a time step.
  ///   - communicator: by which the ranks of the run exchange gradients and weights; nil: there is one rank.
  package init(
    _ weights: Weights, weightDrop: (probability: Float, seed: UInt64) = (0, 0), products: ProductKernel = .packed,
    communicator: (any Communicator)? = nil
  ) {
    self.weightDrop = weightDrop
    self.products = products
    state = .ready(PreparedWeights(weights, weightDrop: weightDrop, products: products))
    squares = FloatStorage(count: weights.layout.count)
    updateClock = UpdateClock(weights.layout)
    embedding = EmbeddingReduction(weights.layout)
    let work = UpdateWork(weights.configuration, weights.layout, embedding: embedding, clock: updateClock)
    self.work = work
    exchange = communicator.map { RankExchange(weights.layout, work: work, communicator: $0) }
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
    /// Of the gradients before clipping, if they were asked for and applied.
    package let histograms: [TensorHistogram]
    /// How long this rank waited for others.
    package let waiting: Duration
  }

  /// All-reduces the gradients of the shards and groups by the ``ReductionTree``, clips, and takes one step of the optimizer.
  ///
  /// - Parameters:
  ///   - gradients: nobody may use them meanwhile, and they are not to be read again: the sums take their place.
  ///   - largestNorm: gradients with a larger norm are not applied.
  ///   - makesHistograms: whether to make histograms of the gradients.
  package func apply(
    _ gradients: StepGradients, _ optimizer: OptimizerConfiguration, workers: Int, largestNorm: Double = .infinity,
    makesHistograms: Bool = false
  ) async -> Update {
    guard case .ready(var prepared) = state else { preconditionFailure("updates come one after the other") }
    state = .updating(waiting: [])
    let clock = ContinuousClock(), began = clock.now, waited = exchange?.waiting ?? .zero
    let norm = await reduce(gradients, workers: workers).squareRoot()
    let reduction = began.duration(to: clock.now)
    let isApplied = norm.isFinite && norm <= largestNorm
    if makesHistograms, isApplied { await exchange?.collectSums() }
    let histograms =
      makesHistograms && isApplied
      ? await TensorHistogram.histograms(of: work.gradients(prepared.weights.layout), workers: workers) : []
    if isApplied {
      prepared.weights.values.makeUnique()
      prepared.recurrent.makeUnique()
      prepared.updates += 1
      let step = step(optimizer, gradientNorm: norm), weights = prepared.weights, recurrent = prepared.recurrent
      let values = weights.values.storage
      await forEachInParallel(work.beginUpdate(step), workers: workers) { [work] in work.update($0, of: values) }
      await exchange?.share(values, updatesAllRows: step.updatesAllRows)
      updateClock.noteUpdate(of: step.updatesAllRows ? nil : embedding.tokens)
      let number = prepared.updates
      await forEachInParallel(recurrent.dropPartCount, workers: workers) { recurrent.drop(weights, part: $0, updates: number) }
      await forEachInParallel(recurrent.partCount, workers: workers) { recurrent.pack(weights, parts: $0..<$0 + 1) }
    }
    await exchange?.finishSending()
    work.end()
    guard case .updating(let waiting) = state else { preconditionFailure("the update was overtaken") }
    state = .ready(prepared)
    for continuation in waiting { continuation.resume(returning: prepared) }
    return Update(
      gradientNorm: norm, isApplied: isApplied, reduction: reduction, histograms: histograms,
      waiting: (exchange?.waiting ?? .zero) - waited)
  }

  /// Adds up the gradients; returns the sum of their squares.
  private func reduce(_ gradients: StepGradients, workers: Int) async -> Double {
    if let exchange { return await exchange.reduce(gradients, workers: workers) }
    work.begin(gradients)
    var squares = 0.0
    for list in 0..<work.reductionLists {
      await forEachInParallel(work.reductionCount(list), workers: workers) { [work] in work.reduce(list, $0) }
      squares += work.sumOfSquares
    }
    return squares
  }

  /// What the next update writes and by which rates; makes what it is the first to need.
  private func step(_ optimizer: OptimizerConfiguration, gradientNorm norm: Double) -> UpdateWork.Step {
    if optimizer.keepsMeans, means == nil { means = FloatStorage(count: squares.count) }
    if optimizer.keepsMomenta, momenta == nil { momenta = FloatStorage(count: squares.count) }
    if optimizer.averageDecay > 0, average == nil {
      average = FloatStorage(count: squares.count)
      averageStart = updateClock.updates
    }
    var step = UpdateWork.Step(
      kind: optimizer.kind,
      state: Optimizer.State(
        squares: squares, means: optimizer.keepsMeans ? means : nil, momenta: optimizer.keepsMomenta ? momenta : nil,
        average: optimizer.averageDecay > 0 ? average : nil),
      rates: optimizer.rates(gradientNorm: norm, update: Int(updateClock.updates) + 1))
    if optimizer.averageDecay > 0 {
      step.averaged = Int(updateClock.updates - averageStart) + 1
      step.averageDecay = Double(optimizer.averageDecay)
      step.rates.averageRate = Float(WeightAverage.share(last: 1, of: step.averaged, decay: step.averageDecay))
    }
    return step
  }
}

extension OptimizerConfiguration {
  /// - Parameters:
  ///   - gradientNorm: the global norm before clipping.
  ///   - update: the number of the update, from 1.
  func rates(gradientNorm: Double, update: Int) -> Optimizer.Rates {
    var rates = Optimizer.Rates(learningRate: learningRate, decay: squareDecay, epsilon: epsilon)
    if let clipNorm, gradientNorm > Double(clipNorm) { rates.gradientScale = Float(Double(clipNorm) / gradientNorm) }
    if let clipValue { rates.clipValue = clipValue }
    rates.weightKeep = 1 - learningRate * weightDecay
    rates.momentum = momentum
    if kind == .adam || correctsBias { rates.correction = Self.correction(squareDecay, update) }
    if kind == .adam {
      rates.meanDecay = beta1
      rates.meanCorrection = Self.correction(beta1, update)
    }
    return rates
  }

  /// The share of the squares that an update keeps. Nothing decays with Adagrad, and so nothing is missed by rows that are updated later.
  var squareDecay: Float {
    switch kind {
    case .rmsprop: rmsDecay
    case .adam: beta2
    case .sgd, .adagrad: 1
    }
  }

  /// 1 / (1 - decay^update): what makes up for the start from zero of a running mean.
  private static func correction(_ decay: Float, _ update: Int) -> Float {
    // 1 - decay^n without cancellation.
    Float(-1 / expm1(Double(update) * log(Double(decay))))
  }
}
