/// The right-hand factor of products with few rows, of which many come before the factor changes: the recurrent weights in a window, and
/// all weights while text is generated.
///
/// This is the one place where such a product goes to the packed kernel or to OpenBLAS. A product of a whole window, of many rows, is
/// OpenBLAS's: see `multiply(_:_:into:accumulating:)`.
package enum Factor: Sendable {
  case packed(PackedFactor)
  case openblas(MatrixView)

  /// Elements of the factor: k n.
  package var count: Int {
    switch self {
    case .packed(let factor): factor.count
    case .openblas(let factor): factor.rows * factor.columns
    }
  }

  /// The columns of a panel for OpenBLAS.
  private static let panelColumns = 64

  /// The parts of the columns that ``multiplyRows(_:panels:addingTo:)`` can compute side by side.
  package var panelCount: Int {
    switch self {
    case .packed(let factor): factor.panelCount
    case .openblas(let factor): (factor.columns + Self.panelColumns - 1) / Self.panelColumns
    }
  }

  /// c += a times this factor: [m, k] x [k, n] -> [m, n]. Row-major, but for the factor.
  ///
  /// The order of summation is that of the kernel for this shape.
  package func multiply(_ a: MatrixView, addingTo c: Matrix) {
    switch self {
    case .packed(let factor): Kernels.multiply(a, factor, addingTo: c)
    case .openblas(let factor): Kernels.multiply(a, factor, into: c, accumulating: true)
    }
  }

  /// The same for some panels of the columns, so that each row and each panel has the same bits whatever rows and panels are computed with
  /// it.
  ///
  /// The packed kernel keeps to that by itself. OpenBLAS may choose another kernel for another number of rows or columns, and so gets each
  /// row of each panel by itself, which is slow for more than a few rows.
  package func multiplyRows(_ a: MatrixView, panels: Range<Int>, addingTo c: Matrix) {
    switch self {
    case .packed(let factor): Kernels.multiply(a, factor, panels: panels, addingTo: c)
    case .openblas(let factor):
      for panel in panels {
        let columns = panel * Self.panelColumns..<min((panel + 1) * Self.panelColumns, factor.columns)
        for row in 0..<a.rows {
          Kernels.multiply(
            a.block(rows: row..<row + 1), factor.columns(columns), into: c.block(rows: row..<row + 1).columns(columns), accumulating: true)
        }
      }
    }
  }
}
