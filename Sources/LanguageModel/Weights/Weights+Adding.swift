private import Kernels

extension Weights {
  /// Adds numbers to the elements of a range.
  package mutating func add(_ elements: [Float], to range: Range<Int>) {
    precondition(elements.count == range.count, "\(elements.count) numbers do not fit a range of \(range.count)")
    values.makeUnique()
    for (index, element) in zip(range, elements) { values.storage[index] += element }
  }
}
