/// Which neighbours of a matrix lie side by side in memory.
///
/// For activations, whose rows are time x lane and whose columns are features, `rowMajor` is "a lane's features together" and
/// `columnMajor` is "a feature's lanes together" (feature-major). The code reads the same for both; only speed differs.
package enum MatrixOrder: Sendable, Hashable {
  case rowMajor, columnMajor

  var transposed: MatrixOrder { self == .rowMajor ? .columnMajor : .rowMajor }
}

/// Where a matrix lies in its storage: element (r, c) at `offset + r * leadingDimension + c` (row-major) or
/// `offset + c * leadingDimension + r` (column-major).
package struct MatrixShape: Sendable, Hashable {
  package var rows: Int
  package var columns: Int
  package var order: MatrixOrder
  package var leadingDimension: Int
  package var offset: Int

  package init(rows: Int, columns: Int, order: MatrixOrder, leadingDimension: Int, offset: Int) {
    self.rows = rows
    self.columns = columns
    self.order = order
    self.leadingDimension = leadingDimension
    self.offset = offset
  }

  func index(_ row: Int, _ column: Int) -> Int {
    order == .rowMajor ? offset + row * leadingDimension + column : offset + column * leadingDimension + row
  }

  /// The number of contiguous runs, and the length of each.
  var runs: (count: Int, length: Int) { order == .rowMajor ? (rows, columns) : (columns, rows) }

  /// One past the last element used.
  var end: Int { rows == 0 || columns == 0 ? offset : index(rows - 1, columns - 1) + 1 }

  func block(rows range: Range<Int>) -> MatrixShape {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) are outside 0..<\(rows)")
    var shape = self
    shape.rows = range.count
    shape.offset += order == .rowMajor ? range.lowerBound * leadingDimension : range.lowerBound
    return shape
  }

  func block(columns range: Range<Int>) -> MatrixShape { transposed.block(rows: range).transposed }

  var transposed: MatrixShape {
    MatrixShape(rows: columns, columns: rows, order: order.transposed, leadingDimension: leadingDimension, offset: offset)
  }
}

/// A matrix to read: a view of somebody's storage, which it keeps alive.
package struct MatrixView: Sendable {
  package let storage: FloatStorage
  package let shape: MatrixShape

  package init(_ storage: FloatStorage, _ shape: MatrixShape) {
    precondition(shape.offset >= 0 && shape.end <= storage.count, "a matrix of \(shape) does not fit \(storage.count) elements")
    precondition(
      shape.leadingDimension >= shape.runs.length, "leading dimension \(shape.leadingDimension) is less than \(shape.runs.length)")
    self.storage = storage
    self.shape = shape
  }

  package var rows: Int { shape.rows }
  package var columns: Int { shape.columns }

  package subscript(row: Int, column: Int) -> Float {
    precondition(row >= 0 && row < rows && column >= 0 && column < columns, "(\(row), \(column)) is outside \(rows) x \(columns)")
    return storage[shape.index(row, column)]
  }

  package func block(rows range: Range<Int>) -> MatrixView { MatrixView(storage, shape.block(rows: range)) }
  package func columns(_ range: Range<Int>) -> MatrixView { MatrixView(storage, shape.block(columns: range)) }
  package var transposed: MatrixView { MatrixView(storage, shape.transposed) }

  /// A copy of the elements, run after run: those of a row-major matrix row by row.
  package var elements: [Float] {
    let runs = shape.runs
    return (0..<runs.count).flatMap { run in
      let start = shape.offset + run * shape.leadingDimension
      return storage.elements(start..<start + runs.length)
    }
  }
}

/// A matrix to read and write: a view that writes through to its storage, like a slice of a tensor elsewhere.
///
/// Trade-off: copies of a `Matrix` are the same numbers, so it must not cross tasks (it is not Sendable); a buffer that is a value is a
/// ``FloatBuffer``.
package struct Matrix {
  package let view: MatrixView

  /// New zeros; `padding` is added to the leading dimension, which keeps runs of a power of two from sharing cache sets.
  package init(rows: Int, columns: Int, order: MatrixOrder = .rowMajor, padding: Int = 0) {
    precondition(rows >= 0 && columns >= 0, "a matrix cannot be \(rows) x \(columns)")
    let leading = (order == .rowMajor ? columns : rows) + padding
    let shape = MatrixShape(rows: rows, columns: columns, order: order, leadingDimension: leading, offset: 0)
    view = MatrixView(FloatStorage(count: leading * shape.runs.count), shape)
  }

  package init(_ storage: FloatStorage, _ shape: MatrixShape) { view = MatrixView(storage, shape) }

  package var storage: FloatStorage { view.storage }
  package var shape: MatrixShape { view.shape }
  package var rows: Int { shape.rows }
  package var columns: Int { shape.columns }

  package subscript(row: Int, column: Int) -> Float {
    get { view[row, column] }
    nonmutating set {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns, "(\(row), \(column)) is outside \(rows) x \(columns)")
      storage[shape.index(row, column)] = newValue
    }
  }

  package func block(rows range: Range<Int>) -> Matrix { Matrix(storage, shape.block(rows: range)) }
  package func columns(_ range: Range<Int>) -> Matrix { Matrix(storage, shape.block(columns: range)) }

  package func fill(_ value: Float) {
    let runs = shape.runs
    for run in 0..<runs.count {
      let start = shape.offset + run * shape.leadingDimension
      storage.fill(value, in: start..<start + runs.length)
    }
  }

  /// Copies a matrix of the same shape and order; the two must not overlap.
  package func copy(from source: MatrixView) {
    precondition(source.rows == rows && source.columns == columns && source.shape.order == shape.order, "shapes differ")
    let runs = shape.runs
    for run in 0..<runs.count {
      let start = shape.offset + run * shape.leadingDimension
      storage.copy(
        start..<start + runs.length, from: source.storage, at: source.shape.offset + run * source.shape.leadingDimension)
    }
  }
}

@available(*, unavailable)
extension Matrix: Sendable {}
