import Kernels
import Testing

@Suite("Packed product") struct PackedFactorTests {
  /// Rows around a tile of 6, columns around vectors and panels of 4, 8, 16 and 64, depths beyond a block of 1,024.
  static let sizes = [
    (1, 1, 1), (1, 3, 5), (2, 7, 16), (3, 33, 64), (4, 16, 65), (5, 20, 130), (6, 9, 96), (7, 5, 100), (11, 64, 47), (12, 31, 128),
    (13, 2, 17), (32, 40, 192), (3, 1030, 20), (8, 2050, 70),
  ]

  static let panels = PackedShape.Panels.allCases.filter { $0.rawValue <= PackedShape.Panels.widest.rawValue }

  func packed(_ factor: MatrixView, _ panels: PackedShape.Panels) -> PackedFactor {
    let shape = PackedShape(rows: factor.rows, columns: factor.columns, offset: 16, panels: panels)
    let storage = FloatStorage(count: shape.end)
    // Each panel by itself, the last one first.
    for panel in (0..<shape.panelCount).reversed() { shape.pack(factor, panels: panel..<panel + 1, into: storage) }
    return PackedFactor(storage, shape)
  }

  @Test("adds what three loops add, for factors in both orders", arguments: sizes, panels)
  func agreesWithTwin(size: (m: Int, k: Int, n: Int), panels: PackedShape.Panels) {
    let left = randomMatrix(rows: size.m, columns: size.k, seed: 1)
    let order: MatrixOrder = size.n % 2 == 0 ? .rowMajor : .columnMajor
    let right = randomMatrix(rows: size.k, columns: size.n, order: order, seed: 2)
    let fast = randomMatrix(rows: size.m, columns: size.n, seed: 3), naive = randomMatrix(rows: size.m, columns: size.n, seed: 3)
    let gap = (0..<size.m).map { fast.storage[min($0 * (size.n + 3) + size.n, fast.storage.count - 1)] }
    multiply(left.view, packed(right.view, panels), addingTo: fast)
    naiveMultiply(left.view, right.view, into: naive, accumulating: true)
    // k products and sums of values below 1, each rounded once, and the twin's own last rounding.
    let tolerance = Double(2 * size.k + 2) * roundOff * Double(size.k + 1)
    for row in 0..<size.m {
      for column in 0..<size.n { #expect(abs(Double(fast[row, column]) - Double(naive[row, column])) <= tolerance) }
    }
    // What lies between the rows is not written.
    #expect(gap == (0..<size.m).map { fast.storage[min($0 * (size.n + 3) + size.n, fast.storage.count - 1)] })
  }

  @Test("a row's result does not depend on the other rows, bit for bit", arguments: [(17, 70, 100), (9, 1100, 33)], panels)
  func rowsAreIndependent(size: (m: Int, k: Int, n: Int), panels: PackedShape.Panels) {
    let left = randomMatrix(rows: size.m, columns: size.k, seed: 4)
    let right = packed(randomMatrix(rows: size.k, columns: size.n, seed: 5).view, panels)
    let together = Matrix(rows: size.m, columns: size.n), alone = Matrix(rows: size.m, columns: size.n)
    multiply(left.view, right, addingTo: together)
    for row in 0..<size.m { multiply(left.view.block(rows: row..<row + 1), right, addingTo: alone.block(rows: row..<row + 1)) }
    for row in 0..<size.m {
      for column in 0..<size.n { #expect(together[row, column].bitPattern == alone[row, column].bitPattern) }
    }
  }
}
