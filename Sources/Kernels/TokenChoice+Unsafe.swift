// The C loops take the address of a row of logits.
internal import CVectorKernels

/// Searching rows of logits and probabilities, for choosing a token. Nothing is allocated. Twins: `ReferenceChoice`.
package enum TokenChoice {
  /// The largest number of a row that is not empty.
  package static func largest(_ row: MatrixView) -> Float {
    check(row)
    precondition(row.columns > 0, "an empty row has no largest number")
    return unsafe refrain_largest(row.pointer, row.columns)
  }

  /// The first column from `start` on with at least `limit`, or the number of columns.
  package static func find(atLeast limit: Float, in row: MatrixView, from start: Int = 0) -> Int {
    check(row)
    precondition(start >= 0, "columns are counted from 0")
    return start >= row.columns ? row.columns : unsafe refrain_find_at_least(row.pointer, start, row.columns, limit)
  }

  /// The sum of the numbers that are at least `limit`.
  package static func sum(atLeast limit: Float, in row: MatrixView) -> Double {
    check(row)
    return unsafe refrain_sum_at_least(row.pointer, row.columns, limit)
  }

  /// softmax(row / temperature), in place.
  package static func softmax(_ row: Matrix, temperature: Float) {
    check(row.view)
    precondition(temperature > 0 && row.columns > 0, "softmax needs a temperature above 0 and at least one logit")
    unsafe refrain_softmax(row.view.pointer, row.view.pointer, row.columns, temperature)
  }

  /// The column whose share of the row's sum covers `uniform`; nil if nothing is above 0.
  ///
  /// - Parameter uniform: in [0, 1).
  package static func draw(_ row: MatrixView, uniform: Double) -> Int? {
    check(row)
    let column = unsafe refrain_choose(row.pointer, row.columns, uniform)
    return column < 0 ? nil : column
  }

  private static func check(_ row: MatrixView) {
    precondition(row.rows == 1 && row.shape.order == .rowMajor, "one row, contiguous")
  }
}
