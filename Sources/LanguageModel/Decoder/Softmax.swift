internal import Kernels

/// The softmax over the whole vocabulary: logits = x W^T + b, with W the embedding where the weights are tied.
enum Softmax: DecoderKind {
  static func parameters(_ configuration: ModelConfiguration) -> [(parameter: Parameter, shape: [Int])] {
    let v = configuration.vocabularySize
    return [(.decoderWeight, [v, configuration.decoderInputSize]), (.decoderBias, [v])]
  }

  static var factors: [Parameter] { [.decoderWeight] }

  static func multiplications(_ configuration: ModelConfiguration) -> Int {
    configuration.vocabularySize * configuration.decoderInputSize
  }

  static func floatCount(_ configuration: ModelConfiguration, steps: Int, lanes: Int, forTraining: Bool) -> Double {
    SoftmaxDecoder.floatCount(configuration, steps: steps, lanes: lanes, forTraining: forTraining)
  }

  static func makeGroupDecoder(_ configuration: ModelConfiguration, steps: Int, lanes: Int) -> any GroupDecoder {
    SoftmaxDecoder(configuration, steps: steps, lanes: lanes)
  }

  static func makeSamplingDecoder(_ weights: Weights, factors: [Factor]) -> any SamplingDecoder {
    SamplingSoftmax(weight: factors[0], bias: weights.matrix(.decoderBias))
  }
}

/// The logits of one token in each of a few lanes: x W^T + b.
private struct SamplingSoftmax: SamplingDecoder {
  /// W^T: [D, V]
  let weight: Factor
  /// [1, V]
  let bias: MatrixView

  func logits(of output: MatrixView, into logits: Matrix, _ team: ProductTeam) {
    for lane in 0..<output.rows { logits.block(rows: lane..<lane + 1).copy(from: bias) }
    team.multiply((output, weight), addingTo: logits)
  }
}
