/// The functions by which set-up reads and changes OpenBLAS; tests pass other functions.
///
/// Example: `OpenBLAS.setUp(.installed, isLeftAlone: false)`.
package struct OpenBLASCalls {
  /// How the library was built to run threads.
  package var threading: OpenBLAS.Threading
  /// How the CPU does AVX-512 arithmetic.
  package var avx512: OpenBLAS.AVX512
  /// The kernel set that OPENBLAS_CORETYPE names; nil if the variable is not set or was not obeyed.
  package var userChoice: String?
  /// The kernel sets that this CPU can run, the fastest first.
  package var runnableKernels: [String]
  /// Returns the name of the kernel set in use.
  package var loadedKernels: () -> String
  /// Makes OpenBLAS load another kernel set.
  package var switchKernels: (_ name: String) -> Void
  /// Returns the threads that OpenBLAS uses for one product.
  package var threads: () -> Int
  /// Sets the threads for one product, for the whole process.
  package var setThreads: (_ count: Int) -> Void
  /// Gives every later product of ours one thread, and changes nothing between products; nil where the build cannot do that.
  package var useOneThreadPerProduct: (() -> Void)?
  /// Makes our products run one at a time from now on.
  package var serialize: () -> Void
  /// Whether the kernel set in use gets the trial products right.
  package var isRight: () -> Bool
  /// Whether products computed side by side equal the same products one after the other.
  package var isRepeatable: () -> Bool

  package init(
    threading: OpenBLAS.Threading, avx512: OpenBLAS.AVX512, userChoice: String?, runnableKernels: [String],
    loadedKernels: @escaping () -> String, switchKernels: @escaping (String) -> Void, threads: @escaping () -> Int,
    setThreads: @escaping (Int) -> Void, useOneThreadPerProduct: (() -> Void)?, serialize: @escaping () -> Void,
    isRight: @escaping () -> Bool, isRepeatable: @escaping () -> Bool
  ) {
    self.threading = threading
    self.avx512 = avx512
    self.userChoice = userChoice
    self.runnableKernels = runnableKernels
    self.loadedKernels = loadedKernels
    self.switchKernels = switchKernels
    self.threads = threads
    self.setThreads = setThreads
    self.useOneThreadPerProduct = useOneThreadPerProduct
    self.serialize = serialize
    self.isRight = isRight
    self.isRepeatable = isRepeatable
  }
}
