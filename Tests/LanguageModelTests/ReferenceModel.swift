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
    let zero = Array(repeating: Array(repeating: 0.0, count: configuration.hiddenSize), count: lanes)
    hidden = Array(repeating: zero, count: configuration.layerCount)
    cell = hidden
  }

  private func row(_ parameter: Parameter, _ row: Int) -> ArraySlice<Double> {
    let entry = layout[parameter]
    let columns = entry.shape.last ?? 0
    let start = entry.range.lowerBound + row * columns
    return parameters[start..<start + columns]
  }

  private func dot(_ a: ArraySlice<Double>, _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  /// The mean cross-entropy of time-major windows that start from ``hidden`` and ``cell``.
  func loss(inputs: [Int32], targets: [Int32]) -> Double {
    let lanes = hidden[0].count, units = configuration.hiddenSize
    var h = hidden, c = cell
    var sum = 0.0
    for position in inputs.indices {
      let lane = position % lanes
      var x = Array(row(.embedding, Int(inputs[position])))
      for layer in 0..<configuration.layerCount {
        let bias = row(.bias(layer: layer), 0)
        let z = (0..<4 * units).map { gate in
          dot(row(.inputWeight(layer: layer), gate), x) + dot(row(.recurrentWeight(layer: layer), gate), h[layer][lane])
            + bias[bias.startIndex + gate]
        }
        for unit in 0..<units {
          let step = ReferenceLSTM.cell(
            z: .init(input: z[unit], forget: z[units + unit], candidate: z[2 * units + unit], output: z[3 * units + unit]),
            previousCell: c[layer][lane][unit])
          c[layer][lane][unit] = step.cell
          h[layer][lane][unit] = step.hidden
        }
        x = h[layer][lane]
      }
      let bias = row(.decoderBias, 0)
      let logits = (0..<configuration.vocabularySize).map { dot(row(.decoderWeight, $0), x) + bias[bias.startIndex + $0] }
      sum += ReferenceSoftmax.crossEntropy(logits, target: Int(targets[position]))
    }
    return sum / Double(inputs.count)
  }
}
