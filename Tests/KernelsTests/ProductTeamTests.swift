import Foundation
import Kernels
import Testing

@Suite("A team for products") struct ProductTeamTests {
  /// Below and above the size that is shared; one panel, few, more than there are parts, a last one that is not full.
  static let sizes = [(1, 8, 40), (1, 512, 2048), (2, 300, 1000), (1, 3000, 60), (3, 130, 1027), (1, 40, 9000)]

  @Test("gives what the caller alone computes, bit for bit", arguments: sizes, [1, 2, 3, 5, 40])
  func agreesWithOne(size: (m: Int, k: Int, n: Int), workers: Int) {
    let team = ProductTeam(workers: workers)
    for isPacked in [true, false] {
      let factors = (0..<2).map { number in
        let matrix = randomMatrix(rows: size.k, columns: size.n, seed: 10 + UInt64(number)).view
        return isPacked ? packed(matrix) : .openblas(number == 0 ? matrix : columnMajor(matrix))
      }
      compare(team, factors, size)
    }
  }

  private func columnMajor(_ matrix: MatrixView) -> MatrixView {
    let copy = Matrix(rows: matrix.rows, columns: matrix.columns, order: .columnMajor)
    for row in 0..<matrix.rows {
      for column in 0..<matrix.columns { copy[row, column] = matrix[row, column] }
    }
    return copy.view
  }

  private func compare(_ team: ProductTeam, _ factors: [Factor], _ size: (m: Int, k: Int, n: Int)) {
    for round in 0..<12 as Range<UInt64> {
      let left = (0..<2).map { randomMatrix(rows: size.m, columns: size.k, seed: 20 + 2 * round + UInt64($0)).view }
      let shared = randomMatrix(rows: size.m, columns: size.n, seed: round),
        alone = randomMatrix(rows: size.m, columns: size.n, seed: round)
      // The helpers have gone to sleep by then.
      if round % 4 == 3 { Thread.sleep(forTimeInterval: 0.01) }
      if round % 2 == 0 {
        team.multiply((left[0], factors[0]), addingTo: shared)
      } else {
        team.multiply((left[0], factors[0]), (left[1], factors[1]), addingTo: shared)
      }
      // A row at a time, and from the last panel on.
      for (a, factor) in zip(left, factors).prefix(round % 2 == 1 ? 2 : 1) {
        for row in 0..<size.m {
          for panel in (0..<factor.panelCount).reversed() {
            factor.multiplyRows(a.block(rows: row..<row + 1), panels: panel..<panel + 1, addingTo: alone.block(rows: row..<row + 1))
          }
        }
      }
      for row in 0..<size.m {
        #expect((0..<size.n).allSatisfy { shared[row, $0].bitPattern == alone[row, $0].bitPattern }, "row \(row) in round \(round)")
      }
    }
  }

  @Test func `many jobs one after the other are each done once`() {
    let team = ProductTeam(workers: 4)
    let ones = Matrix(rows: 64, columns: 4096), left = Matrix(rows: 1, columns: 64), sum = Matrix(rows: 1, columns: 4096)
    ones.fill(1)
    left.fill(1)
    let factor = packed(ones.view)
    for _ in 0..<3_000 { team.multiply((left.view, factor), addingTo: sum) }
    #expect((0..<4096).allSatisfy { sum[0, $0] == 3_000 * 64 })
  }

  @Test("a whole product agrees with the twin, with either kernel", arguments: sizes, [true, false])
  func whole(size: (m: Int, k: Int, n: Int), isPacked: Bool) {
    let a = randomMatrix(rows: size.m, columns: size.k, seed: 1).view, b = randomMatrix(rows: size.k, columns: size.n, seed: 2).view
    let found = randomMatrix(rows: size.m, columns: size.n, seed: 3), expected = randomMatrix(rows: size.m, columns: size.n, seed: 3)
    let factor = isPacked ? packed(b) : .openblas(b)
    #expect(factor.count == size.k * size.n)
    factor.multiply(a, addingTo: found)
    naiveMultiply(a, b, into: expected, accumulating: true)
    for row in 0..<size.m {
      #expect((0..<size.n).allSatisfy { abs(found[row, $0] - expected[row, $0]) <= Float(size.k + 3) * 0x1p-24 * Float(size.k + 1) })
    }
  }

  private func packed(_ factor: MatrixView) -> Factor {
    let shape = PackedShape(rows: factor.rows, columns: factor.columns, offset: 0), storage = FloatStorage(count: shape.end)
    shape.pack(factor, panels: 0..<shape.panelCount, into: storage)
    return .packed(PackedFactor(storage, shape))
  }
}
