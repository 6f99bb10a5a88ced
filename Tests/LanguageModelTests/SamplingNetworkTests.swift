import Basics
import Foundation
import Kernels
import LanguageModel
import Testing

@Suite("The sampling network") struct SamplingNetworkTests {
  /// With a vocabulary that is projected beforehand, and with one that is not.
  static let models = [
    ModelConfiguration(vocabularySize: 7, embeddingSize: 9, hiddenSize: 16, layerCount: 2),
    ModelConfiguration(vocabularySize: 300, embeddingSize: 5, hiddenSize: 11, layerCount: 1),
    ModelConfiguration(vocabularySize: 33, embeddingSize: 33, hiddenSize: 70, layerCount: 3),
    ModelConfiguration(vocabularySize: 33, embeddingSize: 19, hiddenSize: 37, layerCount: 2, isTied: true),
    ModelConfiguration(vocabularySize: 33, embeddingSize: 37, hiddenSize: 37, layerCount: 1, isTied: true),
    ModelConfiguration(vocabularySize: 33, embeddingSize: 20, hiddenSizes: [17, 40, 9]),
    ModelConfiguration(vocabularySize: 7, embeddingSize: 9, hiddenSizes: [17, 40], cell: .gru),
    ModelConfiguration(vocabularySize: 33, embeddingSize: 20, hiddenSizes: [23, 9], isTied: true, cell: .gru),
    ModelConfiguration(vocabularySize: 33, embeddingSize: 20, hiddenSizes: [17, 40], cell: .rnn),
    learning(ModelConfiguration(vocabularySize: 33, embeddingSize: 20, hiddenSizes: [17, 40])),
    learning(ModelConfiguration(vocabularySize: 33, embeddingSize: 20, hiddenSizes: [17, 40], cell: .gru)),
    normalizing(ModelConfiguration(vocabularySize: 7, embeddingSize: 9, hiddenSizes: [17, 40])),
    normalizing(learning(ModelConfiguration(vocabularySize: 33, embeddingSize: 20, hiddenSizes: [40, 17], isTied: true))),
    normalizing(ModelConfiguration(vocabularySize: 33, embeddingSize: 20, hiddenSizes: [17, 40], cell: .gru)),
    normalizing(ModelConfiguration(vocabularySize: 33, embeddingSize: 40, hiddenSizes: [40, 17], cell: .rnn)),
    capping(ModelConfiguration(vocabularySize: 7, embeddingSize: 9, hiddenSizes: [17, 40])),
    capping(normalizing(ModelConfiguration(vocabularySize: 33, embeddingSize: 20, hiddenSizes: [17, 40]))),
    summing(ModelConfiguration(vocabularySize: 33, embeddingSize: 20, hiddenSizes: [17])),
    summing(ModelConfiguration(vocabularySize: 33, embeddingSize: 20, hiddenSizes: [17, 17, 17])),
    summing(capping(ModelConfiguration(vocabularySize: 33, embeddingSize: 20, hiddenSizes: [17, 17], isTied: true))),
    summing(learning(ModelConfiguration(vocabularySize: 33, embeddingSize: 20, hiddenSizes: [40, 40], cell: .gru))),
  ]

  static func capping(_ model: ModelConfiguration) -> ModelConfiguration {
    var model = model
    model.isInputCapped = true
    return model
  }

  static func summing(_ model: ModelConfiguration) -> ModelConfiguration {
    var model = model
    model.sumsOutputs = true
    return model
  }

  static func normalizing(_ model: ModelConfiguration) -> ModelConfiguration {
    var model = model
    model.isNormalized = true
    return model
  }

  static func learning(_ model: ModelConfiguration) -> ModelConfiguration {
    var model = model
    model.isInitialStateLearned = true
    return model
  }

  /// Random weights, the learned state and the gains among them.
  static func weights(_ model: ModelConfiguration, seed: UInt64) -> Weights {
    var weights = Weights(model, seed: seed, forgetBias: model.isInputCapped ? 0 : 1)
    for entry in weights.layout.entries where ["initial", "gain", "bias_c"].contains(where: entry.name.contains) {
      for (place, index) in entry.range.enumerated() { weights.values[index] += 0.1 * Float(place % 9) - 0.4 }
    }
    return weights
  }

