import Kernels
import LanguageModel

/// The whole model's forward pass in Double and plain loops: what gradients are checked against.
struct ReferenceModel {
  let configuration: ModelConfiguration
  let layout: ParameterLayout
  var parameters: [Double]
  /// [layer][lane][unit]
  var hidden: [[[Double]]]
  var cell: [[[Double]]]

  init(_ weights: Weights, lanes: Int) {
    configuration = weights.configuration
    layout = weights.layout
    parameters = weights.values[0..<weights.values.count].map(Double.init)
    hidden = configuration.hiddenSizes.map { Array(repeating: Array(repeating: 0.0, count: $0), count: lanes) }
    cell = hidden
  }

  /// Whether the lanes start from a learned state, where there is one, and not from ``hidden`` and ``cell``.
  var startsAnew = true
  /// What is dropped, by place and index, and the penalties; nil: nothing.
  var regularization: Regularization?
  var seed: UInt64 = 0
  var updates = 0

  private func mask(_ site: MaskSite, _ probability: Float, _ index: Int) -> Double {
    site.mask(probability, seed: seed, updates: updates).map { Double($0.element(index)) } ?? 1
  }

  private func row(_ parameter: Parameter, _ row: Int) -> ArraySlice<Double> {
    let entry = layout[parameter]
    let columns = entry.shape.last ?? 0
    let start = entry.range.lowerBound + row * columns
    return parameters[start..<start + columns]
  }

