import Kernels
import Testing

/// Which calls set-up makes to OpenBLAS. Kernels, environment and thread count belong to the whole process, so each test expects the exact
/// list of calls.
@Suite("What set-up changes in OpenBLAS") struct OpenBLASChangesTests {
  /// A library that OpenBLAS could be, and a record of the calls to it.
  final class Library {
    var kernels: String
    var threads: Int
    var calls: [String] = []
    /// The results of the trials of products side by side, in order; true from then on.
    var repetitions: [Bool]

    init(kernels: String, threads: Int, repetitions: [Bool]) {
      self.kernels = kernels
      self.threads = threads
      self.repetitions = repetitions
    }
  }

  struct Situation: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var kernels = "Zen"
    var avx512 = OpenBLAS.AVX512.none
    var userChoice: String?
    var threading = OpenBLAS.Threading.pthreads
    var hasOpenMPFunctions = true
    var threads = 1
    var faulty: [String] = []
    var repetitions: [Bool] = []
  }

  private func setUp(_ situation: Situation, isLeftAlone: Bool) -> (calls: [String], setup: OpenBLAS.Setup, library: Library) {
    let library = Library(kernels: situation.kernels, threads: situation.threads, repetitions: situation.repetitions)
    let calls = OpenBLASCalls(
      threading: situation.threading, avx512: situation.avx512, userChoice: situation.userChoice,
      runnableKernels: ["SkylakeX", "Haswell", "Prescott"],
      loadedKernels: { library.kernels },
      switchKernels: {
        library.calls.append("switch to \($0)")
        library.kernels = $0
      },
      threads: { library.threads },
      setThreads: {
        library.calls.append("set \($0)")
        library.threads = $0
      },
      useOneThreadPerProduct: situation.threading == .openMP && situation.hasOpenMPFunctions
        ? { library.calls.append("one per product") } : nil,
      serialize: { library.calls.append("serialize") },
      isRight: {
        library.calls.append("trials")
        return !situation.faulty.contains(library.kernels)
      },
      isRepeatable: {
        library.calls.append("side by side")
        return library.repetitions.isEmpty ? true : library.repetitions.removeFirst()
      })
    let setup = OpenBLAS.setUp(calls, isLeftAlone: isLeftAlone)
    return (library.calls, setup, library)
  }

  static let situations: [(Situation, [String])] = [
    (Situation(testDescription: "right kernels and one thread"), ["trials", "side by side"]),
    (Situation(testDescription: "four threads", threads: 4), ["set 1", "trials", "side by side"]),
    (
      Situation(testDescription: "an AVX-512 CPU that the build does not know", kernels: "Haswell", avx512: .full, threads: 4),
      ["switch to SkylakeX", "set 1", "trials", "side by side"]
    ),
    (Situation(testDescription: "AVX-512 kernels already", kernels: "SkylakeX", avx512: .full), ["trials", "side by side"]),
    (
      Situation(testDescription: "AVX-512 in two halves", kernels: "Cooperlake", avx512: .halfWidth),
      ["switch to Haswell", "trials", "side by side"]
    ),
    (
      Situation(testDescription: "the user's choice", kernels: "Haswell", avx512: .full, userChoice: "Haswell"),
      ["trials", "side by side"]
    ),
    (
      Situation(testDescription: "faulty kernels", faulty: ["Zen", "SkylakeX"]),
      ["trials", "switch to SkylakeX", "trials", "switch to Haswell", "trials", "side by side"]
    ),
    (
      Situation(
        testDescription: "faulty kernels that the user chose", kernels: "Haswell", userChoice: "Haswell", faulty: ["Haswell", "SkylakeX"]),
      ["trials", "switch to SkylakeX", "trials", "switch to Prescott", "trials", "side by side"]
    ),
    (Situation(testDescription: "no threads in the build", threading: .sequential), ["serialize", "trials", "side by side"]),
    (Situation(testDescription: "OpenMP", threading: .openMP, threads: 4), ["one per product", "serialize", "trials", "side by side"]),
    (
      Situation(testDescription: "OpenMP without its functions", threading: .openMP, hasOpenMPFunctions: false, threads: 4),
      ["set 1", "serialize", "trials", "side by side"]
    ),
    (
      Situation(testDescription: "products that differ side by side", repetitions: [false]),
      ["trials", "side by side", "serialize", "side by side"]
    ),
  ]

  @Test("changes only what differs from what is needed", arguments: situations)
  func usual(situation: Situation, calls: [String]) {
    let result = setUp(situation, isLeftAlone: false)
    #expect(result.calls == calls)
    #expect(result.setup.isRight && result.setup.isRepeatable && !result.setup.isLeftAlone)
    #expect(result.setup.faultyKernels == situation.faulty)
    #expect(result.library.threads == 1 || (situation.threading == .openMP && situation.hasOpenMPFunctions))
  }

  @Test("changes nothing if OpenBLAS is left alone, and reports the trials", arguments: situations.map(\.0))
  func leftAlone(situation: Situation) {
    let (calls, setup, library) = setUp(situation, isLeftAlone: true)
    let isSerial = situation.threading != .pthreads || situation.threads > 1
    // That lasts for a product only.
    let isOne = situation.threading == .openMP && situation.hasOpenMPFunctions ? ["one per product"] : []
    let repeated = situation.repetitions == [false] ? ["serialize", "side by side"] : []
    #expect(calls == isOne + (isSerial ? ["serialize"] : []) + ["trials", "side by side"] + repeated)
    #expect(library.kernels == situation.kernels && library.threads == situation.threads)
    let isFaulty = situation.faulty.contains(situation.kernels)
    #expect(setup.isLeftAlone && setup.isRight == !isFaulty && setup.isRepeatable)
    #expect(setup.faultyKernels == (isFaulty ? [situation.kernels] : []))
  }

  @Test func `products that differ even one at a time are reported once`() {
    for isLeftAlone in [false, true] {
      let result = setUp(Situation(testDescription: "", threading: .sequential, repetitions: [false]), isLeftAlone: isLeftAlone)
      #expect(result.calls == ["serialize", "trials", "side by side"] && !result.setup.isRepeatable)
    }
  }

  @Test func `a request to leave OpenBLAS alone counts before set-up only`() {
    var early = OpenBLAS.Policy()
    let first = early.leaveAlone(), decision = early.decide(), second = early.leaveAlone()
    #expect(first && decision && second)
    var late = OpenBLAS.Policy()
    let usual = late.decide(), request = late.leaveAlone(), after = late.decide()
    #expect(!usual && !request && !after)
  }
}
