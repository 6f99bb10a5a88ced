import Kernels
import Testing

@Suite("LSTM gates") struct LSTMGatesTests {
  static let shapes = [(1, 1), (1, 19), (3, 1), (2, 16), (16, 5), (17, 31), (33, 64)]

  struct State {
    let gates, cell, previous, hidden: Matrix
    let bias: Matrix

    init(_ lanes: Int, _ units: Int) {
      gates = randomMatrix(rows: lanes, columns: 4 * units, seed: 11)
      previous = randomMatrix(rows: lanes, columns: units, seed: 12)
      cell = randomMatrix(rows: lanes, columns: units, seed: 13)
      hidden = randomMatrix(rows: lanes, columns: units, seed: 14)
      bias = randomMatrix(rows: 1, columns: 4 * units, padding: 0, seed: 15)
    }
  }

  @Test("forward agrees with the twin", arguments: shapes)
  func forward(shape: (lanes: Int, units: Int)) {
    let before = State(shape.lanes, shape.units), after = State(shape.lanes, shape.units)
    LSTMGates.forward(
      gates: after.gates, bias: after.bias.view, previousCell: after.previous.view, cell: after.cell, hidden: after.hidden)
    for lane in 0..<shape.lanes {
      for unit in 0..<shape.units {
        let z = (0..<4).map { Double(before.gates[lane, $0 * shape.units + unit]) + Double(before.bias[0, $0 * shape.units + unit]) }
        let expected = ReferenceLSTM.cell(
          z: .init(input: z[0], forget: z[1], candidate: z[2], output: z[3]), previousCell: Double(before.previous[lane, unit]))
        // The sum z + b is rounded once (|z| < 2), a gate within 8 ulp, then two products and a sum.
        let tolerance = 24 * roundOff
        let found = (0..<4).map { Double(after.gates[lane, $0 * shape.units + unit]) }
        #expect(abs(found[0] - expected.gates.input) <= tolerance)
        #expect(abs(found[1] - expected.gates.forget) <= tolerance)
        #expect(abs(found[2] - expected.gates.candidate) <= tolerance)
        #expect(abs(found[3] - expected.gates.output) <= tolerance)
        #expect(abs(Double(after.cell[lane, unit]) - expected.cell) <= 2 * tolerance)
        #expect(abs(Double(after.hidden[lane, unit]) - expected.hidden) <= 3 * tolerance)
      }
    }
  }

  @Test("backward agrees with the twin", arguments: shapes)
  func backward(shape: (lanes: Int, units: Int)) {
    let before = State(shape.lanes, shape.units), after = State(shape.lanes, shape.units)
    let dc = randomMatrix(rows: shape.lanes, columns: shape.units, padding: 1, seed: 16)
    let dcBefore = randomMatrix(rows: shape.lanes, columns: shape.units, padding: 1, seed: 16)
    let biasGradient = Matrix(rows: 1, columns: 4 * shape.units)
    biasGradient.fill(0.5)
    LSTMGates.backward(
      gates: after.gates, cell: after.cell, previousCell: after.previous.view, hiddenGradient: after.hidden.view, cellGradient: dc,
      biasGradient: biasGradient)
    for column in 0..<4 * shape.units {
      let exact = (0..<shape.lanes).reduce(0.5) { $0 + Double(after.gates[$1, column]) }
      #expect(abs(Double(biasGradient[0, column]) - exact) <= Double(shape.lanes * (2 * shape.lanes + 1)) * roundOff)
    }
    for lane in 0..<shape.lanes {
      for unit in 0..<shape.units {
        let gate = (0..<4).map { Double(before.gates[lane, $0 * shape.units + unit]) }
        let expected = ReferenceLSTM.cellGradient(
          gates: .init(input: gate[0], forget: gate[1], candidate: gate[2], output: gate[3]),
          cell: Double(before.cell[lane, unit]), previousCell: Double(before.previous[lane, unit]),
          hiddenGradient: Double(before.hidden[lane, unit]), cellGradient: Double(dcBefore[lane, unit]))
        // Factors are at most 2 in magnitude; tanh within 8 ulp, then up to six roundings.
        let tolerance = 4 * 24 * roundOff
        let found = (0..<4).map { Double(after.gates[lane, $0 * shape.units + unit]) }
        #expect(abs(found[0] - expected.z.input) <= tolerance)
        #expect(abs(found[1] - expected.z.forget) <= tolerance)
        #expect(abs(found[2] - expected.z.candidate) <= tolerance)
        #expect(abs(found[3] - expected.z.output) <= tolerance)
        #expect(abs(Double(dc[lane, unit]) - expected.previousCellGradient) <= tolerance)
      }
    }
  }
}
