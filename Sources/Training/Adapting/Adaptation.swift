package import Corpora
package import Kernels
package import LanguageModel
package import Models

/// Predicts one lane in order, and after each segment takes a step on what it has just read: dynamic evaluation.
///
/// The loss of a segment is counted before the step on it, so no token is predicted by weights that have seen it. The formula of the step
/// is in ``AdaptationRates``. Nothing is dropped. The result depends on the windows and the rates, never on workers.
///
/// ```swift
/// let adaptation = Adaptation(model.weights, squares: try GradientStatistics.squares(of: path, for: model.weights.configuration))
/// let scores = await adaptation.scores(from: .initial, keepsInputs: false) { _ in window }
/// ```
/// A window is cut into segments from its beginning; segments do not straddle windows. So windows should be multiples of
/// ``AdaptationRates/segment``, but for the last one of a passage: then how a text is cut into windows does not matter.
///
/// A step whose segment has a loss or a gradient that is not finite is not taken, nor one without anything to predict. It serves one caller
/// at a time.
package actor Adaptation: WindowScorer {
  private let rates: AdaptationRates
  private let restarts: Bool
  private let temperature: Float
  private let workers: Int
  private let replica: Replica
  private let decoder: any GroupDecoder
  /// The memory for the gradients of the layers.
  private let layers: FloatStorage
  private let adapted: AdaptedWeights
  private var isReading = false

  /// - Parameters:
  ///   - squares: mean squares of the gradients of the training, at any scale, in the layout of the weights; nil: those of the segments.
  ///   - restarts: whether each passage, which begins with `StartingState.initial`, begins with the trained weights and without the
  ///     statistics of earlier segments. Otherwise all that was read before is kept.
  ///   - temperature: divides the logits of the losses that are reported. The steps are those of the loss at temperature 1.
  ///   - workers: threads' worth of parallelism.
  ///   - products: which code computes the products of a time step.
  /// - Precondition: the rates are valid; see ``AdaptationRates/validate()``.
  package init(
    _ weights: Weights, rates: AdaptationRates = AdaptationRates(), squares: FloatBuffer? = nil, restarts: Bool = true,
    temperature: Float = 1,
    workers: Int, products: ProductKernel = .packed
  ) {
    precondition((try? rates.validate()) != nil && workers >= 1, "the rates of an adaptation are in their ranges, and somebody must work")
    let configuration = weights.configuration
    self.rates = rates
    self.restarts = restarts
    self.temperature = temperature
    self.workers = workers
    replica = Replica(configuration, steps: rates.segment, lanes: 1)
    decoder = configuration.decoder.makeGroupDecoder(configuration, steps: rates.segment, lanes: 1)
    layers = FloatStorage(count: weights.layout.layerRange.count)
    adapted = AdaptedWeights(weights, rates, squares: squares, products: products)
  }

  /// The weights after the last step, as a value.
  package var weights: Weights { adapted.prepared.weights }

  /// Predicts a window of the lane, and adapts to it segment by segment.
  ///
  /// - Parameters:
  ///   - start: `.initial` where a passage begins, or `.afterLastWindow`.
  ///   - windows: is called once, for shard 0, which has the one lane.
  package func scores<Failure: Error>(
    from start: StartingState, keepsInputs: Bool, windows: @Sendable (_ shard: Int) throws(Failure) -> ShardWindows
  ) async throws(Failure) -> WindowScores {
    precondition(!isReading, "an adaptation serves one caller at a time")
    let window = try windows(0)
    precondition(window.lanes == 1, "an adaptation reads one lane, not \(window.lanes)")
    isReading = true
    defer { isReading = false }
    if case .initial = start, restarts { await adapted.restart(workers: workers) }
    var result = WindowScores(), start = start
    for first in stride(from: 0, to: window.steps, by: rates.segment) {
      let range = first..<min(first + rates.segment, window.steps)
      let segment = ShardWindows(
        inputs: Array(window.inputs[range]), targets: Array(window.targets[range]), lanes: 1, steps: range.count)
      let scores = await read(segment, from: start, keepsInputs: keepsInputs)
      result.nats += scores.nats
      result.inputs += scores.inputs
      start = .afterLastWindow
    }
    return result
  }

  /// Predicts a segment, and then takes a step on it.
  private func read(_ segment: ShardWindows, from start: StartingState, keepsInputs: Bool) async -> WindowScores {
    let shard = await replica.forward(segment, weights: adapted.prepared, from: start)
    let output = shard.output
    let inputs = keepsInputs ? output.elements : []
    let predicted = segment.targets.count { $0 >= 0 }
    if predicted == 0 { return WindowScores(nats: Array(repeating: 0, count: segment.steps), inputs: inputs) }
    decoder.take(shard, number: 0)
    let cooled = temperature == 1 ? nil : await decoder.nats(weights: adapted.prepared.weights, temperature: temperature, workers: workers)
    // What the decoder is given is of one pass.
    if cooled != nil { decoder.take(shard, number: 0) }
    let nats = await decoder.natsAndGradients(weights: adapted.prepared.weights, scale: 1 / Float(predicted), workers: workers)
    if rates.learningRate > 0, nats.allSatisfy(\.isFinite) {
      await replica.backward(segment, weights: adapted.prepared, scale: 0, into: layers)
      await adapted.step(StepGradients(shards: [replica.gradients], decoders: [decoder.gradients]), workers: workers)
    }
    return WindowScores(nats: cooled ?? nats, inputs: inputs)
  }
}
