import Kernels
import Testing

@Suite("Softmax and cross-entropy") struct SoftmaxCrossEntropyTests {
  @Test("loss and gradient agree with the twin", arguments: [1, 2, 15, 16, 17, 97, 1_031])
  func agreesWithTwin(size: Int) {
    let rows = 3
    let logits = randomMatrix(rows: rows, columns: size, seed: 21), before = randomMatrix(rows: rows, columns: size, seed: 21)
    for column in 0..<size {
      logits[1, column] *= 40
      before[1, column] *= 40
    }
    let bias = randomMatrix(rows: 1, columns: size, padding: 0, seed: 22)
    let targets: [Int32] = [0, Int32(size / 2), Int32(size - 1)]
    let biasGradient = Matrix(rows: 1, columns: size)
    biasGradient.fill(0.5)
    let sum = SoftmaxCrossEntropy.sum(logits: logits, bias: bias.view, targets: targets[...], gradient: (0.25, biasGradient))
    var expectedSum = 0.0, expectedBias = [Double](repeating: 0.5, count: size)
    // Logits of up to 41 are rounded to 41 x round-off, which exp turns into a relative error; exp and the sums add a few more.
    let tolerance = 64 * roundOff
    for row in 0..<rows {
      let x = (0..<size).map { Double(before[row, $0]) + Double(bias[0, $0]) }
      expectedSum += ReferenceSoftmax.crossEntropy(x, target: Int(targets[row]))
      for (column, probability) in ReferenceSoftmax.probabilities(x).enumerated() {
        let expected = 0.25 * (probability - (column == Int(targets[row]) ? 1 : 0))
        #expect(abs(Double(logits[row, column]) - expected) <= tolerance)
        expectedBias[column] += expected
      }
    }
    #expect(abs(sum - expectedSum) <= Double(rows) * 2 * tolerance)
    for column in 0..<size { #expect(abs(Double(biasGradient[0, column]) - expectedBias[column]) <= Double(rows) * tolerance) }
  }

  @Test func `a target below 0 counts for nothing`() {
    let logits = randomMatrix(rows: 2, columns: 9, seed: 23), bias = Matrix(rows: 1, columns: 9)
    let biasGradient = Matrix(rows: 1, columns: 9)
    let both = SoftmaxCrossEntropy.sum(logits: logits, bias: bias.view, targets: [-1, -1], gradient: (1, biasGradient))
    #expect(both == 0 && (0..<9).allSatisfy { biasGradient[0, $0] == 0 })
    #expect((0..<9).allSatisfy { logits[0, $0] == 0 && logits[1, $0] == 0 })
  }
}
