// The C loops take addresses of rows, which the shapes are checked for first.
internal import CVectorKernels

/// Moving and adding whole rows of row-major matrices. Twins: `ReferenceRows`.
package enum Rows {
  /// output[r] = table[index[r]]: [D, n] -> [rows, n].
  package static func gather(_ table: MatrixView, _ index: [Int32], into output: Matrix) {
    check(table: table, index: index, rows: output.view)
    for (row, source) in index.enumerated() {
      let start = output.shape.index(row, 0)
      output.storage.copy(start..<start + output.columns, from: table.storage, at: table.shape.index(Int(source), 0))
    }
  }

  /// table[index[r]] += rows[r], in the order of r: [rows, n] -> [D, n].
  package static func scatterAdd(_ rows: MatrixView, _ index: [Int32], into table: Matrix) {
    check(table: table.view, index: index, rows: rows)
    for (row, target) in index.enumerated() {
      let from = unsafe rows.pointer + row * rows.shape.leadingDimension
      let to = unsafe table.view.pointer + Int(target) * table.shape.leadingDimension
      unsafe refrain_add(from, to, rows.columns)
    }
  }

  /// row += addend, for two row-major rows.
  package static func add(_ addend: MatrixView, to row: Matrix) {
    precondition(addend.rows == 1 && row.rows == 1 && addend.columns == row.columns, "two rows of one length")
    unsafe refrain_add(addend.pointer, row.view.pointer, row.columns)
  }

  /// sums[range] += addends[start...], element by element.
  package static func add(_ addends: FloatStorage, at start: Int, to sums: FloatStorage, range: Range<Int>) {
    unsafe refrain_add(addends.pointer(start..<start + range.count), sums.pointer(range), range.count)
  }

  private static func check(table: MatrixView, index: [Int32], rows: MatrixView) {
    precondition(index.count == rows.rows && table.columns == rows.columns, "an index a row, and rows of one length")
    precondition(table.shape.order == .rowMajor && rows.shape.order == .rowMajor, "table and rows are row-major")
    precondition(index.allSatisfy { $0 >= 0 && $0 < table.rows }, "an index is outside 0..<\(table.rows)")
  }

  /// output[r] = x[r] * factors[r modulo the factors' rows], element by element: [T b, n] and [b, n]. In place allowed.
  package static func multiply(_ x: MatrixView, by factors: MatrixView, into output: Matrix) {
    precondition(x.rows == output.rows && x.columns == output.columns && x.columns == factors.columns, "rows of one length")
    precondition(x.rows % factors.rows == 0, "the factors' rows go into the rows")
    precondition(
      x.shape.order == .rowMajor && output.shape.order == .rowMajor && factors.shape.order == .rowMajor, "all are row-major")
    for row in 0..<x.rows {
      let from = unsafe x.pointer + row * x.shape.leadingDimension
      let factor = unsafe factors.pointer + row % factors.rows * factors.shape.leadingDimension
      unsafe refrain_multiply(from, factor, output.view.pointer + row * output.shape.leadingDimension, x.columns)
    }
  }

  /// rows[r] *= factor(tokens[r]).
  package static func scale(_ rows: Matrix, _ tokens: [Int32], by factor: (Int32) -> Float) {
    precondition(tokens.count == rows.rows && rows.shape.order == .rowMajor, "a token a row")
    for (row, token) in tokens.enumerated() {
      let factor = factor(token), start = rows.shape.index(row, 0)
      for index in start..<start + rows.columns { rows.storage[index] *= factor }
    }
  }

  /// y += factor x, for matrices of one shape.
  package static func add(_ x: MatrixView, times factor: Float, to y: Matrix) {
    precondition(x.rows == y.rows && x.columns == y.columns, "shapes differ")
    precondition(x.shape.order == .rowMajor && y.shape.order == .rowMajor, "both are row-major")
    for row in 0..<x.rows {
      let from = unsafe x.pointer + row * x.shape.leadingDimension
      unsafe refrain_add_scaled(from, factor, y.view.pointer + row * y.shape.leadingDimension, x.columns)
    }
  }
}
