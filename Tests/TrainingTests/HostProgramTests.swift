// OpenBLAS's own function is looked up by name, as a host program calls it.
import Corpora
import Foundation
import Models
import Testing
import Training

/// A program that uses OpenBLAS itself, and Refrain as a library: each test runs in a process of its own.
@Suite("A host program's OpenBLAS") struct HostProgramTests {
  static func setThreads(_ count: CInt) {
    guard let function = unsafe dlsym(nil, "openblas_set_num_threads") else { preconditionFailure("OpenBLAS has no thread count") }
    unsafe unsafeBitCast(function, to: (@convention(c) (CInt) -> Void).self)(count)
  }

  static let hasPthreads = Machine.openBLASThreading == "pthreads"

  @Test(.enabled(if: hasPthreads)) func `trains with the threads that it left to the host program, and records them`() async {
    await #expect(processExitsWith: .success) {
      Self.setThreads(3)
      try Machine.leaveOpenBLASAlone()
      let corpus = try corpus(randomText(words: 400, vocabulary: 9, seed: 1))
      let trainer = try Trainer(corpus: corpus, configuration: smallConfiguration(steps: 3))
      try await trainer.train { _ in }
      #expect(Machine.openBLASThreads == 3 && Machine.leavesOpenBLASAlone && Machine.serializesProducts && Machine.passesSelfTest)
      let kernels = KernelSet.current
      #expect(kernels.openblasThreads == 3)
      var usual = kernels
      usual.openblasThreads = nil
      #expect(!usual.isSame(as: kernels) && !kernels.isSame(as: usual))
      // Once it is left alone, a second request is granted too.
      try Machine.leaveOpenBLASAlone()
    }
  }

  @Test func `a request after set-up is an error that says what to do`() async {
    await #expect(processExitsWith: .success) {
      Machine.prepare()
      let error = #expect(throws: OpenBLASError.self) { try Machine.leaveOpenBLASAlone() }
      #expect(error == .alreadySetUp(kernels: Machine.openBLASKernels, threads: 1))
      #expect(error.map(String.init(describing:))?.contains("call Machine.leaveOpenBLASAlone() before anything else of Refrain.") == true)
      #expect(!Machine.leavesOpenBLASAlone && KernelSet.current.openblasThreads == nil)
    }
  }

  @Test(.enabled(if: hasPthreads)) func `a thread count that changed after set-up is named`() async {
    await #expect(processExitsWith: .success) {
      try Machine.checkProducts()
      Self.setThreads(2)
      #expect(throws: OpenBLASError.threads(2)) { try Machine.checkProducts() }
      #expect(!Machine.passesSelfTest)
      Self.setThreads(1)
      try Machine.checkProducts()
    }
  }

  @Test(
    "kernels with another thread count per product are not the same",
    arguments: [(nil, 1, true), (1, nil, true), (2, nil, false), (2, 3, false)] as [(Int?, Int?, Bool)])
  func kernels(threads: Int?, others: Int?, areSame: Bool) throws {
    var first = KernelSet.current, second = first
    first.openblasThreads = threads
    second.openblasThreads = others
    #expect(first.isSame(as: second) == areSame)
    let key = String(decoding: try JSONEncoder().encode(first), as: UTF8.self).contains(#""openblas_threads":"#)
    #expect(key == (threads != nil))
  }
}
