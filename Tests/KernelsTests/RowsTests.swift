import Kernels
import Testing

@Suite("Rows") struct RowsTests {
  @Test("gather copies the named rows, scatter adds them back", arguments: [(1, 1, 1), (5, 3, 11), (17, 16, 40)])
  func gatherAndScatter(size: (table: Int, columns: Int, rows: Int)) {
    let table = randomMatrix(rows: size.table, columns: size.columns, seed: 61)
    let index = (0..<size.rows).map { Int32(($0 * 7 + 3) % size.table) }
    let rows = Matrix(rows: size.rows, columns: size.columns, padding: 2)
    Rows.gather(table.view, index, into: rows)
    let twin = Matrix(rows: size.rows, columns: size.columns)
    ReferenceRows.gather(table.view, index, into: twin)
    let sums = randomMatrix(rows: size.table, columns: size.columns, seed: 63)
    let twinSums = randomMatrix(rows: size.table, columns: size.columns, seed: 63)
    Rows.scatterAdd(rows.view, index, into: sums)
    ReferenceRows.scatterAdd(rows.view, index, into: twinSums)
    for column in 0..<size.columns {
      for row in 0..<size.rows { #expect(rows[row, column] == twin[row, column]) }
      for row in 0..<size.table { #expect(sums[row, column] == twinSums[row, column]) }
    }
  }
}
