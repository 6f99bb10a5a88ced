import Kernels
import Testing

@Suite("Layer normalisation") struct LayerNormalizationTests {
  /// Around the 32 partial sums, and far from 0 in the mean.
  static let shapes = [(1, 1), (1, 19), (3, 2), (2, 32), (5, 33), (4, 65), (3, 200)]

  static func row(_ matrix: Matrix, _ row: Int) -> [Double] { (0..<matrix.columns).map { Double(matrix[row, $0]) } }

  static func close(_ found: [Double], _ expected: [Double], _ tolerance: Double) -> Bool {
    found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance }
  }

  /// Values in -1..<1 have a deviation of about 0.6: a mean and a variance are off by n roundings at most, and the scale with them.
  static func tolerance(_ columns: Int, scale: Double) -> Double { Double(columns + 16) * roundOff * (1 + scale) * (1 + scale) }

  @Test("forward agrees with the twin, adding or not", arguments: shapes, [false, true])
  func forward(shape: (rows: Int, columns: Int), adds: Bool) {
    func values() -> Matrix { randomMatrix(rows: shape.rows, columns: shape.columns, seed: 41) }
    let x = values(), before = values(), gain = randomMatrix(rows: 1, columns: shape.columns, padding: 0, seed: 42)
    let y = randomMatrix(rows: shape.rows, columns: shape.columns, padding: 5, seed: 43),
      old = Matrix(rows: shape.rows, columns: shape.columns)
    old.copy(from: y.view)
    let scales = Matrix(rows: shape.rows, columns: 1, padding: 2)
    LayerNormalization.forward(x, gain: gain.view, scales: scales, into: y, accumulating: adds)
    for row in 0..<shape.rows {
      let values = Self.row(before, row), (normal, scale) = ReferenceNormalization.normal(values)
      let tolerance = Self.tolerance(shape.columns, scale: scale)
      #expect(abs(Double(scales[row, 0]) - scale) <= tolerance * scale)
      #expect(Self.close(Self.row(x, row), normal, tolerance))
      let expected = ReferenceNormalization.forward(values, gain: Self.row(gain, 0))
      #expect(Self.close(Self.row(y, row), zip(expected, Self.row(old, row)).map { $0 + (adds ? $1 : 0) }, tolerance))
    }
  }

  @Test("backward agrees with the twin", arguments: shapes)
  func backward(shape: (rows: Int, columns: Int)) {
    func normal() -> Matrix { randomMatrix(rows: shape.rows, columns: shape.columns, seed: 44) }
    let x = normal(), before = normal(), gain = randomMatrix(rows: 1, columns: shape.columns, padding: 0, seed: 45)
    let dy = randomMatrix(rows: shape.rows, columns: shape.columns, padding: 5, seed: 46)
    let scales = randomMatrix(rows: shape.rows, columns: 1, padding: 2, seed: 47), gainGradient = Matrix(rows: 1, columns: shape.columns)
    gainGradient.fill(0.5)
    LayerNormalization.backward(x, gain: gain.view, scales: scales.view, gradient: dy.view, gainGradient: gainGradient)
    var gains = [Double](repeating: 0.5, count: shape.columns)
    // Products below 1, added up with up to n roundings of the sum's magnitude, which their mean has over n.
    let tolerance = Double(shape.columns + 16) * roundOff
    for row in 0..<shape.rows {
      let expected = ReferenceNormalization.backward(
        normal: Self.row(before, row), scale: Double(scales[row, 0]), gain: Self.row(gain, 0), gradient: Self.row(dy, row))
      #expect(Self.close(Self.row(x, row), expected.x, tolerance))
      gains = zip(gains, expected.gain).map { $0 + $1 }
    }
    #expect(Self.close(Self.row(gainGradient, 0), gains, Double(shape.rows * (shape.rows + 2)) * roundOff))
  }

  @Test func `a row that is constant is zeros, and its neighbours do not matter`() {
    let x = randomMatrix(rows: 3, columns: 40, seed: 48), alone = Matrix(rows: 1, columns: 40)
    for column in 0..<40 { x[1, column] = 0.7 }
    alone.copy(from: x.view.block(rows: 2..<3))
    let gain = Matrix(rows: 1, columns: 40), y = Matrix(rows: 3, columns: 40), z = Matrix(rows: 1, columns: 40)
    gain.fill(2)
    LayerNormalization.forward(x, gain: gain.view, scales: Matrix(rows: 3, columns: 1), into: y)
    LayerNormalization.forward(alone, gain: gain.view, scales: Matrix(rows: 1, columns: 1), into: z)
    #expect((0..<40).allSatisfy { abs(y[1, $0]) <= 1e-3 && y[2, $0].bitPattern == z[0, $0].bitPattern })
  }

  // MARK: - The LSTM

  struct State {
    let gates, cell, previous, hidden, cellGradient: Matrix
    let bias, gain, shift: Matrix

    init(_ lanes: Int, _ units: Int) {
      gates = randomMatrix(rows: lanes, columns: 4 * units, seed: 51)
      previous = randomMatrix(rows: lanes, columns: units, seed: 52)
      cell = randomMatrix(rows: lanes, columns: units, seed: 53)
      hidden = randomMatrix(rows: lanes, columns: units, seed: 54)
      cellGradient = randomMatrix(rows: lanes, columns: units, padding: 1, seed: 55)
      bias = randomMatrix(rows: 1, columns: 4 * units, padding: 0, seed: 56)
      gain = randomMatrix(rows: 1, columns: units, padding: 0, seed: 57)
      shift = randomMatrix(rows: 1, columns: units, padding: 0, seed: 58)
    }

    var normalization: NormalizedLSTMGates.CellNormalization<MatrixView> { .init(gain: gain.view, bias: shift.view) }

    func gates(_ lane: Int, biased: Bool) -> [ReferenceLSTM.Gates] {
      (0..<previous.columns).map { unit in
        let z = (0..<4).map { gate in
          let column = gate * previous.columns + unit
          return Double(gates[lane, column]) + (biased ? Double(bias[0, column]) : 0)
        }
        return .init(input: z[0], forget: z[1], candidate: z[2], output: z[3])
      }
    }
  }

  static func flat(_ gates: [ReferenceLSTM.Gates]) -> [Double] {
    gates.map(\.input) + gates.map(\.forget) + gates.map(\.candidate) + gates.map(\.output)
  }

  @Test(
    "the forward step of an LSTM agrees with the twin, also in place and capped", arguments: LSTMGatesTests.shapes,
    [(false, false), (true, false), (false, true), (true, true)])
  func lstm(shape: (lanes: Int, units: Int), kind: (inPlace: Bool, isInputCapped: Bool)) {
    let before = State(shape.lanes, shape.units), after = State(shape.lanes, shape.units)
    let cell = kind.inPlace ? after.previous : after.cell
    NormalizedLSTMGates.forward(
      gates: after.gates, isInputCapped: kind.isInputCapped, bias: after.bias.view, normalization: after.normalization,
      previousCell: after.previous.view, cell: cell, hidden: after.hidden)
    for lane in 0..<shape.lanes {
      let expected = ReferenceNormalization.lstm(
        z: before.gates(lane, biased: true), previousCell: Self.row(before.previous, lane), gain: Self.row(before.gain, 0),
        bias: Self.row(before.shift, 0), isInputCapped: kind.isInputCapped)
      let gate = 24 * roundOff, scale = ReferenceNormalization.normal(expected.cell).scale
      #expect(Self.close(Self.row(after.gates, lane), Self.flat(expected.gates), gate))
      #expect(Self.close(Self.row(cell, lane), expected.cell, 2 * gate))
      #expect(
        Self.close(Self.row(after.hidden, lane), expected.hidden, (2 * gate + Self.tolerance(shape.units, scale: scale)) * (1 + scale)))
    }
  }

  @Test("the backward step of an LSTM agrees with the twin", arguments: LSTMGatesTests.shapes, [false, true])
  func lstmGradient(shape: (lanes: Int, units: Int), isInputCapped: Bool) {
    let before = State(shape.lanes, shape.units), after = State(shape.lanes, shape.units)
    let bias = Matrix(rows: 1, columns: 4 * shape.units), scratch = Matrix(rows: 1, columns: shape.units)
    let gradient = NormalizedLSTMGates.CellNormalization(
      gain: Matrix(rows: 1, columns: shape.units), bias: Matrix(rows: 1, columns: shape.units))
    for matrix in [bias, gradient.gain, gradient.bias] { matrix.fill(0.5) }
    NormalizedLSTMGates.backward(
      gates: after.gates, isInputCapped: isInputCapped, normalization: after.normalization, cell: after.cell,
      previousCell: after.previous.view, hiddenGradient: after.hidden.view, cellGradient: after.cellGradient, biasGradient: bias,
      normalizationGradient: gradient, scratch: scratch)
    var biases = [Double](repeating: 0.5, count: 4 * shape.units), gains = [Double](repeating: 0.5, count: shape.units), shifts = gains
    var tolerance = 0.0
    for lane in 0..<shape.lanes {
      let cell = Self.row(before.cell, lane), scale = ReferenceNormalization.normal(cell).scale
      let expected = ReferenceNormalization.lstmGradient(
        gates: before.gates(lane, biased: false), cell: cell, previousCell: Self.row(before.previous, lane), gain: Self.row(before.gain, 0),
        bias: Self.row(before.shift, 0), hiddenGradient: Self.row(before.hidden, lane), cellGradient: Self.row(before.cellGradient, lane),
        isInputCapped: isInputCapped)
      // Factors are at most 2 in magnitude but for the scale; tanh within 8 ulp, then the sums of the normalisation.
      let one = 4 * (24 * roundOff + Self.tolerance(shape.units, scale: scale)) * (1 + scale)
      #expect(Self.close(Self.row(after.gates, lane), Self.flat(expected.z), one))
      #expect(Self.close(Self.row(after.cellGradient, lane), expected.previousCellGradient, one))
      biases = zip(biases, Self.flat(expected.z)).map { $0 + $1 }
      gains = zip(gains, expected.gain).map { $0 + $1 }
      shifts = zip(shifts, expected.bias).map { $0 + $1 }
      tolerance += one + Double(2 * lane + 2) * roundOff * (1 + scale)
    }
    #expect(Self.close(Self.row(bias, 0), biases, tolerance))
    #expect(Self.close(Self.row(gradient.gain, 0), gains, tolerance))
    #expect(Self.close(Self.row(gradient.bias, 0), shifts, tolerance))
  }
}
