// Kernels take the address of a matrix.

extension MatrixView {
  /// The address of the first element, after the constructor's check that the whole view is inside the storage.
  var pointer: UnsafeMutablePointer<Float> { unsafe storage.pointer(shape.offset..<Swift.max(shape.end, shape.offset)) }
}
