import Foundation
import Kernels
import LanguageModel
import Testing

@Suite("Weights") struct WeightsTests {
  static let configuration = ModelConfiguration(vocabularySize: 7, embeddingSize: 3, hiddenSize: 5, layerCount: 2)

  @Test func `tensors follow one another on 64-byte boundaries under PyTorch's names`() {
    let layout = ParameterLayout(Self.configuration)
    #expect(
      layout.entries.map(\.name) == [
        "embedding.weight", "lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0", "lstm.weight_ih_l1", "lstm.weight_hh_l1",
        "lstm.bias_ih_l1", "decoder.weight", "decoder.bias",
      ])
    #expect(layout.entries.allSatisfy { $0.range.lowerBound % 16 == 0 && $0.range.count == $0.shape.reduce(1, *) })
    #expect(layout.entries.map(\.range.count).reduce(0, +) == Self.configuration.parameterCount)
    #expect(zip(layout.entries, layout.entries.dropFirst()).allSatisfy { $0.range.upperBound <= $1.range.lowerBound })
  }

  @Test("a tied decoder has no weight of its own, and a projection where sizes differ", arguments: [3, 5])
  func tied(embedding: Int) {
    let configuration = ModelConfiguration(vocabularySize: 7, embeddingSize: embedding, hiddenSize: 5, layerCount: 1, isTied: true)
    let weights = Weights(configuration, seed: 3), layout = weights.layout
    let projection = embedding == 5 ? [] : ["projection.weight"]
    #expect(
      layout.entries.map(\.name)
        == ["embedding.weight", "lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0"] + projection + ["decoder.bias"])
    #expect(layout[.decoderWeight] == layout[.embedding] && layout.isTied)
    #expect(layout.entries.map(\.range.count).reduce(0, +) == configuration.parameterCount)
    #expect(weights.values[layout[.embedding].range].allSatisfy { abs($0) <= 0.1 && $0 != 0 })
  }

  @Test func `layers of different sizes are modules of their own`() {
    let configuration = ModelConfiguration(vocabularySize: 7, embeddingSize: 3, hiddenSizes: [5, 4])
    let layout = ParameterLayout(configuration)
    #expect(
      layout.entries.map { "\($0.name) \($0.shape)" } == [
        "embedding.weight [7, 3]", "lstm.0.weight_ih_l0 [20, 3]", "lstm.0.weight_hh_l0 [20, 5]", "lstm.0.bias_ih_l0 [20]",
        "lstm.1.weight_ih_l0 [16, 5]", "lstm.1.weight_hh_l0 [16, 4]", "lstm.1.bias_ih_l0 [16]", "decoder.weight [7, 4]",
        "decoder.bias [7]",
      ])
    #expect(layout.entries.map(\.range.count).reduce(0, +) == configuration.parameterCount)
  }

  @Test("a GRU and a plain cell have PyTorch's names and shapes", arguments: [(RecurrentCell.gru, 3, 4), (.rnn, 1, 1)])
  func cells(cell: RecurrentCell, gates: Int, biases: Int) {
    let configuration = ModelConfiguration(vocabularySize: 7, embeddingSize: 3, hiddenSize: 5, layerCount: 2, cell: cell)
    let layout = ParameterLayout(configuration)
    #expect(
      layout.entries.map { "\($0.name) \($0.shape)" } == [
        "embedding.weight [7, 3]", "\(cell).weight_ih_l0 [\(5 * gates), 3]", "\(cell).weight_hh_l0 [\(5 * gates), 5]",
        "\(cell).bias_ih_l0 [\(5 * biases)]", "\(cell).weight_ih_l1 [\(5 * gates), 5]", "\(cell).weight_hh_l1 [\(5 * gates), 5]",
        "\(cell).bias_ih_l1 [\(5 * biases)]", "decoder.weight [7, 5]", "decoder.bias [7]",
      ])
    #expect(layout.entries.map(\.range.count).reduce(0, +) == configuration.parameterCount)
    #expect(Weights(configuration, seed: 1).values[layout[.bias(layer: 1)].range].allSatisfy { $0 == 0 })
  }

  @Test func `with counts, a model begins as one of frequencies`() {
    let counts = [9, 0, 4, 0, 3, 0, 0]
    let plain = Weights(Self.configuration, seed: 3), weights = Weights(Self.configuration, seed: 3, tokenCounts: counts)
    let bias = weights.layout[.decoderBias].range
    // 16 tokens and one more of each of the 7.
    for (index, count) in zip(bias, counts) { #expect(abs(exp(weights.values[index]) - Float(count + 1) / 23) < 1e-7) }
    #expect(plain.values[bias].allSatisfy { $0 == 0 })
    #expect((0..<plain.values.count).allSatisfy { bias.contains($0) || plain.values[$0] == weights.values[$0] })
  }

  @Test(
    "layer normalisation has a gain of 1 for each product, and for an LSTM's cell",
    arguments: [
      (RecurrentCell.lstm, ["gain_ih_l0 [20]", "gain_hh_l0 [20]", "gain_c_l0 [5]", "bias_c_l0 [5]"]),
      (.gru, ["gain_ih_l0 [15]", "gain_hh_l0 [15]"]), (.rnn, ["gain_ih_l0 [5]"]),
    ])
  func normalization(cell: RecurrentCell, expected: [String]) throws {
    var configuration = ModelConfiguration(vocabularySize: 7, embeddingSize: 3, hiddenSize: 5, layerCount: 1, cell: cell)
    let plain = ParameterLayout(configuration)
    configuration.isNormalized = true
    let weights = Weights(configuration, seed: 1, range: 0.5), layout = weights.layout
    #expect(layout.entries.map(\.range.count).reduce(0, +) == configuration.parameterCount)
    let added = layout.entries.filter { entry in !plain.entries.contains { $0.name == entry.name } }
    #expect(added.map { "\($0.name) \($0.shape)" } == expected.map { "\(cell).\($0)" })
    for entry in added { #expect(weights.values[entry.range].allSatisfy { $0 == (entry.name.contains("gain") ? 1 : 0) }) }
    #expect(try JSONDecoder().decode(ModelConfiguration.self, from: JSONEncoder().encode(configuration)) == configuration)
  }

  @Test("sizes are a number or a list in JSON", arguments: [([5, 5], #""hidden":5"#), ([5, 4], #""hidden":[5,4]"#)])
  func json(hidden: [Int], text: String) throws {
    let configuration = ModelConfiguration(vocabularySize: 7, embeddingSize: 3, hiddenSizes: hidden)
    let data = try JSONEncoder().encode(configuration)
    #expect(String(decoding: data, as: UTF8.self).contains(text))
    #expect(try JSONDecoder().decode(ModelConfiguration.self, from: data) == configuration)
    let more = String(decoding: data, as: UTF8.self).replacing(#""layers":2"#, with: #""layers":3"#)
    let decoded = Result { try JSONDecoder().decode(ModelConfiguration.self, from: Data(more.utf8)) }
    // A number is for any number of layers, a list for its own.
    #expect((try? decoded.get().layerCount) == (hidden == [5, 5] ? 3 : nil))
  }

  @Test func `initial weights are a function of the seed, and the forget gate starts open`() {
    let a = Weights(Self.configuration, seed: 3), b = Weights(Self.configuration, seed: 3), c = Weights(Self.configuration, seed: 4)
    #expect(a.values.isBitwiseEqual(to: b.values))
    #expect(!a.values.isBitwiseEqual(to: c.values))
    let bias = a.matrix(.bias(layer: 1))
    #expect((0..<20).map { bias[0, $0] } == Array(repeating: 0, count: 5) + Array(repeating: 1, count: 5) + Array(repeating: 0, count: 10))
    let bound = 1 / Float(5).squareRoot()
    let recurrent = a.matrix(.recurrentWeight(layer: 0))
    let values = (0..<20).flatMap { row in (0..<5).map { recurrent[row, $0] } }
    #expect(values.allSatisfy { abs($0) <= bound } && values.contains { abs($0) > bound / 2 })
  }

  @Test func `range and forget bias may be given`() {
    let weights = Weights(Self.configuration, seed: 3, range: 0.02, forgetBias: -2.5)
    for entry in weights.layout.entries {
      let values = weights.values[entry.range]
      switch entry.parameter {
      case .bias: #expect(values == (0..<20).map { (5..<10).contains($0) ? -2.5 : 0 })
      case .decoderBias: #expect(values.allSatisfy { $0 == 0 })
      default: #expect(values.allSatisfy { abs($0) <= 0.02 } && values.contains { abs($0) > 0.01 })
      }
    }
  }

  @Test(
    "sizes that make no model are refused in one sentence",
    arguments: [
      (
        ModelConfiguration(vocabularySize: 7, embeddingSize: 3, hiddenSize: 0, layerCount: 1),
        "\"hidden\" must be from 1 to 1048576, but is 0; choose another value."
      ),
      (
        ModelConfiguration(vocabularySize: 7, embeddingSize: -3, hiddenSize: 4, layerCount: 1),
        "\"embedding\" must be from 1 to 1048576, but is -3; choose another value."
      ),
      (
        ModelConfiguration(vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layerCount: 65),
        "\"layers\" must be from 1 to 64, but is 65; choose another value."
      ),
      (
        ModelConfiguration(vocabularySize: 1 << 20, embeddingSize: 1 << 20, hiddenSize: 4, layerCount: 1),
        "these sizes make 1,099,533,647,952 weights, more than 2^34; choose a smaller vocabulary, embedding or hidden size."
      ),
    ])
  func invalid(configuration: ModelConfiguration, message: String) {
    let error = #expect(throws: ModelError.self) { try configuration.validate() }
    #expect(error?.description == message)
  }
}
