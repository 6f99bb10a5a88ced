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

  @Test("forward agrees with the twin", arguments: shapes, [false, true])
  func forward(shape: (lanes: Int, units: Int), isInputCapped: Bool) {
    let before = State(shape.lanes, shape.units), after = State(shape.lanes, shape.units)
    LSTMGates.forward(
      gates: after.gates, isInputCapped: isInputCapped, bias: after.bias.view, previousCell: after.previous.view, cell: after.cell,
      hidden: after.hidden)
    for lane in 0..<shape.lanes {
      for unit in 0..<shape.units {
        let z = (0..<4).map { Double(before.gates[lane, $0 * shape.units + unit]) + Double(before.bias[0, $0 * shape.units + unit]) }
        let expected = ReferenceLSTM.cell(
          z: .init(input: z[0], forget: z[1], candidate: z[2], output: z[3]), previousCell: Double(before.previous[lane, unit]),
          isInputCapped: isInputCapped)
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

  @Test("backward agrees with the twin", arguments: shapes, [false, true])
  func backward(shape: (lanes: Int, units: Int), isInputCapped: Bool) {
    let before = State(shape.lanes, shape.units), after = State(shape.lanes, shape.units)
    let dc = randomMatrix(rows: shape.lanes, columns: shape.units, padding: 1, seed: 16)
    let dcBefore = randomMatrix(rows: shape.lanes, columns: shape.units, padding: 1, seed: 16)
    let biasGradient = Matrix(rows: 1, columns: 4 * shape.units)
    biasGradient.fill(0.5)
    LSTMGates.backward(
      gates: after.gates, isInputCapped: isInputCapped, cell: after.cell, previousCell: after.previous.view,
      hiddenGradient: after.hidden.view, cellGradient: dc, biasGradient: biasGradient)
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
          hiddenGradient: Double(before.hidden[lane, unit]), cellGradient: Double(dcBefore[lane, unit]), isInputCapped: isInputCapped)
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

  @Test("a capped gate is 1 - f where it would be more, and has no gradient there", arguments: [false, true])
  func cap(isNormalized: Bool) {
    let lanes = 9, units = 40
    let capped = State(lanes, units), plain = State(lanes, units), gain = Matrix(rows: 1, columns: units)
    gain.fill(1)
    let normalization = NormalizedLSTMGates.CellNormalization(gain: gain.view, bias: gain.view)
    for (state, isInputCapped) in [(capped, true), (plain, false)] {
      if isNormalized {
        NormalizedLSTMGates.forward(
          gates: state.gates, isInputCapped: isInputCapped, bias: state.bias.view, normalization: normalization,
          previousCell: state.previous.view, cell: state.cell, hidden: state.hidden)
      } else {
        LSTMGates.forward(
          gates: state.gates, isInputCapped: isInputCapped, bias: state.bias.view, previousCell: state.previous.view, cell: state.cell,
          hidden: state.hidden)
      }
    }
    var isCapped: [Bool] = []
    for lane in 0..<lanes {
      for unit in 0..<units {
        let own = plain.gates[lane, unit], room = 1 - plain.gates[lane, units + unit]
        #expect(capped.gates[lane, unit] == min(own, room))
        #expect((units..<4 * units).allSatisfy { capped.gates[lane, $0] == plain.gates[lane, $0] })
        // At a tie 1 - f decides.
        isCapped.append(own >= room)
      }
    }
    #expect(isCapped.count { $0 } > 100 && isCapped.count { !$0 } > 100, "both sides of the cap are met")
    let gradient = randomMatrix(rows: lanes, columns: units, seed: 17), bias = Matrix(rows: 1, columns: 4 * units)
    let cellGradient = randomMatrix(rows: lanes, columns: units, seed: 18)
    if isNormalized {
      NormalizedLSTMGates.backward(
        gates: capped.gates, isInputCapped: true, normalization: normalization, cell: capped.cell, previousCell: capped.previous.view,
        hiddenGradient: gradient.view, cellGradient: cellGradient, biasGradient: bias,
        normalizationGradient: .init(gain: Matrix(rows: 1, columns: units), bias: Matrix(rows: 1, columns: units)),
        scratch: Matrix(rows: 1, columns: units))
    } else {
      LSTMGates.backward(
        gates: capped.gates, isInputCapped: true, cell: capped.cell, previousCell: capped.previous.view, hiddenGradient: gradient.view,
        cellGradient: cellGradient, biasGradient: bias)
    }
    for (place, isCapped) in isCapped.enumerated() {
      #expect((capped.gates[place / units, place % units] == 0) == isCapped)
    }
  }

  @Test func `a gate that is no number stays none under the cap`() {
    let state = State(1, 8)
    state.gates[0, 3] = .nan
    LSTMGates.forward(
      gates: state.gates, isInputCapped: true, bias: state.bias.view, previousCell: state.previous.view, cell: state.cell,
      hidden: state.hidden)
    #expect(state.gates[0, 3].isNaN && state.cell[0, 3].isNaN && !state.cell[0, 2].isNaN)
  }
}
