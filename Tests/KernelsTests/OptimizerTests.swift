import Kernels
import Testing

@Suite("Reduction and updates") struct OptimizerTests {
  @Test("a sum of two gradients and its squares agree with the twin", arguments: [1, 15, 16, 33, 1_000], [0, 3])
  func sum(count: Int, start: Int) {
    let gradients = (0..<2).map { randomFloats(start + count + 2, seed: 31 + UInt64($0)) }
    let sum = storage(gradients[0]), range = start..<start + count
    let squares = Optimizer.add(storage(gradients[1]), to: sum, range: range)
    let expected = ReferenceOptimizer.add(Array(gradients[1][range]), to: Array(gradients[0][range]))
    for index in 0..<sum.count {
      #expect(sum[index] == (range.contains(index) ? expected.sum[index - start] : gradients[0][index]))
    }
    #expect(abs(squares - expected.squares) <= Double(count) * 0x1p-52 * expected.squares)
    #expect(Optimizer.squares(sum, range: range) == squares)
  }

  /// What is kept besides the squares.
  struct Kept: OptionSet, Sendable, CustomTestStringConvertible {
    var rawValue: Int
    static let means = Kept(rawValue: 1), momenta = Kept(rawValue: 2), average = Kept(rawValue: 4)
    static let all = (0..<8).map(Kept.init)
    var testDescription: String { "\(rawValue)" }
  }

  /// Every rate with a value of its own.
  static func rates(clipValue: Float, correction: Float = 1) -> Optimizer.Rates {
    var rates = Optimizer.Rates(learningRate: 0.01, decay: 0.9, epsilon: 1e-8, gradientScale: 0.7, clipValue: clipValue)
    rates.weightKeep = 0.97
    rates.momentum = 0.8
    rates.missedDecay = 0.81
    rates.averageRate = 0.25
    rates.averageMissed = 0.4
    rates.correction = correction
    rates.meanDecay = 0.6
    rates.meanCorrection = 1.5
    return rates
  }

  /// 1.234 stands for a bias correction, and 1 for none.
  @Test("an update by RMSProp agrees with the twin, whatever is kept", arguments: [1, 5, 17, 100], Kept.all)
  func update(count: Int, kept: Kept) {
    let rates = Self.rates(clipValue: count == 17 ? 0.3 : .infinity, correction: count == 100 ? 1.234 : 1)
    let weights = randomFloats(count, seed: 41), gradient = randomFloats(count, seed: 42)
    let squares = randomFloats(count, seed: 43).map { $0 * $0 }
    // Means small beside the squares' roots, so that the variance is not what rounding leaves of it.
    let means = squares.map { 0.5 * $0.squareRoot() }
    let momenta = randomFloats(count, seed: 44), averages = randomFloats(count, seed: 45)
    let w = storage(weights), g = storage(gradient)
    let state = Optimizer.State(
      squares: storage(squares), means: kept.contains(.means) ? storage(means) : nil,
      momenta: kept.contains(.momenta) ? storage(momenta) : nil, average: kept.contains(.average) ? storage(averages) : nil)
    Optimizer.rmsProp(weights: w, state: state, range: 0..<count, gradient: g, at: 0, rates: rates)
    for index in 0..<count {
      func element(_ values: [Float], _ part: Kept) -> Double? { kept.contains(part) ? Double(values[index]) : nil }
      let expected = ReferenceOptimizer.rmsProp(
        .init(
          weight: Double(weights[index]), square: Double(squares[index]), mean: element(means, .means),
          momentum: element(momenta, .momenta), average: element(averages, .average)), gradient: Double(gradient[index]), rates: rates)
      // About ten roundings of values below 1, the step being small beside the weight. The running step itself may be a few units.
      #expect(abs(Double(w[index]) - expected.weight) <= 12 * roundOff)
      #expect(abs(Double(state.squares[index]) - expected.square) <= 12 * roundOff)
      #expect(abs(Double(state.means?[index] ?? 0) - (expected.mean ?? 0)) <= 12 * roundOff)
      #expect(abs(Double(state.momenta?[index] ?? 0) - (expected.momentum ?? 0)) <= 24 * roundOff * max(1, abs(expected.momentum ?? 0)))
      #expect(abs(Double(state.average?[index] ?? 0) - (expected.average ?? 0)) <= 12 * roundOff)
    }
  }