  static func tokens(_ count: Int, of model: ModelConfiguration, seed: UInt64) -> [Int32] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Int32.random(in: 0..<Int32(model.vocabularySize), using: &generator) }
  }

  @Test("logits give the loss of the token that follows", arguments: models)
  func loss(model: ModelConfiguration) async {
    let weights = Self.weights(model, seed: 10), prepared = PreparedWeights(weights, forTraining: false)
    let network = SamplingNetwork(SamplingWeights(weights), lanes: 1), twin = TrainingNetwork(Network(model, steps: 1, lanes: 1))
    for (input, target) in zip(Self.tokens(12, of: model, seed: 11), Self.tokens(12, of: model, seed: 12)) {
      let logits = network.logits(after: [input])
      let loss = await twin.loss(inputs: [input], targets: [target], weights: prepared)
      let row = (0..<model.vocabularySize).map { Double(logits[0, $0]) }
      #expect(abs(ReferenceSoftmax.crossEntropy(row, target: Int(target)) - loss) <= 1e-5)
    }
  }

  @Test("a lane computes bit for bit what it computes alone, with either kernel", arguments: models, [2, 5, 6, 17])
  func lanes(model: ModelConfiguration, lanes: Int) {
    for products in ProductKernel.allCases {
      compareLanes(SamplingWeights(Self.weights(model, seed: 3), products: products), model, lanes: lanes)
    }
  }

  private func compareLanes(_ weights: SamplingWeights, _ model: ModelConfiguration, lanes: Int) {
    let together = SamplingNetwork(weights, lanes: lanes)
    let alone = (0..<lanes).map { _ in SamplingNetwork(weights, lanes: 1) }
    for step in 0..<5 {
      let tokens = Self.tokens(lanes, of: model, seed: UInt64(20 + step))
      let logits = together.logits(after: tokens)
      for lane in 0..<lanes {
        let row = alone[lane].logits(after: [tokens[lane]])
        #expect((0..<model.vocabularySize).allSatisfy { logits[lane, $0].bitPattern == row[0, $0].bitPattern })
      }
    }
  }

  @Test("both kernels compute the same, but for rounding", arguments: models)
  func kernels(model: ModelConfiguration) {
    let weights = Self.weights(model, seed: 10)
    let networks = ProductKernel.allCases.map { SamplingNetwork(SamplingWeights(weights, products: $0), lanes: 1) }
    for token in Self.tokens(8, of: model, seed: 11) {
      let logits = networks.map { $0.logits(after: [token]) }
      for column in 0..<model.vocabularySize { #expect(abs(logits[0][0, column] - logits[1][0, column]) <= 1e-5) }
    }
  }

  @Test("several workers compute bit for bit what one does", arguments: [2, 3], ProductKernel.allCases)
  func workers(workers: Int, products: ProductKernel) {
    for lanes in [1, 2] { compareWorkers(workers, lanes: lanes, products) }
  }

  private func compareWorkers(_ workers: Int, lanes: Int, _ products: ProductKernel) {
    // Products of a layer and of the decoder that are long enough to be shared.
    let model = ModelConfiguration(vocabularySize: 900, embeddingSize: 170, hiddenSize: 200, layerCount: 2)
    let weights = SamplingWeights(Weights(model, seed: 3), products: products)
    let shared = SamplingNetwork(weights, lanes: lanes, workers: workers), alone = SamplingNetwork(weights, lanes: lanes)
    for step in 0..<20 {
      let tokens = Self.tokens(lanes, of: model, seed: UInt64(20 + step))
      let logits = shared.logits(after: tokens), expected = alone.logits(after: tokens)
      for lane in 0..<lanes {
        #expect((0..<model.vocabularySize).allSatisfy { logits[lane, $0].bitPattern == expected[lane, $0].bitPattern })
      }
    }
  }

  @Test func `a state that is copied goes on as the one it was copied from`() {
    let model = Self.models[0], weights = SamplingWeights(Weights(model, seed: 3))
    let network = SamplingNetwork(weights, lanes: 3), alone = SamplingNetwork(weights, lanes: 1)
    _ = network.logits(after: [1, 2, 3])
    _ = alone.logits(after: [3])
    network.copyState(from: 2, to: 0)
    network.copyState(from: 1, to: 1)
    let logits = network.logits(after: [5, 6]), row = alone.logits(after: [5])
    #expect((0..<7).allSatisfy { logits[0, $0] == row[0, $0] })
  }
}
