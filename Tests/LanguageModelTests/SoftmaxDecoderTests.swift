import Basics
import Kernels
import LanguageModel
import Testing

@Suite("Softmax decoder") struct SoftmaxDecoderTests {
  static let configuration = ModelConfiguration(vocabularySize: 23, embeddingSize: 3, hiddenSize: 5, layerCount: 1)

  static func matrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    let matrix = Matrix(rows: rows, columns: columns)
    for row in 0..<rows {
      for column in 0..<columns { matrix[row, column] = generator.uniform() - 0.5 }
    }
    return matrix
  }

  @Test("more rows than a block are the sum of their blocks, in loss and every gradient", arguments: [257, 300, 512, 700])
  func blocks(rows: Int) {
    let hidden = Self.matrix(rows, 5, seed: 1).view, weight = Self.matrix(23, 5, seed: 2).view, bias = Self.matrix(1, 23, seed: 3).view
    let targets = (0..<rows).map { Int32($0 % 23) }
    let decoder = SoftmaxDecoder(positions: rows, configuration: Self.configuration)
    func run(_ range: Range<Int>) -> (loss: Double, hidden: Matrix, weight: Matrix, bias: Matrix) {
      let dh = Matrix(rows: range.count, columns: 5), dw = Matrix(rows: 23, columns: 5), db = Matrix(rows: 1, columns: 23)
      let loss = decoder.lossAndGradients(
        hidden: hidden.block(rows: range), targets: Array(targets[range]), weight: weight, bias: bias, scale: 0.01, hiddenGradient: dh,
        weightGradient: dw, biasGradient: db)
      return (loss, dh, dw, db)
    }
    let whole = run(0..<rows)
    // Parts that are no longer than a block each.
    let parts = stride(from: 0, to: rows, by: 100).map { ($0, run($0..<min($0 + 100, rows))) }
    #expect(abs(whole.loss - parts.reduce(0) { $0 + $1.1.loss }) <= 0x1p-22 * whole.loss)
    // Sums of `rows` products below 0.01 each.
    let tolerance = Double(rows) * 0x1p-24 * 0.01 * Double(rows)
    for column in 0..<5 {
      for token in 0..<23 {
        let sum = parts.reduce(0.0) { $0 + Double($1.1.weight[token, column]) }
        #expect(abs(Double(whole.weight[token, column]) - sum) <= tolerance)
      }
      for (start, part) in parts {
        for row in 0..<part.hidden.rows { #expect(abs(whole.hidden[start + row, column] - part.hidden[row, column]) <= 0x1p-24) }
      }
    }
    for token in 0..<23 {
      let sum = parts.reduce(0.0) { $0 + Double($1.1.bias[0, token]) }
      #expect(abs(Double(whole.bias[0, token]) - sum) <= tolerance)
    }
  }
}
