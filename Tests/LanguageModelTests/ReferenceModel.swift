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

  /// The mean cross-entropy, and the penalties, of time-major windows that start from ``hidden`` and ``cell``.
  func loss(inputs: [Int32], targets: [Int32]) -> Double {
    let lanes = hidden[0].count
    var h = hidden, c = cell
    let r = regularization ?? Regularization(), last = configuration.layerCount - 1
    var sum = 0.0, squares = 0.0, changes = 0.0
    for position in inputs.indices {
      let lane = position % lanes
      let word = mask(.embedding, r.embeddingDropout, Int(inputs[position]))
      var x = row(.embedding, Int(inputs[position])).enumerated().map { column, value in
        value * word * mask(.input, r.inputDropout, lane * configuration.embeddingSize + column)
      }
      for (layer, units) in configuration.hiddenSizes.enumerated() {
        let bias = row(.bias(layer: layer), 0)
        let z = (0..<4 * units).map { gate in
          let recurrent = row(.recurrentWeight(layer: layer), gate).enumerated().map { column, value in
            value * mask(.recurrent(layer: layer), r.weightDrop, gate * units + column)
          }
          return dot(row(.inputWeight(layer: layer), gate), x) + dot(recurrent[...], h[layer][lane])
            + bias[bias.startIndex + gate]
        }
        let before = h[layer][lane]
        for unit in 0..<units {
          let step = ReferenceLSTM.cell(
            z: .init(input: z[unit], forget: z[units + unit], candidate: z[2 * units + unit], output: z[3 * units + unit]),
            previousCell: c[layer][lane][unit])
          c[layer][lane][unit] = step.cell
          h[layer][lane][unit] = step.hidden
        }
        if layer == last, position >= lanes { changes += zip(h[layer][lane], before).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
        let probability = layer < last ? r.layerDropout : r.outputDropout ?? r.layerDropout
        x = h[layer][lane].enumerated().map { $1 * mask(.output(layer: layer), probability, lane * units + $0) }
      }
      squares += x.reduce(0) { $0 + $1 * $1 }
      if configuration.hasProjection { x = (0..<configuration.embeddingSize).map { dot(row(.projection, $0), x) } }
      let bias = row(.decoderBias, 0)
      let logits = (0..<configuration.vocabularySize).map { dot(row(.decoderWeight, $0), x) + bias[bias.startIndex + $0] }
      sum += ReferenceSoftmax.crossEntropy(logits, target: Int(targets[position]))
    }
    let elements = Double(inputs.count * configuration.outputSize)
    let changed = Double((inputs.count - lanes) * configuration.outputSize)
    return sum / Double(inputs.count) + Double(r.activationPenalty) * squares / elements
      + (changed > 0 ? Double(r.temporalPenalty) * changes / changed : 0)
  }
}
