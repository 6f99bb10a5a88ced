// OpenBLAS's own functions are looked up by name, as a host program calls them.
import Foundation
import Kernels
import Testing

/// What a process sees of set-up: each test runs in a process of its own.
@Suite("The process around OpenBLAS") struct OpenBLASProcessTests {
  static func setThreads(_ count: CInt) {
    guard let function = unsafe dlsym(nil, "openblas_set_num_threads") else { preconditionFailure("OpenBLAS has no thread count") }
    unsafe unsafeBitCast(function, to: (@convention(c) (CInt) -> Void).self)(count)
  }

  static var threads: Int {
    guard let function = unsafe dlsym(nil, "openblas_get_num_threads") else { preconditionFailure("OpenBLAS has no thread count") }
    return Int(unsafe unsafeBitCast(function, to: (@convention(c) () -> CInt).self)())
  }

  static var coreType: String? { ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] }

  /// Some of these products are large enough for OpenBLAS to use all its threads.
  static func areProductsRight() -> Bool { TrialProduct.all.allSatisfy { $0.isRight { multiply($0, $1, into: $2, accumulating: $3) } } }

  /// OpenBLAS has no count but 1 in a build without threads.
  static let canHaveThreads = OpenBLAS.threading != .sequential

  @Test(.enabled(if: canHaveThreads)) func `an OpenBLAS that is left alone keeps its threads, kernels and environment`() async {
    await #expect(processExitsWith: .success) {
      Self.setThreads(3)
      _ = unsafe setenv("OPENBLAS_CORETYPE", "the host's", 1)
      let kernels = OpenBLAS.kernelsFound
      #expect(OpenBLAS.leaveAlone())
      #expect(Self.areProductsRight())
      #expect(Self.threads == 3 && Self.coreType == "the host's" && OpenBLAS.kernels == kernels)
      // With OpenMP, one thread for the length of a product leaves no trace.
      #expect(OpenBLAS.threads == (OpenBLAS.threading == .openMP ? 1 : 3))
      #expect(OpenBLAS.setup.isLeftAlone && OpenBLAS.passesSelfTest && OpenBLAS.isSerialized)
      // A second request changes nothing either.
      #expect(OpenBLAS.leaveAlone())
    }
  }

  @Test func `set-up gives a product one thread, and a request after it is refused`() async {
    await #expect(processExitsWith: .success) {
      if Self.canHaveThreads { Self.setThreads(3) }
      #expect(Self.areProductsRight())
      #expect(OpenBLAS.threads == 1 && !OpenBLAS.setup.isLeftAlone && OpenBLAS.passesSelfTest)
      // An OpenMP build has a count for every thread of the program, which a product restores.
      if OpenBLAS.threading != .sequential { #expect(Self.threads == (OpenBLAS.threading == .openMP ? 3 : 1)) }
      #expect(!OpenBLAS.leaveAlone())
    }
  }

  #if arch(x86_64)
    @Test("switching kernels restores the environment", arguments: [nil, "", "Haswell", "the user's"] as [String?])
    func environment(value: String?) async {
      await #expect(processExitsWith: .success) { [value] in
        #expect(OpenBLAS.leaveAlone())
        let canSwitch = unsafe dlsym(nil, "gotoblas_dynamic_quit") != nil
        if let value { _ = unsafe setenv("OPENBLAS_CORETYPE", value, 1) } else { _ = unsafe unsetenv("OPENBLAS_CORETYPE") }
        for kernels in ["Nehalem", "Prescott"] {
          OpenBLAS.switchKernels(to: kernels)
          #expect(Self.coreType == value)
          if canSwitch { #expect(OpenBLAS.kernels == kernels && Self.areProductsRight()) }
        }
      }
    }
  #endif
}
