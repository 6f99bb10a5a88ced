import Kernels
import LanguageModel
import Testing

@Suite("Weights for a larger vocabulary") struct WeightsGrowingTests {
  static let weights = weights(isTied: false)
  static func weights(isTied: Bool) -> Weights {
    Weights(ModelConfiguration(vocabularySize: 5, embeddingSize: 3, hiddenSize: 4, layerCount: 2, isTied: isTied), seed: 7)
  }

  @Test("old rows are kept bit for bit, new ones are the mean", arguments: [5, 6, 9], [false, true])
  func grown(size: Int, isTied: Bool) {
    let old = Self.weights(isTied: isTied), new = old.grown(toVocabulary: size)
    #expect(new.configuration.vocabularySize == size && new.configuration.hiddenSizes == [4, 4])
    for entry in new.layout.entries {
      let before = old.values[old.layout[entry.parameter].range], after = new.values[entry.range]
      #expect(Array(after.prefix(before.count)) == before)
      let width = before.count / 5
      for (index, value) in after.dropFirst(before.count).enumerated() {
        let column = stride(from: index % width, to: before.count, by: width).map { Double(before[$0]) }
        #expect(value == Float(column.reduce(0, +) / 5))
      }
    }
  }

  @Test("control tokens keep their rows behind those of the new words", arguments: [5, 6, 9], [false, true])
  func controls(size: Int, isTied: Bool) {
    var configuration = Self.weights(isTied: isTied).configuration
    configuration.controlCount = 3
    let old = Weights(configuration, seed: 7), new = old.grown(toVocabulary: size)
    #expect(new.configuration.controlCount == 3 && new.layout[.embedding].shape == [size + 3, 3])
    #expect(new.layout[.decoderWeight].shape == [size, isTied ? 3 : 4])
    let before = old.values[old.layout[.embedding].range], after = new.values[new.layout[.embedding].range]
    #expect(Array(after.prefix(5 * 3)) == Array(before.prefix(5 * 3)) && Array(after.suffix(9)) == Array(before.suffix(9)))
    for (index, value) in after.dropFirst(15).dropLast(9).enumerated() {
      let column = stride(from: index % 3, to: 15, by: 3).map { Double(before[$0]) }
      #expect(value == Float(column.reduce(0, +) / 5))
    }
  }

  @Test func `the parts of tied weights are told as they are`() {
    let weights = Self.weights(isTied: true)
    #expect(
      weights.change(since: weights).map(\.part) == ["embedding and decoder", "layer 1", "layer 2", "projection", "decoder bias"])
  }

  @Test func `the change is the norm of the difference beside the norm`() {
    var moved = Self.weights
    #expect(moved.change(since: Self.weights).map(\.relative) == [0, 0, 0, 0])
    let range = moved.layout[.recurrentWeight(layer: 1)].range
    moved.add([Float](repeating: 0.5, count: range.count), to: range)
    let change = moved.change(since: Self.weights)
    #expect(
      change.map(\.part) == ["embedding", "layer 1", "layer 2", "decoder"] && change.map { $0.relative > 0 } == [false, false, true, false])
    let layer = [Parameter.inputWeight(layer: 1), .recurrentWeight(layer: 1), .bias(layer: 1)].flatMap {
      Self.weights.values[Self.weights.layout[$0].range]
    }
    let norm = layer.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(abs(change[2].relative - (0.25 * Double(range.count)).squareRoot() / norm) < 1e-6)
  }
}
