private import Kernels

/// What computes: results are the same bit for bit on the same kernels only.
public struct KernelSet: Sendable, Hashable, Codable {
  /// OpenBLAS's kernel set, such as "SkylakeX".
  public var openblas: String
  /// The vector level of the element-wise kernels, such as "avx512f".
  public var vector: String

  /// What this process uses.
  public static var current: KernelSet { KernelSet(openblas: OpenBLAS.kernels, vector: VectorFunctions.level) }
}
