import Basics
import Kernels
import Testing

@Suite("Histograms") struct HistogramTests {
  @Test("every finite number is in the bucket whose bounds it lies between", arguments: [1, 2, 30, 1_000], [0.01 as Float, 3, 1e30])
  func counts(count: Int, scale: Float) throws {
    var generator = SeededGenerator(seed: UInt64(count))
    let storage = FloatStorage(count: count + 4)
    for index in 0..<storage.count { storage[index] = (generator.uniform() - 0.3) * scale }
    // Outside the range, and so not counted.
    storage[0] = 9 * scale
    storage[count + 3] = -9 * scale
    storage[count + 1] = .infinity
    storage[count + 2] = .nan
    let numbers = (1...count).map { Double(storage[$0]) }
    let histogram = try #require(Histogram(of: storage, 1..<count + 3))
    #expect(histogram.lower == numbers.min() && histogram.upper == numbers.max())
    #expect(histogram.counts.count == 30 && histogram.counts.reduce(0, +) == count)
    let width = (histogram.upper - histogram.lower) / 30
    for (bucket, found) in histogram.counts.enumerated() where width > 0 {
      // Numbers within a rounding of an edge may be in either bucket.
      let lower = histogram.lower + Double(bucket) * width, upper = lower + width, rounding = width * 1e-9
      let surely = numbers.count { $0 > lower + rounding && $0 < upper - rounding }
      let perhaps = numbers.count { $0 >= lower - rounding && $0 <= upper + rounding }
      #expect((surely...perhaps).contains(found), "bucket \(bucket)")
    }
  }

  @Test func `equal numbers are in the last bucket, and what is not finite makes no histogram`() throws {
    let storage = FloatStorage(count: 6)
    storage.fill(0.25)
    let histogram = try #require(Histogram(of: storage, 0..<6))
    #expect(histogram.lower == 0.25 && histogram.upper == 0.25)
    #expect(histogram.counts == Array(repeating: 0, count: 29) + [6])
    storage.fill(.nan)
    #expect(Histogram(of: storage, 0..<6) == nil && Histogram(of: storage, 2..<2) == nil)
  }

  @Test("the bounds may be those of the largest numbers", arguments: [Float.greatestFiniteMagnitude, 0x1p-149])
  func extremes(largest: Float) throws {
    let storage = FloatStorage(count: 3)
    storage[0] = -largest
    storage[1] = largest
    let histogram = try #require(Histogram(of: storage, 0..<3))
    #expect(histogram.counts[0] == 1 && histogram.counts[15] == 1 && histogram.counts[29] == 1)
  }

  @Test("a matrix's padding is not counted, and parts add up", arguments: [MatrixOrder.rowMajor, .columnMajor])
  func matrix(order: MatrixOrder) {
    let matrix = Matrix(rows: 6, columns: 4, order: order, padding: 3)
    matrix.storage.fill(0.999)
    matrix.fill(0.5)
    matrix[2, 3] = -0.25
    // Rounding may leave a number a little outside the bounds of its function.
    matrix[1, 1] = 1.000_001
    var all = Histogram(-1...1)
    all.add(matrix.view)
    #expect(all.counts.reduce(0, +) == 24 && all.counts[22] == 22 && all.counts[11] == 1 && all.counts[29] == 1)
    var sum = Histogram(-1...1)
    for rows in [0..<2, 2..<6] {
      var part = Histogram(-1...1)
      part.add(matrix.view.block(rows: rows))
      sum.add(part)
    }
    #expect(sum == all)
  }
}