  struct Rule: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// What the optimizer keeps.
    var kept: Kept
    var update: @Sendable (FloatStorage, Optimizer.State, Range<Int>, FloatStorage, Optimizer.Rates) -> Void
    var twin: @Sendable (ReferenceOptimizer.Element, Double, Optimizer.Rates) -> ReferenceOptimizer.Element
  }
  static let rules = [
    Rule(
      testDescription: "adam", kept: .means,
      update: { Optimizer.adam(weights: $0, state: $1, range: $2, gradient: $3, at: $2.lowerBound, rates: $4) },
      twin: { ReferenceOptimizer.adam($0, gradient: $1, rates: $2) }),
    Rule(
      testDescription: "sgd", kept: [],
      update: { Optimizer.sgd(weights: $0, state: $1, range: $2, gradient: $3, at: $2.lowerBound, rates: $4) },
      twin: { ReferenceOptimizer.sgd($0, gradient: $1, rates: $2) }),
    Rule(
      testDescription: "sgd with momentum", kept: .momenta,
      update: { Optimizer.sgd(weights: $0, state: $1, range: $2, gradient: $3, at: $2.lowerBound, rates: $4) },
      twin: { ReferenceOptimizer.sgd($0, gradient: $1, rates: $2) }),
    Rule(
      testDescription: "adagrad", kept: [],
      update: { Optimizer.adagrad(weights: $0, state: $1, range: $2, gradient: $3, at: $2.lowerBound, rates: $4) },
      twin: { ReferenceOptimizer.adagrad($0, gradient: $1, rates: $2) }),
  ]

  @Test("an update by another optimizer agrees with the twin, and changes nothing outside its range", arguments: rules, [1, 5, 17, 100])
  func update(rule: Rule, count: Int) {
    let start = 3, range = start..<start + count, all = count + 5
    let rates = Self.rates(clipValue: count == 17 ? 0.3 : .infinity, correction: 1.234)
    let weights = randomFloats(all, seed: 41), gradient = randomFloats(all, seed: 42)
    let squares = randomFloats(all, seed: 43).map { $0 * $0 }
    let means = randomFloats(all, seed: 46), momenta = randomFloats(all, seed: 44), averages = randomFloats(all, seed: 45)
    for isAveraged in [false, true] {
      let w = storage(weights)
      let state = Optimizer.State(
        squares: storage(squares), means: rule.kept.contains(.means) ? storage(means) : nil,
        momenta: rule.kept.contains(.momenta) ? storage(momenta) : nil, average: isAveraged ? storage(averages) : nil)
      rule.update(w, state, range, storage(gradient), rates)
      for index in 0..<all {
        let before = ReferenceOptimizer.Element(
          weight: Double(weights[index]), square: Double(squares[index]), mean: state.means.map { _ in Double(means[index]) },
          momentum: state.momenta.map { _ in Double(momenta[index]) }, average: state.average.map { _ in Double(averages[index]) })
        let expected = range.contains(index) ? rule.twin(before, Double(gradient[index]), rates) : before
        // About ten roundings of values below 1, where the step, 0.01 times a mean over a root, may be some units.
        let step = abs(expected.weight - Double(rates.weightKeep) * before.weight)
        #expect(abs(Double(w[index]) - expected.weight) <= 12 * roundOff * max(1, step))
        #expect(abs(Double(state.squares[index]) - expected.square) <= 12 * roundOff)
        #expect(abs(Double(state.means?[index] ?? 0) - (expected.mean ?? 0)) <= 12 * roundOff)
        #expect(abs(Double(state.momenta?[index] ?? 0) - (expected.momentum ?? 0)) <= 24 * roundOff)
        #expect(abs(Double(state.average?[index] ?? 0) - (expected.average ?? 0)) <= 12 * roundOff * max(1, step))
      }
    }
  }

  @Test func `a variance that rounding makes negative counts as none`() {
    // G = m² but for the last digits, in either direction.
    let gradient = storage((0..<64).map { 1 + Float($0) * 0x1p-20 }), w = FloatStorage(count: 64)
    let state = Optimizer.State(squares: storage((0..<64).map { _ in 1 }), means: storage((0..<64).map { _ in 1.000001 }))
    let rates = Optimizer.Rates(learningRate: 0.01, decay: 0.9, epsilon: 1e-8)
    for _ in 0..<20 { Optimizer.rmsProp(weights: w, state: state, range: 0..<64, gradient: gradient, at: 0, rates: rates) }
    #expect((0..<64).allSatisfy { w[$0].isFinite && w[$0] < 0 })
  }

  @Test("an update of dynamic evaluation agrees with the twin", arguments: [1, 5, 17, 100], [false, true])
  func adapt(count: Int, adds: Bool) {
    // The decay is above 1 in some elements, which are then at their origin but for the gradient.
    let step = Optimizer.AdaptationStep(step: 0.1, rootScale: 1.5, epsilon: 0.5, decay: 0.8, addsSquares: adds)
    let weights = randomFloats(count + 3, seed: 61), origins = randomFloats(count + 3, seed: 62)
    let gradient = randomFloats(count + 3, seed: 63)
    let squares = randomFloats(count + 3, seed: 64).map { $0 * $0 }
    let w = storage(weights), g = storage(squares), range = 2..<count + 2
    Optimizer.adapt(weights: w, origin: storage(origins), squares: g, range: range, gradient: storage(gradient), at: 1, step)
    for index in 0..<count + 3 {
      if !range.contains(index) {
        #expect(w[index] == weights[index] && g[index] == squares[index])
        continue
      }
      let expected = ReferenceOptimizer.adapt(
        weight: Double(weights[index]), origin: Double(origins[index]), square: Double(squares[index]),
        gradient: Double(gradient[index - 1]), step)
      // About ten roundings of values of at most 2.
      #expect(abs(Double(w[index]) - expected.weight) <= 24 * roundOff)
      #expect(abs(Double(g[index]) - expected.square) <= 4 * roundOff)
      if !adds { #expect(g[index] == squares[index]) }
    }
  }

  @Test func `a weight at its origin without a gradient stays, and with a large root it returns, to the bit`() {
    let values = randomFloats(50, seed: 71), w = storage(values), origin = storage(values), zeros = FloatStorage(count: 50)
    let step = Optimizer.AdaptationStep(step: 1, rootScale: 1, epsilon: 1e-3, decay: 0.3, addsSquares: true)
    let squares = storage(randomFloats(50, seed: 72).map { $0 * $0 })
    Optimizer.adapt(weights: w, origin: origin, squares: squares, range: 0..<50, gradient: zeros, at: 0, step)
    for index in 0..<50 { #expect(w[index] == values[index]) }
    let moved = storage(values.map { $0 + 0.5 })
    squares.fill(100)
    Optimizer.adapt(weights: moved, origin: origin, squares: squares, range: 0..<50, gradient: zeros, at: 0, step)
    for index in 0..<50 { #expect(moved[index] == values[index]) }
  }

  @Test func `the average moves by its rate`() {
    let values = randomFloats(37, seed: 1), weights = randomFloats(37, seed: 2), average = storage(values)
    Optimizer.average(average, storage(weights), range: 3..<37, rate: 0.25)
    for index in 0..<37 {
      let expected = index < 3 ? Double(values[index]) : 0.75 * Double(values[index]) + 0.25 * Double(weights[index])
      #expect(abs(Double(average[index]) - expected) <= 4 * roundOff)
    }
  }

  @Test func `cutting into chunks changes no bit`() {
    let rates = Optimizer.Rates(learningRate: 0.01, decay: 0.9, epsilon: 1e-8)
    let gradient = storage(randomFloats(1_001, seed: 51))
    let whole = (storage(randomFloats(1_001, seed: 52)), FloatStorage(count: 1_001))
    let cut = (storage(randomFloats(1_001, seed: 52)), FloatStorage(count: 1_001))
    Optimizer.rmsProp(weights: whole.0, state: .init(squares: whole.1), range: 0..<1_001, gradient: gradient, at: 0, rates: rates)
    for range in [0..<7, 7..<500, 500..<1_001] {
      Optimizer.rmsProp(weights: cut.0, state: .init(squares: cut.1), range: range, gradient: gradient, at: range.lowerBound, rates: rates)
    }
    for index in 0..<1_001 { #expect(whole.0[index] == cut.0[index] && whole.1[index] == cut.1[index]) }
  }
}
