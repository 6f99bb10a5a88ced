import Kernels
import LanguageModel

/// A network with a decoder of its own, as one shard that is a group: a step of training without a trainer.
struct TrainingNetwork {
  let network: Network
  let decoder: GroupDecoder
  let gradients: Gradients
  private let layout: ParameterLayout

  init(_ network: Network) {
    self.network = network
    let configuration = network.configuration
    layout = ParameterLayout(configuration)
    decoder = GroupDecoder(configuration, steps: network.steps, lanes: network.lanes)
    gradients = Gradients(layout, mostTokens: network.steps * network.lanes)
  }

  /// The sum of the window's cross-entropies, and the gradients of `scale` times it.
  func lossAndGradients(inputs: [Int32], targets: [Int32], weights: PreparedWeights, scale: Float) async -> Double {
    let sum = await decoder.lossAndGradients(
      of: [network.forward(inputs: inputs, weights: weights)], targets: targets, weight: weights.weights.matrix(.decoderWeight),
      bias: weights.weights.matrix(.decoderBias), scale: scale
    ) { count, part in (0..<count).forEach { part($0) } }
    network.backward(inputs: inputs, weights: weights, scale: scale, gradients: gradients)
    return sum
  }

  /// All gradients in the layout of the weights, zero where no token was touched.
  func expanded() -> [Float] {
    var values = [Float](repeating: 0, count: layout.count)
    for (index, place) in layout.layerRange.enumerated() { values[place] = gradients.layers[index] }
    for (index, place) in layout[.decoderWeight].range.enumerated() { values[place] = decoder.gradients.weight.storage[index] }
    for (index, place) in layout[.decoderBias].range.enumerated() { values[place] = decoder.gradients.bias.storage[index] }
    let columns = layout[.embedding].shape[1]
    for (row, token) in gradients.tokens.enumerated() {
      for column in 0..<columns { values[Int(token) * columns + column] += gradients.embeddingRows[row, column] }
    }
    return values
  }
}
