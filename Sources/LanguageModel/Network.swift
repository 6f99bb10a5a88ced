internal import Kernels

/// The language model up to the decoder, over windows of up to T time steps by b lanes: embedding, layers, and all the memory they need.
///
/// A ``GroupDecoder`` comes after ``forward(inputs:targets:weights:isTraining:)`` and, in training, before
/// ``backward(inputs:weights:scale:gradients:)``.
///
/// It reads weights that it is given and keeps the recurrent state of its lanes from window to window. It belongs to one task at a time.
package final class Network {
  package let configuration: ModelConfiguration
  package let steps: Int
  package let lanes: Int
  package let layers: [RecurrentLayer]
  private let projection: TokenProjection
  private let source: MaskSource?
  private let maskedProjection: MaskedProjection?
  private let regularizer: OutputRegularizer?
  private let outputProjection: OutputProjection?
  private let outputSum: OutputSum?
  /// Receives the activations and gradients of each window; nil: no observer and no cost.
  package var observer: NetworkObserver?
  /// Where the time of training went.
  package private(set) var phases = StepPhases()
  /// Time steps of the last window.
  private var lastSteps = 0
  /// [(T + 1) b, H]: dL/dh of the layer at work, of whichever H; made when first needed, since evaluation does without.
  private lazy var hiddenGradients = FloatStorage(count: (steps + 1) * lanes * configuration.widestHidden)

  /// - Parameter masks: what is dropped in training, and from which seed; nil: nothing.
  package init(_ configuration: ModelConfiguration, steps: Int, lanes: Int, masks source: MaskSource? = nil) {
    precondition(steps > 0 && lanes > 0, "a window has at least one time step and one lane")
    self.configuration = configuration
    self.steps = steps
    self.lanes = lanes
    layers = configuration.hiddenSizes.map { RecurrentLayer(configuration, steps: steps, lanes: lanes, hiddenSize: $0) }
    projection = TokenProjection(positions: steps * lanes, configuration: configuration)
    outputProjection = configuration.hasProjection ? OutputProjection(positions: steps * lanes, configuration: configuration) : nil
    outputSum = configuration.hasOutputSum ? OutputSum(positions: steps * lanes, configuration: configuration) : nil
    self.source = source
    initialLanes = Array(0..<lanes)
    regularizer = source.map { OutputRegularizer($0, configuration: configuration, steps: steps, lanes: lanes) }
    maskedProjection = source.flatMap {
      $0.regularization.inputDropout > 0 ? MaskedProjection($0, configuration: configuration, steps: steps, lanes: lanes) : nil
    }
  }

  // MARK: - The starting state

  /// Chooses the state that the next window starts from. Without it the next window starts from where the last one did.
  package func startNextWindow(from state: StartingState) {
    switch state {
    case .initial:
      for layer in layers { layer.clearStartingState() }
      initialLanes = Array(0..<lanes)
    case .afterLastWindow:
      for layer in layers { layer.setStartingState(after: lastSteps) }
      initialLanes = []
    case .ofLastWindow:
      // It stays as it is, and gives a learned initial state no gradient: it need not be that of the weights to come.
      initialLanes = []
    }
  }

  /// The lanes whose next window starts from the initial state, in order.
  private var initialLanes: [Int]

  /// Makes some lanes start from the initial state, as a text does, wherever they were.
  private func resetSomeLanes(_ prepared: PreparedWeights) {
    guard let reset = source?.resetLanes(lanes, updates: prepared.updates), !reset.isEmpty, initialLanes.count < lanes else { return }
    for lane in reset { for layer in layers { layer.clearStartingState(lane: lane) } }
    initialLanes = reset
  }

  /// Fetches the learned initial state for the lanes that start from it.
  private func setInitialState(_ weights: Weights) {
    guard configuration.isInitialStateLearned else { return }
    for lane in initialLanes {
      for (index, layer) in layers.enumerated() {
        layer.setStartingState(
          lane: lane, hidden: weights.matrix(.initialHidden(layer: index)),
          cell: layer.cell == nil ? nil : weights.matrix(.initialCell(layer: index)))
      }
    }
  }

  /// Overwrites the gradients of a layer's learned initial state: the sums over the lanes that started from it, in their order.
  private func setInitialStateGradients(_ gradients: Gradients, layer: Int, hidden: MatrixView, cell: MatrixView?) {
    guard configuration.isInitialStateLearned else { return }
    func add(_ state: MatrixView, to parameter: Parameter) {
      let sum = gradients.matrix(parameter)
      sum.fill(0)
      for lane in initialLanes { Rows.add(state.block(rows: lane..<lane + 1), to: sum) }
    }
    add(hidden, to: .initialHidden(layer: layer))
    if let cell { add(cell, to: .initialCell(layer: layer)) }
  }

  // MARK: - Forward

  /// Runs all layers over a window of time-major tokens; see ``startNextWindow(from:)`` for the state.
  ///
  /// - Returns: what the decoder, or the projection before it, reads: [T b, H].
  private func runLayers(_ inputs: [Int32], _ prepared: PreparedWeights, isTraining: Bool) -> MatrixView {
    let weights = prepared.weights
    precondition(
      !inputs.isEmpty && inputs.count % lanes == 0 && inputs.count <= steps * lanes, "a window is up to \(steps) x \(lanes) tokens")
    precondition(weights.configuration == configuration, "the weights are of another model")
    let steps = inputs.count / lanes
    lastSteps = steps
    if isTraining { resetSomeLanes(prepared) }
    setInitialState(weights)
    let regularizer = isTraining ? self.regularizer : nil
    var below = layers[0].outputs(steps: steps)
    for (index, layer) in layers.enumerated() {
      let gates = layer.gates.block(rows: 0..<inputs.count)
      let inputWeight = weights.matrix(.inputWeight(layer: index))
      if index == 0 {
        StepPhases.measure(&phases.embed) {
          let words = isTraining ? words(prepared) : nil
          if isTraining, let maskedProjection {
            maskedProjection.forward(tokens: inputs, words: words, weights: prepared, gates: gates)
          } else {
            projection.forward(
              tokens: inputs, words: words, embedding: weights.matrix(.embedding), inputWeight: inputWeight, gates: gates)
          }
        }
      }
      StepPhases.measure(&phases.forward) {
        if index > 0 { multiply(below, inputWeight.transposed, into: gates) }
        layer.forward(
          steps: steps, recurrent: prepared.recurrentFactors(layer: index),
          vectors: CellVectors(configuration, layer: index) { weights.matrix($0) })
        if let observe = observer?.forward { observe(layer.activations(index, cell: configuration.cell, steps: steps)) }
        outputSum?.add(layer.outputs(steps: steps), layer: index)
        below = outputs(of: index, steps: steps)
        if let regularizer { below = regularizer.drop(below, afterLayer: index, updates: prepared.updates) }
      }
    }
    return below
  }

  /// The outputs of a layer, or after the last one the sum of all layers' outputs where the model has one: [T b, H].
  private func outputs(of layer: Int, steps: Int) -> MatrixView {
    if let outputSum, layer == layers.count - 1 { return outputSum.outputs(rows: steps * lanes) }
    return layers[layer].outputs(steps: steps)
  }

  /// What the next layer, or after the last one the decoder, read in the last window of training: [T b, H].
  private func output(of layer: Int, steps: Int) -> MatrixView {
    let outputs = outputs(of: layer, steps: steps)
    return regularizer?.dropped(outputs, afterLayer: layer) ?? outputs
  }

  /// Which words are dropped.
  private func words(_ prepared: PreparedWeights) -> Dropout? {
    source.flatMap { MaskSite.embedding.mask($0.regularization.embeddingDropout, seed: $0.seed, updates: prepared.updates) }
  }

  /// Starts counting the time of the phases anew.
  package func resetPhases() { phases = StepPhases() }

  // MARK: - Forward and backward

  /// A window of evaluation, or the first half of one of training: the second is ``backward(inputs:weights:scale:gradients:)``, after the
  /// decoder.
  ///
  /// The next window starts from where this one did, unless ``startNextWindow(from:)`` says otherwise: a minibatch that is left out must
  /// not leave its state behind.
  ///
  /// - Parameters:
  ///   - inputs: the tokens to read, by time and then by lane.
  ///   - targets: the tokens to predict; below 0 there is nothing to predict.
  /// - Returns: what the decoder reads and, in training, where it writes the gradient of that.
  package func forward(
    inputs: [Int32], targets: [Int32], weights prepared: PreparedWeights, isTraining: Bool = true
  ) -> DecoderShard {
    let hidden = runLayers(inputs, prepared, isTraining: isTraining)
    return StepPhases.measure(&phases.forward) {
      let output = outputProjection?.forward(hidden, weight: prepared.weights.matrix(.projection)) ?? hidden
      let gradient =
        isTraining ? outputProjection?.gradient(rows: inputs.count) ?? outputGradient(steps: lastSteps) : nil
      return DecoderShard(output: output, gradient: gradient, targets: targets, lanes: lanes)
    }
  }

  /// Where the gradient of what the decoder, or the projection before it, reads goes: [steps b, H].
  private func outputGradient(steps: Int) -> Matrix {
    outputSum?.gradient(rows: steps * lanes)
      ?? hiddenGradient(layer: layers.count - 1, steps: steps).block(rows: lanes..<(steps + 1) * lanes)
  }

  /// Turns the gradient of what was read of a layer into that of the layer's outputs, penalties included: [steps b, H]. With a sum of
  /// outputs, the last layer's is that of the sum, from ``outputGradient(steps:)``, and every other one has it too.
  private func setHiddenGradient(_ gradient: Matrix, layer: Int, steps: Int, scale: Float) {
    let isLast = layer == layers.count - 1, sumGradient = outputSum?.gradient(rows: steps * lanes)
    regularizer?.backward(
      isLast ? sumGradient ?? gradient : gradient, outputs: outputs(of: layer, steps: steps), layer: layer, scale: scale)
    guard let sumGradient else { return }
    if isLast { gradient.copy(from: sumGradient.view) } else { Rows.add(sumGradient.view, times: 1, to: gradient) }
  }

  /// The second half of a window of training: the gradients of the loss, after the decoder wrote that of what it read.
  ///
  /// - Parameters:
  ///   - scale: the factor of the penalties: 1 / (positions of the whole minibatch).
  ///   - gradients: overwritten.
  package func backward(inputs: [Int32], weights prepared: PreparedWeights, scale: Float, gradients: Gradients) {
    let weights = prepared.weights, steps = lastSteps
    var dh = hiddenGradient(layer: layers.count - 1, steps: steps)
    StepPhases.measure(&phases.backward) {
      outputProjection?.backward(
        hidden: output(of: layers.count - 1, steps: steps), weight: weights.matrix(.projection),
        hiddenGradient: outputGradient(steps: steps), weightGradient: gradients.matrix(.projection))
    }
    for index in layers.indices.reversed() {
      let layer = layers[index]
      let dz = layer.gates.view.block(rows: 0..<inputs.count)
      let inputWeight = weights.matrix(.inputWeight(layer: index))
      StepPhases.measure(&phases.backward) {
        dh.block(rows: 0..<lanes).fill(0)
        setHiddenGradient(dh.block(rows: lanes..<(steps + 1) * lanes), layer: index, steps: steps, scale: scale)
        layer.backward(
          steps: steps, recurrent: prepared.recurrentFactors(layer: index),
          vectors: CellVectors(configuration, layer: index) { weights.matrix($0) },
          hiddenGradient: dh, gradients: CellVectors(configuration, layer: index) { gradients.matrix($0) },
          observe: observer?.backward.map { observe in
            { observe(StateGradients(layer: index, time: $0, hidden: $1, cell: $2, preactivations: $3)) }
          })
        setInitialStateGradients(
          gradients, layer: index, hidden: dh.view.block(rows: 0..<lanes), cell: layer.cellGradient?.view)
        let recurrentGradient = gradients.matrix(.recurrentWeight(layer: index))
        layer.recurrentGradient(steps: steps, into: recurrentGradient)
        prepared.recurrent.mask(layer: index, updates: prepared.updates)?.apply(to: recurrentGradient.view, into: recurrentGradient)
        if index > 0 {
          multiply(dz.transposed, output(of: index - 1, steps: steps), into: gradients.matrix(.inputWeight(layer: index)))
          // What was of this layer is no longer needed.
          dh = hiddenGradient(layer: index - 1, steps: steps)
          multiply(dz, inputWeight, into: dh.block(rows: lanes..<(steps + 1) * lanes))
        }
      }
      if index == 0 {
        StepPhases.measure(&phases.embed) {
          let words = words(prepared)
          if let maskedProjection {
            maskedProjection.backward(dz: dz, words: words, weights: prepared, gradients: gradients)
          } else {
            projection.backward(dz: dz, words: words, inputWeight: inputWeight, gradients: gradients)
          }
        }
      }
    }
  }

  /// The memory that all layers share, as that of one of them: [(steps + 1) b, H].
  private func hiddenGradient(layer: Int, steps: Int) -> Matrix {
    let columns = configuration.hiddenSizes[layer]
    return Matrix(
      hiddenGradients,
      MatrixShape(rows: (steps + 1) * lanes, columns: columns, order: .rowMajor, leadingDimension: columns, offset: 0))
  }
}
