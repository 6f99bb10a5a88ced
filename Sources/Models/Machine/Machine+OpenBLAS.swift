private import Kernels

/// How Refrain and the program around it share one OpenBLAS.
///
/// Example, at the start of a program that computes with OpenBLAS itself:
/// ```swift
/// try Machine.leaveOpenBLASAlone()
/// Machine.prepare()
/// ```
/// The article <doc:HostPrograms> lists all that Refrain does to the process.
extension Machine {
  /// Sets OpenBLAS up now: chooses kernels, sets one thread per product, and tries whether products are right.
  ///
  /// Otherwise that happens before the first product, or when a trainer is made. Call this at the start of a program that has other threads
  /// later: switching kernels sets an environment variable for a moment, and breaks products that run at the same time. A second call does
  /// nothing.
  public static func prepare() { OpenBLAS.prepare() }

  /// Makes Refrain leave OpenBLAS as it is: its kernels, its thread count and OPENBLAS_CORETYPE.
  ///
  /// Call this before anything else of Refrain, when the program computes with OpenBLAS itself. Products then use the kernels and the
  /// threads that the program chose; if it chose more than one thread, our products run one at a time. If the kernels get products wrong,
  /// ``checkProducts()`` refuses them, since Refrain switches to no others.
  ///
  /// - Throws: `OpenBLASError.alreadySetUp` if Refrain has set OpenBLAS up already, even if it changed nothing: whether it does depends on
  ///   the machine.
  public static func leaveOpenBLASAlone() throws(OpenBLASError) {
    if OpenBLAS.leaveAlone() { return }
    throw .alreadySetUp(kernels: openBLASKernels, threads: openBLASThreads)
  }

  /// Whether Refrain leaves OpenBLAS as it is. Reading this sets OpenBLAS up.
  public static var leavesOpenBLASAlone: Bool { OpenBLAS.setup.isLeftAlone }
}
