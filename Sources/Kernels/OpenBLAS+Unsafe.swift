// The one file that imports COpenBLAS: the matrix product, and how the library is set up. It takes addresses of matrices, which the shapes
// are checked for first, and gives C strings.
internal import COpenBLAS
internal import CVectorKernels
private import Synchronization

/// Held for the length of a product where ``OpenBLAS/isSerialized``.
private let productLock = Mutex(())

/// The installed OpenBLAS, set up for our use.
package enum OpenBLAS {
  /// The kernel sets that this CPU can run, the fastest first.
  static let runnableKernels: [String] = {
    #if arch(arm64)
      ["NEOVERSEN1", "ARMV8"]
    #else
      (refrain_has_skylake_avx512() != 0 ? ["SkylakeX"] : [])
        + ["Haswell", "Sandybridge", "Nehalem", "Prescott"].suffix(Int(refrain_x86_level()))
    #endif
  }()

  /// What OPENBLAS_CORETYPE asks for and cannot be had: a name that this build of OpenBLAS does not know, or kernels of which this CPU
  /// lacks the instructions. Nil if it was obeyed or is not set.
  package static let ignoredChoice: String? = {
    guard let choice = userChoice else { return nil }
    return isObeyed(choice, found: kernelsFound, hasFMA4: refrain_has_fma4() != 0) ? nil : choice
  }()

  /// What OPENBLAS_CORETYPE asks for, if that is what OpenBLAS loaded.
  static var obeyedChoice: String? { ignoredChoice == nil ? userChoice : nil }

  private static let userChoice = environmentValue("OPENBLAS_CORETYPE").flatMap { $0.isEmpty ? nil : $0 }

  /// AMD's kernels of 2011 to 2015 use FMA4, which no other CPU has, and OpenBLAS takes them unasked.
  package static func isObeyed(_ choice: String, found: String, hasFMA4: Bool) -> Bool {
    let name = choice.uppercased()
    return name == found.uppercased() && (hasFMA4 || !["BULLDOZER", "PILEDRIVER", "STEAMROLLER", "EXCAVATOR"].contains(name))
  }

  /// The kernel set in use before set-up, which OpenBLAS or the host program chose.
  package static let kernelsFound = loadedKernels

  /// The kernel set in use, such as "SkylakeX".
  package static var kernels: String {
    _ = setup
    return loadedKernels
  }

  static var loadedKernels: String {
    guard let name = unsafe openblas_get_corename() else { return "unknown" }
    return unsafe String(cString: name)
  }

  /// The version, such as "0.3.21".
  package static var version: String {
    guard let text = unsafe openblas_get_config() else { return "unknown" }
    // "OpenBLAS 0.3.21 NO_AFFINITY Haswell MAX_THREADS=64"
    let words = unsafe String(cString: text).split(separator: " ")
    return words.first == "OpenBLAS" && words.count > 1 ? String(words[1]) : "unknown"
  }

  /// The threads that OpenBLAS uses for one of our products: 1, unless OpenBLAS is left alone or the host program has changed the count.
  package static var threads: Int {
    _ = setup
    return usesOneThreadPerProduct ? 1 : Int(openblas_get_num_threads())
  }

  /// How the library was built to run threads.
  package enum Threading: String, Sendable {
    case sequential
    case pthreads
    case openMP = "OpenMP"
  }

  /// How the installed library was built to run threads.
  package static var threading: Threading {
    switch openblas_get_parallel() {
    case 0: .sequential
    case 1: .pthreads
    default: .openMP
    }
  }

  /// The kernels to switch to, or nil to keep those that OpenBLAS found by itself.
  ///
  /// A build older than the CPU does not know it and takes AVX2 kernels, with about half the speed. Where AVX-512 runs in two halves it is
  /// the other way round: the AVX2 kernels have the same peak and reach 2 to 5% more of it. What the user chose is respected.
  package static func preferredKernels(found: String, avx512: AVX512, userChoice: String?) -> String? {
    if ["BULLDOZER", "PILEDRIVER", "STEAMROLLER", "EXCAVATOR"].contains(found.uppercased()), userChoice == nil {
      // Only an order that cannot be obeyed led to these; an AMD CPU of their time is served as well by its successors' choice.
      return avx512 == .full ? "SkylakeX" : "Haswell"
    }
    let is512 = ["SKYLAKEX", "COOPERLAKE", "SAPPHIRERAPIDS"].contains(found.uppercased())
    return switch (avx512, userChoice) {
    case (.full, nil) where !is512: "SkylakeX"
    case (.halfWidth, nil) where is512: "Haswell"
    default: nil
    }
  }

  /// How a CPU does AVX-512 arithmetic.
  package enum AVX512: Sendable {
    case none, halfWidth, full
  }
}

