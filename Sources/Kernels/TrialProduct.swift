internal import Basics

/// Describes a product whose shape kernels compute wrongly on some CPUs, to compare with the twin
/// ``naiveMultiply(_:_:into:accumulating:)``.
///
/// Example: `TrialProduct.all.allSatisfy { $0.isRight(with: multiply) }`. Vector code goes wrong at edges: rows and columns that fill no
/// register, a single row or column, factors read in the other direction, gaps between rows, and sums that go on from an old value.
package struct TrialProduct: Sendable {
  var rows: Int
  /// The terms of a sum.
  var terms: Int
  var columns: Int
  var left = MatrixOrder.rowMajor
  var right = MatrixOrder.rowMajor
  /// Elements between two rows that do not belong to the matrix.
  var gap = 0
  var isAccumulating = false

  /// All trials: small ones, which some kernel sets compute by code of their own, and two beyond their bound of a million products.
  package static let all = [
    TrialProduct(rows: 1, terms: 67, columns: 131),
    TrialProduct(rows: 1, terms: 130, columns: 65, right: .columnMajor, isAccumulating: true),
    TrialProduct(rows: 131, terms: 67, columns: 1, isAccumulating: true),
    TrialProduct(rows: 1, terms: 259, columns: 1, gap: 3),
    TrialProduct(rows: 65, terms: 1, columns: 33, left: .columnMajor, gap: 5, isAccumulating: true),
    TrialProduct(rows: 33, terms: 29, columns: 17, left: .columnMajor),
    TrialProduct(rows: 17, terms: 33, columns: 47, right: .columnMajor, isAccumulating: true),
    TrialProduct(rows: 31, terms: 19, columns: 37, left: .columnMajor, right: .columnMajor),
    TrialProduct(rows: 37, terms: 23, columns: 31, left: .columnMajor, right: .columnMajor, gap: 9, isAccumulating: true),
    TrialProduct(rows: 16, terms: 64, columns: 32, gap: 16),
    TrialProduct(rows: 32, terms: 16, columns: 48, right: .columnMajor, gap: 16, isAccumulating: true),
    TrialProduct(rows: 5, terms: 257, columns: 18, left: .columnMajor, gap: 1, isAccumulating: true),
    TrialProduct(rows: 97, terms: 7, columns: 13, gap: 2, isAccumulating: true),
    TrialProduct(rows: 131, terms: 389, columns: 21, right: .columnMajor, gap: 4, isAccumulating: true),
    TrialProduct(rows: 67, terms: 401, columns: 39, left: .columnMajor, gap: 4),
  ]

  /// About the most terms that the twin computes: those of the first row, the last and some between them.
  private static let mostTerms = 30_000

  /// Whether a product agrees with its twin, and writes nothing into the gaps between rows.
  package func isRight(with multiply: (_ a: MatrixView, _ b: MatrixView, _ c: Matrix, _ accumulating: Bool) -> Void) -> Bool {
    var generator = SeededGenerator(seed: UInt64(rows), stream: UInt64(terms * columns))
    func random(_ rows: Int, _ columns: Int, _ order: MatrixOrder) -> Matrix {
      let matrix = Matrix(rows: rows, columns: columns, order: order, padding: gap)
      // A sum that reads a gap is far off.
      matrix.storage.fill(1e6)
      let runs = matrix.shape.runs
      for run in 0..<runs.count {
        for element in 0..<runs.length { matrix.storage[run * matrix.shape.leadingDimension + element] = generator.uniform() - 0.5 }
      }
      return matrix
    }
    let a = random(rows, terms, left), b = random(terms, columns, right)
    let result = random(rows, columns, .rowMajor)
    let expected = Matrix(FloatStorage(count: result.storage.count), result.shape)
    expected.storage.copy(0..<result.storage.count, from: result.storage, at: 0)
    multiply(a.view, b.view, result, isAccumulating)

    let step = max(1, rows * terms * columns / Self.mostTerms)
    let compared = Set(stride(from: 0, to: rows, by: step)).union([rows - 1])
    for row in compared {
      let block = row..<row + 1
      naiveMultiply(a.view.block(rows: block), b.view, into: expected.block(rows: block), accumulating: isAccumulating)
    }
    for row in 0..<rows {
      let start = row * result.shape.leadingDimension
      if compared.contains(row) {
        for column in start..<start + columns where !(abs(result.storage[column] - expected.storage[column]) <= tolerance) { return false }
      }
      for gap in start + columns..<start + columns + gap where result.storage[gap] != 1e6 { return false }
    }
    return true
  }

  /// The products of a sum are at most a quarter each, and its old value at most a half. In whatever order they are added, with fused
  /// roundings or without, a term is rounded at most `terms + 1` times; the twin and the difference round once each.
  private var tolerance: Float { Float(terms + 3) * 0x1p-24 * (Float(terms) / 4 + 0.5) }
}
