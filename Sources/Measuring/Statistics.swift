extension [Double] {
  /// The middle element, or the mean of the two in the middle; of one at least.
  package var median: Double {
    let sorted = self.sorted(), middle = count / 2
    return count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  package var mean: Double { reduce(0, +) / Double(count) }

  /// The sample's; 0 of a single element.
  package var standardDeviation: Double {
    let mean = self.mean
    return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(Swift.max(1, count - 1))).squareRoot()
  }
}
