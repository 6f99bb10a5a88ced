import Basics
import Pages
import Testing

@Suite("Curves keep their extremes") struct CurveTests {
  @Test("few values are kept as they are", arguments: [1, 2, 10, 50])
  func few(count: Int) {
    var curve = Curve(capacity: 50)
    let values = (0..<count).map { Double(($0 * 7) % 11) }
    for (step, value) in values.enumerated() { curve.add(value, at: step * 1_000) }
    #expect(curve.points.map(\.value) == values && curve.points.map(\.step) == (0..<count).map { $0 * 1_000 })
    #expect(curve.last?.value == values.last && curve.count == count)
  }

  @Test("of many values, the least and the greatest of every column stay", arguments: [3, 17, 900], [1, 24])
  func many(capacity: Int, stride: Int) throws {
    var generator = SeededGenerator(seed: UInt64(capacity))
    var values: [Int: Double] = [:]
    var curve = Curve(capacity: capacity)
    for number in 1...20_000 {
      let step = number * stride
      let value = Double.random(in: -5...5, using: &generator)
      values[step] = value
      curve.add(value, at: step)
    }
    let points = curve.points
    #expect(points.count <= 2 * capacity && points.count > capacity / 2)
    #expect(zip(points, points.dropFirst()).allSatisfy { $0.step < $1.step })
    #expect(points.allSatisfy { values[$0.step] == $0.value })
    // Every column of the width has its own extremes among the points.
    let columns = Dictionary(grouping: values.keys) { $0 / curve.width }
    let kept = Dictionary(grouping: points) { $0.step / curve.width }
    for (column, steps) in columns {
      let all = steps.compactMap { values[$0] }
      let found = try #require(kept[column]).map(\.value)
      #expect(found.min() == all.min() && found.max() == all.max())
    }
    #expect(curve.least?.value == values.values.min() && curve.greatest?.value == values.values.max())
  }

  @Test func `steps in any order give the same curve`() {
    var generator = SeededGenerator(seed: 3)
    let steps = Array(0..<500)
    var sorted = Curve(capacity: 40), shuffled = Curve(capacity: 40)
    for step in steps { sorted.add(Double(step % 97), at: step) }
    for step in steps.shuffled(using: &generator) { shuffled.add(Double(step % 97), at: step) }
    #expect(sorted.width == shuffled.width && sorted.least?.value == shuffled.least?.value)
    #expect(Set(sorted.points.map(\.value)) == Set(shuffled.points.map(\.value)))
  }

  @Test func `the largest steps and values are taken`() {
    var curve = Curve(capacity: 2)
    for (step, value) in [(0, 1.0), (1 << 53, .greatestFiniteMagnitude), (1 << 52, -.greatestFiniteMagnitude), (5, 0)] {
      curve.add(value, at: step)
    }
    #expect(curve.greatest?.value == .greatestFiniteMagnitude && curve.least?.value == -.greatestFiniteMagnitude)
  }

  @Test("marks are round numbers inside the range", arguments: [(0.0, 1.0), (1.4, 5.3), (-3, 1e6), (1e-7, 3e-7), (0, 744)])
  func ticks(low: Double, high: Double) {
    let marks = Ticks.positions(low, high, most: 6)
    #expect((2...8).contains(marks.count))
    #expect(marks.allSatisfy { $0 >= low - (high - low) * 1e-6 && $0 <= high + (high - low) * 1e-6 })
  }

  @Test(
    "numbers are short",
    arguments: [(0, "0"), (744, "744"), (12_500, "12.5k"), (3e6, "3M"), (0.003, "0.003"), (0.00002, "2e-05"), (-1.25, "-1.25")])
  func texts(value: Double, text: String) { #expect(Ticks.text(value) == text) }
}
