import Kernels
import Testing

@Suite("GRU gates") struct GRUGatesTests {
  struct State {
    let parts, previous, hidden, gradient, previousGradient: Matrix
    let bias: Matrix

    init(_ lanes: Int, _ units: Int) {
      parts = randomMatrix(rows: lanes, columns: 4 * units, seed: 21)
      previous = randomMatrix(rows: lanes, columns: units, seed: 22)
      hidden = randomMatrix(rows: lanes, columns: units, seed: 23)
      gradient = randomMatrix(rows: lanes, columns: units, seed: 24)
      previousGradient = randomMatrix(rows: lanes, columns: units, seed: 25)
      bias = randomMatrix(rows: 1, columns: 4 * units, padding: 0, seed: 26)
    }

    func parts(_ lane: Int, _ unit: Int) -> ReferenceGRU.Parts {
      let a = (0..<4).map { Double(parts[lane, $0 * previous.columns + unit]) }
      return .init(reset: a[0], update: a[1], candidate: a[2], recurrent: a[3])
    }
  }

  @Test("forward agrees with the twin, also in place", arguments: LSTMGatesTests.shapes, [false, true])
  func forward(shape: (lanes: Int, units: Int), inPlace: Bool) {
    let before = State(shape.lanes, shape.units), after = State(shape.lanes, shape.units)
    let hidden = inPlace ? after.previous : after.hidden
    GRUGates.forward(parts: after.parts, bias: after.bias.view, previousHidden: after.previous.view, hidden: hidden)
    for lane in 0..<shape.lanes {
      for unit in 0..<shape.units {
        var a = before.parts(lane, unit)
        func bias(_ part: Int) -> Double { Double(before.bias[0, part * shape.units + unit]) }
        a = .init(
          reset: a.reset + bias(0), update: a.update + bias(1), candidate: a.candidate + bias(2), recurrent: a.recurrent + bias(3))
        let expected = ReferenceGRU.cell(a: a, previousHidden: Double(before.previous[lane, unit]))
        // Sums of magnitude below 2 are rounded once, a gate within 8 ulp; the candidate's argument has a product and two sums more.
        let tolerance = 24 * roundOff, found = after.parts(lane, unit)
        #expect(abs(found.reset - expected.parts.reset) <= tolerance)
        #expect(abs(found.update - expected.parts.update) <= tolerance)
        #expect(abs(found.candidate - expected.parts.candidate) <= 3 * tolerance)
        #expect(abs(found.recurrent - expected.parts.recurrent) <= 2 * roundOff)
        #expect(abs(Double(hidden[lane, unit]) - expected.hidden) <= 5 * tolerance)
      }
    }
  }

  @Test("backward agrees with the twin", arguments: LSTMGatesTests.shapes)
  func backward(shape: (lanes: Int, units: Int)) {
    let before = State(shape.lanes, shape.units), after = State(shape.lanes, shape.units)
    let biasGradient = Matrix(rows: 1, columns: 4 * shape.units)
    biasGradient.fill(0.5)
    GRUGates.backward(
      parts: after.parts, previousHidden: after.previous.view, hiddenGradient: after.gradient.view,
      previousHiddenGradient: after.previousGradient, biasGradient: biasGradient)
    for column in 0..<4 * shape.units {
      let exact = (0..<shape.lanes).reduce(0.5) { $0 + Double(after.parts[$1, column]) }
      #expect(abs(Double(biasGradient[0, column]) - exact) <= Double(shape.lanes * (4 * shape.lanes + 1)) * roundOff)
    }
    for lane in 0..<shape.lanes {
      for unit in 0..<shape.units {
        let expected = ReferenceGRU.cellGradient(
          parts: before.parts(lane, unit), previousHidden: Double(before.previous[lane, unit]),
          hiddenGradient: Double(before.gradient[lane, unit]))
        // Factors are at most 2 in magnitude, and there are up to six of them.
        let tolerance = 4 * 24 * roundOff, found = after.parts(lane, unit)
        #expect(abs(found.reset - expected.a.reset) <= tolerance)
        #expect(abs(found.update - expected.a.update) <= tolerance)
        #expect(abs(found.candidate - expected.a.candidate) <= tolerance)
        #expect(abs(found.recurrent - expected.a.recurrent) <= tolerance)
        let past = Double(before.previousGradient[lane, unit]) + expected.previousHiddenGradient
        #expect(abs(Double(after.previousGradient[lane, unit]) - past) <= tolerance)
      }
    }
  }
}

@Suite("The plain cell") struct PlainCellTests {
  @Test("forward and backward agree with the twin", arguments: LSTMGatesTests.shapes)
  func twin(shape: (lanes: Int, units: Int)) {
    let products = randomMatrix(rows: shape.lanes, columns: shape.units, seed: 31)
    let bias = randomMatrix(rows: 1, columns: shape.units, padding: 0, seed: 32)
    let hidden = randomMatrix(rows: shape.lanes, columns: shape.units, padding: 5, seed: 33)
    let gradient = randomMatrix(rows: shape.lanes, columns: shape.units, padding: 5, seed: 34)
    PlainCell.forward(products: products.view, bias: bias.view, hidden: hidden)
    for lane in 0..<shape.lanes {
      for unit in 0..<shape.units {
        let expected = ReferencePlainCell.cell(a: Double(products[lane, unit]) + Double(bias[0, unit]))
        #expect(abs(Double(hidden[lane, unit]) - expected) <= 24 * roundOff)
      }
    }
    let biasGradient = Matrix(rows: 1, columns: shape.units)
    biasGradient.fill(0.5)
    PlainCell.backward(products: products, hidden: hidden.view, hiddenGradient: gradient.view, biasGradient: biasGradient)
    for unit in 0..<shape.units {
      var sum = 0.5
      for lane in 0..<shape.lanes {
        let expected = ReferencePlainCell.cellGradient(hidden: Double(hidden[lane, unit]), hiddenGradient: Double(gradient[lane, unit]))
        #expect(abs(Double(products[lane, unit]) - expected) <= 8 * roundOff)
        sum += Double(products[lane, unit])
      }
      #expect(abs(Double(biasGradient[0, unit]) - sum) <= Double(shape.lanes * (shape.lanes + 1)) * roundOff)
    }
  }
}
