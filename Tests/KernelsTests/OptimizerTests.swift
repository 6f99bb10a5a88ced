import Kernels
import Testing

@Suite("Reduction and RMSProp") struct OptimizerTests {
  @Test("the reduction adds the shards in their order", arguments: [1, 2, 3, 4, 7], [1, 15, 16, 33, 1_000])
  func reduction(shards: Int, count: Int) {
    let gradients = (0..<shards).map { randomFloats(count, seed: 31 + UInt64($0)) }
    let sum = FloatStorage(count: count)
    let squares = Optimizer.reduce(gradients.map(storage), into: sum, range: 0..<count)
    let expected = ReferenceOptimizer.reduce(gradients)
    for index in 0..<count { #expect(sum[index] == expected.sum[index]) }
    #expect(abs(squares - expected.squares) <= Double(count) * 0x1p-52 * expected.squares)
  }

  @Test("an update agrees with the twin", arguments: [1, 5, 16, 17, 100], [Float.infinity, 0.3])
  func update(count: Int, limit: Float) {
    var rates = Optimizer.RMSPropRates(learningRate: 0.01, decay: 0.9, epsilon: 1e-8, gradientScale: 0.7, clipValue: limit)
    rates.weightKeep = 0.97
    let weights = randomFloats(count, seed: 41), gradient = randomFloats(count, seed: 42)
    let squares = randomFloats(count, seed: 43).map { $0 * $0 }
    let w = storage(weights), s = storage(squares), g = storage(gradient)
    Optimizer.rmsProp(weights: w, squares: s, range: 0..<count, gradient: g, at: 0, rates: rates)
    for index in 0..<count {
      let expected = ReferenceOptimizer.rmsProp(
        weight: Double(weights[index]), square: Double(squares[index]), gradient: Double(gradient[index]), rates: rates)
      // About ten roundings of values below 1, the step being small beside the weight.
      #expect(abs(Double(w[index]) - expected.weight) <= 12 * roundOff)
      #expect(abs(Double(s[index]) - expected.square) <= 12 * roundOff)
    }
  }

  @Test func `cutting into chunks changes no bit`() {
    let rates = Optimizer.RMSPropRates(learningRate: 0.01, decay: 0.9, epsilon: 1e-8)
    let gradient = storage(randomFloats(1_001, seed: 51))
    let whole = (storage(randomFloats(1_001, seed: 52)), FloatStorage(count: 1_001))
    let cut = (storage(randomFloats(1_001, seed: 52)), FloatStorage(count: 1_001))
    Optimizer.rmsProp(weights: whole.0, squares: whole.1, range: 0..<1_001, gradient: gradient, at: 0, rates: rates)
    for range in [0..<7, 7..<500, 500..<1_001] {
      Optimizer.rmsProp(weights: cut.0, squares: cut.1, range: range, gradient: gradient, at: range.lowerBound, rates: rates)
    }
    for index in 0..<1_001 { #expect(whole.0[index] == cut.0[index] && whole.1[index] == cut.1[index]) }
  }
}