  private func dot(_ a: ArraySlice<Double>, _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  /// A group of a product's rows, normalised and times its gain.
  private func normalized(_ product: [Double], gain: Parameter, rows: Range<Int>) -> [Double] {
    ReferenceNormalization.forward(Array(product[rows]), gain: Array(Array(row(gain, 0))[rows]))
  }

  /// One time step of one lane of a layer with layer normalisation.
  private func normalizedStep(
    layer: Int, ofInput: (Int) -> Double, ofState: (Int) -> Double, hidden h: inout [Double], cell c: inout [Double]
  ) {
    let units = configuration.hiddenSizes[layer], rows = units * configuration.cell.gateCount, bias = Array(row(.bias(layer: layer), 0))
    let x = (0..<rows).map(ofInput), state = (0..<rows).map(ofState)
    let inputGain = Parameter.inputGain(layer: layer), stateGain = Parameter.recurrentGain(layer: layer)
    switch configuration.cell {
    case .lstm:
      let a = normalized(x, gain: inputGain, rows: 0..<rows), m = normalized(state, gain: stateGain, rows: 0..<rows)
      func z(_ row: Int) -> Double { a[row] + m[row] + bias[row] }
      let step = ReferenceNormalization.lstm(
        z: (0..<units).map { .init(input: z($0), forget: z(units + $0), candidate: z(2 * units + $0), output: z(3 * units + $0)) },
        previousCell: c, gain: Array(row(.cellGain(layer: layer), 0)), bias: Array(row(.cellBias(layer: layer), 0)),
        isInputCapped: configuration.isInputCapped)
      h = step.hidden
      c = step.cell
    case .gru:
      let groups = [0..<2 * units, 2 * units..<rows]
      let a = groups.flatMap { normalized(x, gain: inputGain, rows: $0) },
        m = groups.flatMap { normalized(state, gain: stateGain, rows: $0) }
      h = (0..<units).map { unit in
        let update = units + unit, candidate = 2 * units + unit
        return ReferenceGRU.cell(
          a: .init(
            reset: a[unit] + m[unit] + bias[unit], update: a[update] + m[update] + bias[update],
            candidate: a[candidate] + bias[candidate], recurrent: m[candidate] + bias[units + candidate]), previousHidden: h[unit]
        ).hidden
      }
    case .rnn:
      let sum = normalized(zip(x, state).map { $0 + $1 }, gain: inputGain, rows: 0..<rows)
      h = zip(sum, bias).map { ReferencePlainCell.cell(a: $0 + $1) }
    }
  }

  /// One time step of one lane of a layer.
  private func step(layer: Int, lane: Int, input x: [Double], dropping: Float, hidden h: inout [Double], cell c: inout [Double]) {
    let units = configuration.hiddenSizes[layer], bias = Array(row(.bias(layer: layer), 0)), before = h
    /// The products of a row of Wx, and of Wh.
    func ofInput(_ gate: Int) -> Double { dot(row(.inputWeight(layer: layer), gate), x) }
    func ofState(_ gate: Int) -> Double {
      let recurrent = row(.recurrentWeight(layer: layer), gate).enumerated().map { column, value in
        value * mask(.recurrent(layer: layer), dropping, gate * units + column)
      }
      return dot(recurrent[...], before)
    }
    if configuration.isNormalized { return normalizedStep(layer: layer, ofInput: ofInput, ofState: ofState, hidden: &h, cell: &c) }
    func z(_ gate: Int) -> Double { ofInput(gate) + ofState(gate) + bias[gate] }
    for unit in 0..<units {
      switch configuration.cell {
      case .lstm:
        let step = ReferenceLSTM.cell(
          z: .init(input: z(unit), forget: z(units + unit), candidate: z(2 * units + unit), output: z(3 * units + unit)),
          previousCell: c[unit], isInputCapped: configuration.isInputCapped)
        h[unit] = step.hidden
        c[unit] = step.cell
      case .gru:
        let candidate = 2 * units + unit
        h[unit] =
          ReferenceGRU.cell(
            a: .init(
              reset: z(unit), update: z(units + unit), candidate: ofInput(candidate) + bias[candidate],
              recurrent: ofState(candidate) + bias[3 * units + unit]), previousHidden: before[unit]
          ).hidden
      case .rnn: h[unit] = ReferencePlainCell.cell(a: z(unit))
      }
    }
  }

  /// What the model computes of a window.
  struct Reading {
    /// The mean cross-entropy of what is predicted, and the penalties.
    var loss = 0.0
    /// The cross-entropy at each position; 0 where nothing is predicted.
    var nats: [Double] = []
    /// The states after the window, as ``ReferenceModel/hidden`` and ``ReferenceModel/cell``.
    var hidden: [[[Double]]]
    var cell: [[[Double]]]
  }

  /// The output of the layers, before dropout: that of the last one, or the sum.
  private func output(_ h: [[[Double]]], lane: Int) -> [Double] {
    let last = h[h.count - 1][lane]
    if !configuration.sumsOutputs { return last }
    return last.indices.map { unit in h.reduce(0) { $0 + $1[lane][unit] } }
  }

  /// The mean cross-entropy of what is predicted, and the penalties, of time-major windows that start from ``hidden`` and ``cell``.
  func loss(inputs: [Int32], targets: [Int32]) -> Double { read(inputs: inputs, targets: targets).loss }

  /// Reads time-major windows that start from ``hidden`` and ``cell``.
  func read(inputs: [Int32], targets: [Int32]) -> Reading {
    let lanes = hidden[0].count
    var h = hidden, c = cell
    if configuration.isInitialStateLearned, startsAnew {
      for layer in hidden.indices {
        h[layer] = Array(repeating: Array(row(.initialHidden(layer: layer), 0)), count: lanes)
        if configuration.cell == .lstm { c[layer] = Array(repeating: Array(row(.initialCell(layer: layer), 0)), count: lanes) }
      }
    }
    let r = regularization ?? Regularization(), last = configuration.layerCount - 1
    var nats = [Double](repeating: 0, count: inputs.count), predicted = 0, squares = 0.0, changes = 0.0
    for position in inputs.indices {
      let lane = position % lanes
      let word = mask(.embedding, r.embeddingDropout, Int(inputs[position]))
      var x = row(.embedding, Int(inputs[position])).enumerated().map { column, value in
        value * word * mask(.input, r.inputDropout, lane * configuration.embeddingSize + column)
      }
      let before = output(h, lane: lane)
      for (layer, units) in configuration.hiddenSizes.enumerated() {
        step(layer: layer, lane: lane, input: x, dropping: r.weightDrop, hidden: &h[layer][lane], cell: &c[layer][lane])
        let probability = layer < last ? r.layerDropout : r.outputDropout ?? r.layerDropout
        let read = layer < last ? h[layer][lane] : output(h, lane: lane)
        x = read.enumerated().map { $1 * mask(.output(layer: layer), probability, lane * units + $0) }
      }
      if position >= lanes { changes += zip(output(h, lane: lane), before).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
      squares += x.reduce(0) { $0 + $1 * $1 }
      // There is nothing to predict before a control token.
      if targets[position] < 0 { continue }
      predicted += 1
      if configuration.hasProjection { x = (0..<configuration.embeddingSize).map { dot(row(.projection, $0), x) } }
      let bias = row(.decoderBias, 0)
      let logits = (0..<configuration.vocabularySize).map { dot(row(.decoderWeight, $0), x) + bias[bias.startIndex + $0] }
      nats[position] = ReferenceSoftmax.crossEntropy(logits, target: Int(targets[position]))
    }
    let elements = Double(inputs.count * configuration.outputSize)
    let changed = Double((inputs.count - lanes) * configuration.outputSize)
    let loss =
      nats.reduce(0, +) / Double(max(1, predicted)) + Double(r.activationPenalty) * squares / elements
      + (changed > 0 ? Double(r.temporalPenalty) * changes / changed : 0)
    return Reading(loss: loss, nats: nats, hidden: h, cell: c)
  }
}
