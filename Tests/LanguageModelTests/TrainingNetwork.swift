import Kernels
import LanguageModel

/// A network with a decoder of its own, as one shard that is a group: a step of training without a trainer.
struct TrainingNetwork {
  let network: Network
  let decoder: any GroupDecoder
  let gradients: Gradients
  private let layout: ParameterLayout

  init(_ network: Network) {
    self.network = network
    let configuration = network.configuration
    layout = ParameterLayout(configuration)
    decoder = configuration.decoder.makeGroupDecoder(configuration, steps: network.steps, lanes: network.lanes)
    gradients = Gradients(layout, mostTokens: network.steps * network.lanes)
  }

  /// The sum of the window's cross-entropies, and the gradients of `scale` times it.
  ///
  /// - Parameter penaltyScale: the factor of the penalties; nil: the same.
  func lossAndGradients(
    inputs: [Int32], targets: [Int32], weights: PreparedWeights, scale: Float, penaltyScale: Float? = nil
  ) async -> Double {
    decoder.take(network.forward(inputs: inputs, targets: targets, weights: weights), number: 0)
    let sum = await decoder.lossAndGradients(weights: weights.weights, scale: scale, workers: 1)
    network.backward(inputs: inputs, weights: weights, scale: penaltyScale ?? scale, gradients: gradients)
    return sum
  }

  /// The sum of the window's cross-entropies in an evaluation. The next window starts from the state after this one.
  func loss(inputs: [Int32], targets: [Int32], weights: PreparedWeights) async -> Double {
    decoder.take(network.forward(inputs: inputs, targets: targets, weights: weights, isTraining: false), number: 0)
    network.startNextWindow(from: .afterLastWindow)
    return await decoder.nats(weights: weights.weights, workers: 1).reduce(0, +)
  }

  /// All gradients in the layout of the weights, zero where no token was touched.
  func expanded() -> [Float] {
    var values = [Float](repeating: 0, count: layout.count)
    for (index, place) in layout.layerRange.enumerated() { values[place] = gradients.layers[index] }
    for parameter in decoder.gradients.parameters {
      let gradient = decoder.gradients.matrix(parameter).storage
      for (index, place) in layout[parameter].range.enumerated() { values[place] = gradient[index] }
    }
    let columns = layout[.embedding].shape[1]
    for (row, token) in gradients.tokens.enumerated() {
      for column in 0..<columns { values[Int(token) * columns + column] += gradients.embeddingRows[row, column] }
    }
    return values
  }
}
