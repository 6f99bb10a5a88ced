private import Kernels
public import LanguageModel

/// What computes: results are the same bit for bit on the same kernels only.
public struct KernelSet: Sendable, Hashable, Codable {
  /// The revision of our own arithmetic. Raise it with every change to an order of summation or a formula that changes the last digits.
  public static let currentArithmetic = 3

  /// OpenBLAS's kernel set, such as "SkylakeX".
  public var openblas: String
  /// The vector level of the element-wise kernels, such as "avx512f".
  public var vector: String
  /// The version of OpenBLAS, such as "0.3.21"; nil in files of older versions of Refrain.
  public var openblasVersion: String?
  /// The revision of our own arithmetic; nil in files of older versions of Refrain, which all have revision 1.
  public var arithmetic: Int?
  /// The threads that OpenBLAS uses for one product, if a host program made it use several; nil for 1. Results depend on this number.
  public var openblasThreads: Int?
  /// Which code computes the products of a time step; nil in files of older versions of Refrain, which is the packed kernel.
  public var products: ProductKernel?

  private enum CodingKeys: String, CodingKey {
    case openblas, vector, openblasVersion = "openblas_version", arithmetic, openblasThreads = "openblas_threads"
    case products
  }

  /// What this process uses by default.
  public static var current: KernelSet { current(products: .packed) }

  /// What this process uses.
  ///
  /// - Parameter products: which code computes the products of a time step.
  public static func current(products: ProductKernel) -> KernelSet {
    KernelSet(
      openblas: OpenBLAS.kernels, vector: VectorFunctions.level, openblasVersion: OpenBLAS.version, arithmetic: currentArithmetic,
      openblasThreads: OpenBLAS.threads == 1 ? nil : OpenBLAS.threads, products: products)
  }

  /// Whether both give the same bits. A version that a file does not record is assumed to be the same.
  public func isSame(as other: KernelSet) -> Bool {
    let haveSameVersion = openblasVersion == other.openblasVersion || openblasVersion == nil || other.openblasVersion == nil
    let haveSameThreads = (openblasThreads ?? 1) == (other.openblasThreads ?? 1)
    return openblas == other.openblas && vector == other.vector && haveSameVersion && haveSameThreads
      && (arithmetic ?? 1) == (other.arithmetic ?? 1) && (products ?? .packed) == (other.products ?? .packed)
  }
}
