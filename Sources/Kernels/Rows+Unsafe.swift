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
}
