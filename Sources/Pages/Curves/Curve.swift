/// A curve over the steps of a run in bounded memory: the least and the greatest value of each column of steps.
///
/// A column covers one step at first. Whenever there are more columns than fit, each is joined with its neighbour and covers twice as many
/// steps. So a short run keeps every value, and a long one keeps all extremes of its columns.
package struct Curve: Sendable {
  /// A value and its step.
  package struct Point: Sendable, Hashable {
    package var step: Int
    package var value: Double
  }

  private struct Column {
    var number: Int
    var least: Point
    var greatest: Point

    mutating func join(_ other: Column) {
      if other.least.value < least.value { least = other.least }
      if other.greatest.value > greatest.value { greatest = other.greatest }
    }
  }

  /// The most columns.
  package let capacity: Int
  /// How many steps a column covers.
  package private(set) var width = 1
  /// How many values were added.
  package private(set) var count = 0
  /// The value that was added last.
  package private(set) var last: Point?
  private var columns: [Column] = []

  /// - Precondition: there is a column.
  package init(capacity: Int) {
    precondition(capacity > 0, "a curve has a column")
    self.capacity = capacity
  }

  /// Adds a value; steps may come in any order.
  ///
  /// - Precondition: the value is finite, and the step is at least 0 and at most 2^53.
  /// - Complexity: O(1) amortized for steps that grow.
  package mutating func add(_ value: Double, at step: Int) {
    precondition(value.isFinite && step >= 0 && step <= 1 << 53, "a curve has finite values")
    count += 1
    let point = Point(step: step, value: value)
    last = point
    let column = Column(number: step / width, least: point, greatest: point)
    let place = columns.last.map { $0.number < column.number } ?? true ? columns.count : self.place(of: column.number)
    if place < columns.count, columns[place].number == column.number {
      columns[place].join(column)
    } else {
      columns.insert(column, at: place)
    }
    while columns.count > capacity { fold() }
  }

  /// The first column whose number is not below this one.
  private func place(of number: Int) -> Int {
    var low = 0, high = columns.count
    while low < high {
      let middle = (low + high) / 2
      if columns[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func fold() {
    width *= 2
    var folded: [Column] = []
    folded.reserveCapacity(columns.count)
    for var column in columns {
      column.number /= 2
      if let last = folded.indices.last, folded[last].number == column.number {
        folded[last].join(column)
      } else {
        folded.append(column)
      }
    }
    columns = folded
  }

  /// The least and the greatest value of each column, in the order of their steps.
  package var points: [Point] {
    columns.flatMap { column in
      if column.least == column.greatest { return [column.least] }
      return column.least.step < column.greatest.step ? [column.least, column.greatest] : [column.greatest, column.least]
    }
  }

  /// The least of all values.
  package var least: Point? { columns.map(\.least).min { $0.value < $1.value } }
  /// The greatest of all values.
  package var greatest: Point? { columns.map(\.greatest).max { $0.value < $1.value } }
}
