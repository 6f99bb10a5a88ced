import Kernels
import Synchronization
import Testing

@Suite("OpenBLAS's self-test") struct OpenBLASSetupTests {
  /// What a kernel set may get wrong.
  enum Fault: CaseIterable {
    case oneRow, oneColumn, oddColumns, leftTransposed, rightTransposed, bothTransposed, manyTerms, large, oldValue, gap, notFinite

    /// Plain loops with this fault.
    func multiply(_ a: MatrixView, _ b: MatrixView, _ c: Matrix, _ accumulating: Bool) {
      let isLeft = a.shape.order == .columnMajor, isRight = b.shape.order == .columnMajor
      let last = (row: c.rows - 1, column: c.columns - 1)
      naiveMultiply(a, b, into: c, accumulating: accumulating && self != .oldValue)
      let isWrong =
        switch self {
        case .oneRow: c.rows == 1
        case .oneColumn: c.columns == 1
        case .oddColumns: !c.columns.isMultiple(of: 8)
        case .leftTransposed: isLeft && !isRight
        case .rightTransposed: isRight && !isLeft
        case .bothTransposed: isLeft && isRight
        case .manyTerms: a.columns > 384
        case .large: c.rows * a.columns * c.columns > 1_000_000
        case .oldValue, .gap, .notFinite: false
        }
      if isWrong { c[last.row, last.column] += 0.02 }
      if self == .notFinite, accumulating { c[0, 0] = .nan }
      if self == .gap, c.shape.leadingDimension > c.columns { c.storage[c.columns] = 0 }
    }
  }

  @Test("finds a kernel set's fault", arguments: Fault.allCases)
  func fault(_ fault: Fault) {
    #expect(!TrialProduct.all.allSatisfy { $0.isRight(with: fault.multiply) })
  }

  @Test func `accepts plain loops, and the installed library`() {
    #expect(TrialProduct.all.allSatisfy { $0.isRight { naiveMultiply($0, $1, into: $2, accumulating: $3) } })
    #expect(TrialProduct.all.allSatisfy { $0.isRight { multiply($0, $1, into: $2, accumulating: $3) } })
    #expect(OpenBLAS.setup.isRight && OpenBLAS.setup.isRepeatable && OpenBLAS.passesSelfTest)
    #expect(TrialProduct.all.count >= 12)
  }

  /// Of the sets that are faulty, those before the first right one are tried, each once.
  @Test(
    "on a fault the next kernel set that this build has is loaded",
    arguments: [
      ([], ["SkylakeX", "Haswell"], [], "Zen"),
      (["Zen"], ["SkylakeX", "Haswell"], ["Zen"], "SkylakeX"),
      (["Zen", "SkylakeX"], ["SkylakeX", "Haswell", "Sandybridge"], ["Zen", "SkylakeX"], "Haswell"),
      (["Zen", "Haswell"], ["zen", "Haswell", "Missing", "Prescott"], ["Zen", "Haswell"], "Prescott"),
      (["Zen"], ["Missing", "Prescott"], ["Zen"], "Prescott"),
      (["Zen", "Haswell"], ["Haswell"], ["Zen", "Haswell"], nil),
      (["Zen"], ["Missing"], ["Zen"], nil),
      (["Zen"], [], ["Zen"], nil),
    ] as [([String], [String], [String], String?)])
  func fallback(faulty: [String], fallbacks: [String], expected: [String], right: String?) {
    var loaded = "Zen"
    let setup = OpenBLAS.findKernels(from: loaded, fallbacks: fallbacks) { name in
      // As OpenBLAS does with a name that it does not know.
      loaded = name == "Missing" ? "Zen" : name
      return loaded
    } isRight: {
      let hasFault = faulty.contains(loaded)
      return TrialProduct.all.allSatisfy { $0.isRight(with: hasFault ? Fault.leftTransposed.multiply : correct) }
    }
    #expect(setup.faultyKernels == expected && setup.isRight == (right != nil))
    if let right { #expect(loaded == right) }
  }

  private let correct = { (a: MatrixView, b: MatrixView, c: Matrix, isAccumulating: Bool) in
    naiveMultiply(a, b, into: c, accumulating: isAccumulating)
  }

  @Test(
    "builds without locks compute one product at a time",
    arguments: [(OpenBLAS.Threading.sequential, true), (.openMP, true), (.pthreads, false)])
  func serialProducts(threading: OpenBLAS.Threading, isSerial: Bool) {
    #expect(OpenBLAS.needsSerialProducts(threading) == isSerial)
    OpenBLAS.prepare()
    #expect(OpenBLAS.isSerialized == OpenBLAS.needsSerialProducts(OpenBLAS.threading))
  }

  /// Of the four products alone, and the eight of each of four threads.
  @Test("a product that differs once is found", arguments: [5, 17, 36])
  func notRepeatable(call: Int) {
    let calls = Atomic(0)
    #expect(
      !OpenBLAS.isRepeatable { a, b, c, isAccumulating in
        multiply(a, b, into: c, accumulating: isAccumulating)
        if calls.add(1, ordering: .relaxed).newValue == call { c[0, 0] += 1e-6 }
      })
    #expect(calls.load(ordering: .relaxed) >= call)
  }
}
