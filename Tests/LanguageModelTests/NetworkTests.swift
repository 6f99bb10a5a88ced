import Kernels
import LanguageModel
import Testing

@Suite("Network") struct NetworkTests {
  static let configuration = ModelConfiguration(vocabularySize: 300, embeddingSize: 9, hiddenSize: 16, layerCount: 2)

  func tokens(_ count: Int, seed: UInt64) -> [Int32] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Int32.random(in: 0..<300, using: &generator) }
  }

  @Test func `two windows with the state carried over are one window of their length`() {
    let weights = PreparedWeights(Weights(Self.configuration, seed: 4), forTraining: false)
    let lanes = 3, inputs = tokens(10 * lanes, seed: 5), targets = tokens(10 * lanes, seed: 6)
    let whole = Network(Self.configuration, steps: 10, lanes: lanes)
    let halves = Network(Self.configuration, steps: 6, lanes: lanes)
    let expected = whole.loss(inputs: inputs, targets: targets, weights: weights)
    let cut = 6 * lanes
    let first = halves.loss(inputs: Array(inputs[..<cut]), targets: Array(targets[..<cut]), weights: weights)
    let second = halves.loss(inputs: Array(inputs[cut...]), targets: Array(targets[cut...]), weights: weights)
    #expect(abs(first + second - expected) <= 0x1p-22 * expected)
    // Without the state the second half is another sequence.
    halves.resetState()
    #expect(halves.loss(inputs: Array(inputs[cut...]), targets: Array(targets[cut...]), weights: weights) != second)
  }

  @Test func `a softmax over more rows than a block is the sum of its blocks`() {
    // 300 positions are more than one block; the loss of each position alone must add up to the whole.
    let weights = PreparedWeights(Weights(Self.configuration, seed: 7), forTraining: false)
    let inputs = tokens(300, seed: 8), targets = tokens(300, seed: 9)
    let whole = Network(Self.configuration, steps: 1, lanes: 300).loss(inputs: inputs, targets: targets, weights: weights)
    let single = Network(Self.configuration, steps: 1, lanes: 1)
    var sum = 0.0
    for (input, target) in zip(inputs, targets) {
      single.resetState()
      sum += single.loss(inputs: [input], targets: [target], weights: weights)
    }
    #expect(abs(whole - sum) <= 0x1p-20 * sum)
  }
}
