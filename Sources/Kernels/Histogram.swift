/// Counts of numbers in 30 buckets of equal width.
///
/// Numbers that are not finite are in no bucket. A number on the edge of two buckets is in the upper one, and the upper bound is in the
/// last.
package struct Histogram: Sendable, Hashable {
  /// What TensorBoard shows of a histogram, and so what it needs.
  package static let bucketCount = 30

  /// The lower bound of the first bucket.
  package let lower: Double
  /// The upper bound of the last bucket.
  package let upper: Double
  /// The count of each bucket.
  package private(set) var counts = [Int](repeating: 0, count: Histogram.bucketCount)

  /// Creates an empty histogram.
  ///
  /// - Parameter range: of one point: every number equal to it is in the last bucket.
  package init(_ range: ClosedRange<Float>) {
    lower = Double(range.lowerBound)
    upper = Double(range.upperBound)
  }

  /// Creates the histogram of some numbers, from the smallest to the largest; nil if none of them is finite. Complexity: two passes.
  package init?(of storage: FloatStorage, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= storage.count, "range \(range) is outside 0..<\(storage.count)")
    var smallest = Float.infinity, largest = -Float.infinity
    for index in range {
      let value = storage[index]
      if value.isFinite {
        smallest = min(smallest, value)
        largest = max(largest, value)
      }
    }
    guard smallest <= largest else { return nil }
    self.init(smallest...largest)
    add(storage, range)
  }

  /// Counts the elements of a matrix, which lie between the bounds but for what is rounded off.
  package mutating func add(_ matrix: MatrixView) {
    let runs = matrix.shape.runs
    for run in 0..<runs.count {
      let start = matrix.shape.offset + run * matrix.shape.leadingDimension
      add(matrix.storage, start..<start + runs.length)
    }
  }

  /// Adds the counts of a histogram of the same bounds.
  package mutating func add(_ other: Histogram) {
    precondition(lower == other.lower && upper == other.upper, "the bounds differ")
    add(counts: other.counts)
  }

  /// Adds counts of the same buckets.
  package mutating func add(counts others: [Int]) {
    precondition(others.count == counts.count, "there are \(counts.count) buckets")
    for bucket in counts.indices { counts[bucket] += others[bucket] }
  }

  private mutating func add(_ storage: FloatStorage, _ range: Range<Int>) {
    let last = counts.count - 1, scale = upper > lower ? Double(counts.count) / (upper - lower) : 0
    let lower = lower
    // Bounded before the conversion, which traps on what no Int holds.
    for index in range where storage[index].isFinite {
      let place = scale == 0 ? Double(last) : (Double(storage[index]) - lower) * scale
      counts[Int(max(0, min(place, Double(last))))] += 1
    }
  }
}
