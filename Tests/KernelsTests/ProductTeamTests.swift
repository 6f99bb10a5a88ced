import Foundation
import Kernels
import Testing

@Suite("A team for products") struct ProductTeamTests {
  /// Below and above the size that is shared; one panel, few, more than there are parts, a last one that is not full.
  static let sizes = [(1, 8, 40), (1, 512, 2048), (2, 300, 1000), (1, 3000, 60), (3, 130, 1027), (1, 40, 9000)]

  @Test("gives what the caller alone computes, bit for bit", arguments: sizes, [1, 2, 3, 5, 40])
  func agreesWithOne(size: (m: Int, k: Int, n: Int), workers: Int) {
    let team = ProductTeam(workers: workers)
    let factors = (0..<2).map { packed(randomMatrix(rows: size.k, columns: size.n, seed: 10 + UInt64($0)).view) }
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
      multiply(left[0], factors[0], addingTo: alone)
      if round % 2 == 1 { multiply(left[1], factors[1], addingTo: alone) }
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

  private func packed(_ factor: MatrixView) -> PackedFactor {
    let shape = PackedShape(rows: factor.rows, columns: factor.columns, offset: 0), storage = FloatStorage(count: shape.end)
    shape.pack(factor, panels: 0..<shape.panelCount, into: storage)
    return PackedFactor(storage, shape)
  }
}
