import Basics
import Kernels
import Testing

@Suite("Choosing a token") struct TokenChoiceTests {
  /// Around the sizes of vectors and blocks.
  static let sizes = [1, 2, 15, 16, 17, 255, 256, 257, 700, 1024]

  static func row(_ values: [Float]) -> Matrix {
    let row = Matrix(rows: 1, columns: values.count)
    for (column, value) in values.enumerated() { row[0, column] = value }
    return row
  }

  @Test("probabilities sum to one and sharpen as it gets colder", arguments: sizes)
  func softmax(size: Int) {
    let logits = randomFloats(size, seed: 24, scale: 3)
    func probabilities(temperature: Float) -> [Float] {
      let row = Self.row(logits)
      TokenChoice.softmax(row, temperature: temperature)
      return (0..<size).map { row[0, $0] }
    }
    let warm = probabilities(temperature: 1), cold = probabilities(temperature: 0.25)
    #expect(abs(warm.reduce(0) { $0 + Double($1) } - 1) <= Double(size + 8) * roundOff)
    #expect((cold.max() ?? 0) >= (warm.max() ?? 1))
    let expected = ReferenceSoftmax.probabilities(logits.map { Double($0) / 0.25 })
    for (found, exact) in zip(cold, expected) { #expect(abs(Double(found) - exact) <= 64 * roundOff) }
  }

  @Test("the largest, and where it stands", arguments: sizes)
  func search(size: Int) {
    let values = randomFloats(size, seed: 31), row = Self.row(values).view
    #expect(TokenChoice.largest(row) == values.max())
    for limit in [values.max() ?? 0, 0.9, 0, -2, 2] {
      for start in [0, 1, size / 2, size - 1, size, size + 3] {
        #expect(TokenChoice.find(atLeast: limit, in: row, from: start) == ReferenceChoice.find(atLeast: limit, in: values, from: start))
      }
      let exact = ReferenceChoice.sum(atLeast: limit, in: values)
      // Sums of Doubles: far less than a rounding of Float.
      #expect(abs(TokenChoice.sum(atLeast: limit, in: row) - exact) <= Double(size) * 0x1p-50)
    }
  }

  @Test("a draw falls to the column that covers it, and never to one without a share", arguments: sizes)
  func draw(size: Int) {
    var values = randomFloats(size, seed: 32).map { max(0, $0) }
    values[size / 3] = 0.5
    let row = Self.row(values).view, total = values.reduce(0) { $0 + Double($1) }
    var generator = SeededGenerator(seed: 33)
    for uniform in [0, 0x1p-53, 0.5, 1 - 0x1p-53] + (0..<200).map({ _ in generator.uniformDouble() }) {
      let found = TokenChoice.draw(row, uniform: uniform), exact = ReferenceChoice.draw(values, uniform: uniform)
      if let found, let exact, found != exact {
        // Only where the draw falls on the border between two, to the rounding of the sums.
        let border = values[...min(found, exact)].reduce(0) { $0 + Double($1) }
        #expect(abs(border - uniform * total) <= Double(size) * 0x1p-50)
      } else {
        #expect(found == exact)
      }
      if let found { #expect(values[found] > 0) }
    }
  }

  @Test func `where nothing has a share, nothing is drawn`() {
    for size in Self.sizes { #expect(TokenChoice.draw(Matrix(rows: 1, columns: size).view, uniform: 0.3) == nil) }
  }
}
