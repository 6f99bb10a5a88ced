import Kernels
import Testing

@Suite("Dropout masks") struct DropoutTests {
  @Test("elements are the twin's, whatever the cut", arguments: [Float(0), 0.1, 0.5, 0.9], [UInt64(0), 7, .max, 0x1234_5678_9abc_def0])
  func agreesWithTwin(probability: Float, key: UInt64) {
    let drop = Dropout(probability: probability, key: key)
    let mask = Matrix(rows: 5, columns: 37, padding: 2)
    drop.fill(mask, first: 1_000)
    let x = randomMatrix(rows: 5, columns: 37, seed: 71), y = Matrix(rows: 5, columns: 37)
    drop.apply(to: x.view, first: 1_000, into: y)
    for row in 0..<5 {
      for column in 0..<37 {
        let index = 1_000 + row * 37 + column
        let expected = ReferenceDropout.element(index, probability: probability, key: key)
        #expect(mask[row, column] == expected && drop.element(index) == expected)
        #expect(y[row, column] == x[row, column] * expected)
      }
    }
  }

  @Test("the share that is dropped is the probability", arguments: [Float(0.05), 0.3, 0.5, 0.8], [UInt64(1), 2, 3])
  func share(probability: Float, key: UInt64) {
    let mask = Matrix(rows: 100, columns: 1_000)
    Dropout(probability: probability, key: key).fill(mask, first: 0)
    let dropped = (0..<100_000).count { mask[$0 / 1_000, $0 % 1_000] == 0 }
    // Five standard deviations of a binomial law.
    let deviation = (100_000 * Double(probability) * (1 - Double(probability))).squareRoot()
    #expect(abs(Double(dropped) - 100_000 * Double(probability)) <= 5 * deviation)
    // Neighbouring elements are independent: as many pairs are dropped as chance would have it.
    let pairs = (0..<99_999).count { mask[$0 / 1_000, $0 % 1_000] == 0 && mask[($0 + 1) / 1_000, ($0 + 1) % 1_000] == 0 }
    let share = Double(probability) * Double(probability)
    #expect(abs(Double(pairs) - 99_999 * share) <= 8 * (99_999 * share).squareRoot())
  }

  @Test func `neighbouring keys give masks that agree no more than by chance`() {
    let one = Matrix(rows: 1, columns: 50_000), other = Matrix(rows: 1, columns: 50_000)
    for key in [UInt64(0), 5, 1 << 32] {
      Dropout(probability: 0.5, key: key).fill(one, first: 0)
      Dropout(probability: 0.5, key: key + 1).fill(other, first: 0)
      let agreeing = (0..<50_000).count { one[0, $0] == other[0, $0] }
      #expect(abs(agreeing - 25_000) <= 5 * 112)
    }
  }

  @Test func `rows are multiplied by those of a mask, one time step after the other`() {
    let x = randomMatrix(rows: 6, columns: 5, seed: 72), factors = randomMatrix(rows: 2, columns: 5, seed: 73)
    let y = Matrix(rows: 6, columns: 5)
    Rows.multiply(x.view, by: factors.view, into: y)
    for row in 0..<6 { for column in 0..<5 { #expect(y[row, column] == x[row, column] * factors[row % 2, column]) } }
  }
}
