import Foundation
import Kernels
import Testing

@Suite("Vector functions") struct VectorFunctionTests {
  /// From where the functions are nearly constant, through every binade around 0, in lengths that leave a tail.
  static let inputs: [Float] =
    stride(from: Float(-90), through: 90, by: 0.0371).map { $0 }
    + (-30...3).flatMap { exponent in [1, 1.3, 1.7].map { Float($0 * pow(2, Double(exponent))) } }
    + (-30...3).flatMap { exponent in [1, 1.3, 1.7].map { Float(-$0 * pow(2, Double(exponent))) } } + [0]

  /// The largest error in units of the last place.
  func largestError(_ found: [Float], _ expected: (Double) -> Double, over range: ClosedRange<Float>) -> Double {
    zip(Self.inputs, found).filter { range.contains($0.0) }.map { x, y in
      let exact = expected(Double(x))
      return abs(Double(y) - exact) / Double(Float(exact).ulp)
    }.max() ?? .infinity
  }

  @Test func `exp is within 2 ulp where it is a normal number`() {
    #expect(largestError(VectorFunctions.exp(Self.inputs), exp, over: -87...87) <= 2)
  }

  @Test func `sigmoid is within 4 ulp`() {
    #expect(largestError(VectorFunctions.sigmoid(Self.inputs), { 1 / (1 + exp(-$0)) }, over: -87...87) <= 4)
  }

  @Test func `tanh is within 8 ulp, also close to 0`() {
    #expect(largestError(VectorFunctions.tanh(Self.inputs), tanh, over: -90...90) <= 8)
  }

  @Test func `far out the functions stay at their limits`() {
    let far: [Float] = [-1e30, -200, 200, 1e30]
    #expect(VectorFunctions.tanh(far) == [-1, -1, 1, 1])
    #expect(VectorFunctions.sigmoid(far).allSatisfy { $0 >= 0 && $0 <= 1 })
    #expect(VectorFunctions.exp(far).allSatisfy { $0.isFinite })
  }

  @Test("a value does not depend on its place in the vector", arguments: [1, 2, 15, 16, 17, 31, 33])
  func placeDoesNotMatter(count: Int) {
    let x = randomFloats(count, seed: 9, scale: 5)
    for (index, value) in x.enumerated() {
      #expect(VectorFunctions.tanh(x)[index] == VectorFunctions.tanh([value])[0])
      #expect(VectorFunctions.sigmoid(x)[index] == VectorFunctions.sigmoid([value])[0])
    }
  }
}
