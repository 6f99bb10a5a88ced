// The C loops take the addresses of arrays.
internal import CVectorKernels

/// The vectorised functions of one variable, as the gates use them; here so that tests can measure their error alone.
package enum VectorFunctions {
  /// The vector level the C kernels run at on this CPU: "avx512f", "avx2+fma" or "baseline".
  package static var level: String {
    guard let name = unsafe refrain_vector_level() else { return "unknown" }
    return unsafe String(cString: name)
  }

  package static func exp(_ x: [Float]) -> [Float] { unsafe map(x, refrain_exp) }
  package static func sigmoid(_ x: [Float]) -> [Float] { unsafe map(x, refrain_sigmoid) }
  package static func tanh(_ x: [Float]) -> [Float] { unsafe map(x, refrain_tanh) }

  private static func map(_ x: [Float], _ function: (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void) -> [Float] {
    unsafe [Float](unsafeUninitializedCapacity: x.count) { y, count in
      unsafe x.withUnsafeBufferPointer { x in unsafe function(x.baseAddress, y.baseAddress, x.count) }
      count = x.count
    }
  }
}
