/// The readable twin of ``Rows``.
package enum ReferenceRows {
  package static func gather(_ table: MatrixView, _ index: [Int32], into output: Matrix) {
    for (row, source) in index.enumerated() {
      for column in 0..<output.columns { output[row, column] = table[Int(source), column] }
    }
  }

  package static func scatterAdd(_ rows: MatrixView, _ index: [Int32], into table: Matrix) {
    for (row, target) in index.enumerated() {
      for column in 0..<rows.columns { table[Int(target), column] += rows[row, column] }
    }
  }
}