/// c = a b, or c += a b: [m, k] x [k, n] -> [m, n], in any mix of orders.
///
/// Overwrites or accumulates as `accumulating` says; c must overlap neither a nor b. The order of summation is OpenBLAS's own: fixed for a
/// kernel set and a shape, which is what the bit-for-bit promise rests on. Twin: `naiveMultiply`.
/// - Precondition: the shapes fit.
package func multiply(_ a: MatrixView, _ b: MatrixView, into c: Matrix, accumulating: Bool = false) {
  precondition(
    a.columns == b.rows && c.rows == a.rows && c.columns == b.columns,
    "a product of \(a.rows) x \(a.columns) and \(b.rows) x \(b.columns) does not make \(c.rows) x \(c.columns)")
  _ = OpenBLAS.setup
  OpenBLAS.multiply(a, b, into: c, accumulating: accumulating)
}

extension OpenBLAS {
  /// ``multiply(_:_:into:accumulating:)`` for shapes that fit, with the library as it is set up so far.
  static func multiply(_ a: MatrixView, _ b: MatrixView, into c: Matrix, accumulating: Bool) {
    if !isSerialized { return multiplyAtOnce(a, b, into: c, accumulating: accumulating) }
    productLock.withLock { _ in
      let threads = usesOneThreadPerProduct ? openMPThreads : nil
      let count = threads?.get() ?? 1
      if count != 1 { threads?.set(1) }
      multiplyAtOnce(a, b, into: c, accumulating: accumulating)
      // The thread may belong to the host program, which needs its own count again.
      if count != 1 { threads?.set(count) }
    }
  }

  private static func multiplyAtOnce(_ a: MatrixView, _ b: MatrixView, into c: Matrix, accumulating: Bool) {
    if c.rows == 0 || c.columns == 0 { return }
    if a.columns == 0 {
      if !accumulating { c.fill(0) }
      return
    }
    let order = c.shape.order
    unsafe cblas_sgemm(
      order == .rowMajor ? CblasRowMajor : CblasColMajor, a.shape.order == order ? CblasNoTrans : CblasTrans,
      b.shape.order == order ? CblasNoTrans : CblasTrans, blasint(c.rows), blasint(c.columns), blasint(a.columns), 1, a.pointer,
      blasint(a.shape.leadingDimension), b.pointer, blasint(b.shape.leadingDimension), accumulating ? 1 : 0, c.view.pointer,
      blasint(c.shape.leadingDimension))
  }
}

extension OpenBLASCalls {
  /// The installed OpenBLAS.
  static var installed: OpenBLASCalls {
    // Both must be read before anything is changed.
    _ = OpenBLAS.kernelsFound
    let userChoice = OpenBLAS.obeyedChoice
    let useOneThread: (() -> Void)? = OpenBLAS.openMPThreads.map { _ in { OpenBLAS.useOneThreadPerProduct() } }
    let avx512: OpenBLAS.AVX512 =
      refrain_has_half_width_avx512() != 0 ? .halfWidth : refrain_has_skylake_avx512() != 0 ? .full : .none
    return OpenBLASCalls(
      threading: OpenBLAS.threading, avx512: avx512, userChoice: userChoice, runnableKernels: OpenBLAS.runnableKernels,
      loadedKernels: { OpenBLAS.loadedKernels }, switchKernels: { OpenBLAS.switchKernels(to: $0) },
      threads: { Int(openblas_get_num_threads()) }, setThreads: { openblas_set_num_threads(CInt($0)) },
      useOneThreadPerProduct: useOneThread, serialize: { OpenBLAS.serialize() },
      isRight: { TrialProduct.all.allSatisfy { $0.isRight(with: OpenBLAS.multiply(_:_:into:accumulating:)) } },
      isRepeatable: { OpenBLAS.isRepeatable(OpenBLAS.multiply(_:_:into:accumulating:)) })
  }
}
