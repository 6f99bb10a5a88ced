import Kernels
import Testing

@Suite("Matrix product") struct MultiplyTests {
  static let sizes = [(1, 1, 1), (1, 7, 5), (2, 3, 1), (13, 1, 17), (16, 64, 16), (31, 29, 37), (5, 130, 67), (33, 16, 257)]
  static let orders: [MatrixOrder] = [.rowMajor, .columnMajor]

  @Test("agrees with three loops in every mix of orders", arguments: sizes, [false, true])
  func agreesWithTwin(size: (m: Int, k: Int, n: Int), accumulating: Bool) {
    for a in Self.orders {
      for b in Self.orders {
        for c in Self.orders {
          let left = randomMatrix(rows: size.m, columns: size.k, order: a, seed: 1)
          let right = randomMatrix(rows: size.k, columns: size.n, order: b, seed: 2)
          let fast = randomMatrix(rows: size.m, columns: size.n, order: c, seed: 3)
          let naive = randomMatrix(rows: size.m, columns: size.n, order: c, seed: 3)
          multiply(left.view, right.view, into: fast, accumulating: accumulating)
          naiveMultiply(left.view, right.view, into: naive, accumulating: accumulating)
          // k products and sums of values below 1, each rounded once, and the twin's own last rounding.
          let tolerance = Double(2 * size.k + 2) * roundOff * Double(size.k + 1)
          for row in 0..<size.m {
            for column in 0..<size.n {
              #expect(abs(Double(fast[row, column]) - Double(naive[row, column])) <= tolerance)
            }
          }
        }
      }
    }
  }

  @Test func `a product over nothing is zero, or leaves the sum as it is`() {
    let left = Matrix(rows: 2, columns: 0), right = Matrix(rows: 0, columns: 3)
    let sum = randomMatrix(rows: 2, columns: 3, seed: 4), before = sum[1, 2]
    multiply(left.view, right.view, into: sum, accumulating: true)
    #expect(sum[1, 2] == before)
    multiply(left.view, right.view, into: sum)
    #expect(sum[1, 2] == 0)
  }

  @Test func `the transpose of a view is the same memory read the other way`() {
    let matrix = randomMatrix(rows: 3, columns: 5, seed: 5)
    #expect(matrix.view.transposed[4, 2] == matrix[2, 4])
    #expect(matrix.view.block(rows: 1..<3)[1, 4] == matrix[2, 4])
  }

  @Test func `OpenBLAS runs one thread under our workers`() {
    #expect(OpenBLAS.threads == 1)
    #expect(!OpenBLAS.kernels.isEmpty)
  }

  @Test(
    "the faster kernels are chosen where OpenBLAS took others, unless the user chose",
    arguments: [
      ("Haswell", .full, nil, "SkylakeX"), ("Zen", .full, nil, "SkylakeX"), ("SkylakeX", .full, nil, nil), ("Cooperlake", .full, nil, nil),
      ("Haswell", .none, nil, nil), ("Haswell", .full, "Haswell", nil), ("Cooperlake", .halfWidth, nil, "Haswell"),
      ("Zen", .halfWidth, nil, nil), ("Cooperlake", .halfWidth, "Cooperlake", nil),
    ] as [(String, OpenBLAS.AVX512, String?, String?)])
  func kernelChoice(found: String, avx512: OpenBLAS.AVX512, userChoice: String?, expected: String?) {
    #expect(OpenBLAS.preferredKernels(found: found, avx512: avx512, userChoice: userChoice) == expected)
  }

  @Test(
    "a choice that OpenBLAS did not take, or that the CPU cannot run, is not obeyed",
    arguments: [
      ("haswell", "Haswell", false, true), ("Nonsense", "Cooperlake", false, false), ("Bulldozer", "Bulldozer", false, false),
      ("Excavator", "Excavator", true, true),
    ])
  func isObeyed(choice: String, found: String, hasFMA4: Bool, isObeyed: Bool) {
    #expect(OpenBLAS.isObeyed(choice, found: found, hasFMA4: hasFMA4) == isObeyed)
  }

  @Test func `concurrent products equal serial ones`() async {
    let left = randomMatrix(rows: 61, columns: 67, seed: 6).view, right = randomMatrix(rows: 67, columns: 59, seed: 7).view
    let serial = Matrix(rows: 61, columns: 59)
    multiply(left, right, into: serial)
    let expected = (0..<61 * 59).map { serial.storage[$0] }
    await withTaskGroup(of: [Float].self) { group in
      for _ in 0..<16 {
        group.addTask {
          let mine = Matrix(rows: 61, columns: 59)
          for _ in 0..<20 { multiply(left, right, into: mine) }
          return (0..<61 * 59).map { mine.storage[$0] }
        }
      }
      for await product in group { #expect(product == expected) }
    }
  }
}
