internal import Basics

/// Why OpenBLAS cannot be used.
public enum OpenBLASError: Error, Equatable, CustomStringConvertible {
  /// The program wants OpenBLAS left alone, and Refrain has set it up already.
  case alreadySetUp(kernels: String, threads: Int)
  /// OpenBLAS gets products wrong with every kernel set that this CPU can run.
  case wrongProducts(version: String, kernels: [String])
  /// The same product has different results, even computed one at a time.
  case unreliable(version: String, kernels: String, threading: String)
  /// OpenBLAS uses several threads for a product, although Refrain set one.
  case threads(Int)

  /// One sentence: what was found, what to do.
  public var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .alreadySetUp(let kernels, let threads):
      """
      OpenBLAS cannot be left alone, since Refrain has set it up already (\(kernels) kernels, threads per product: \(threads)); call \
      Machine.leaveOpenBLASAlone() before anything else of Refrain.
      """
    case .wrongProducts(let version, let kernels):
      """
      OpenBLAS \(version) gets matrix products wrong on this CPU with \(list: kernels) kernels, and it has no others for this CPU; \
      install another version of OpenBLAS (on Debian the package libopenblas0-pthread), and if that does not help, check the machine.
      """
    case .unreliable(let version, let kernels, let threading):
      """
      OpenBLAS \(version) (\(kernels) kernels, \(threading)) gives different results for the same product, so no training could be \
      repeated; install another build of OpenBLAS (on Debian the package libopenblas0-pthread), and if that does not help, check the \
      machine's memory.
      """
    case .threads(let threads):
      """
      OpenBLAS uses \(threads) threads for a product, although Refrain set the count to 1; leave the count alone after Refrain's set-up, \
      or call Machine.leaveOpenBLASAlone() before anything else of Refrain.
      """
    }
  }
}
