// The unsafe part of reading and writing weights: a buffer's memory as raw bytes, so that files of hundreds of megabytes are not copied
// element by element. The bytes are little-endian floats, as in a safetensors file; all supported machines are little-endian.

extension FloatBuffer {
  /// Calls `body` with the bytes of a range of elements.
  package func withBytes<Result, Failure: Error>(
    of range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let start = unsafe UnsafeRawPointer(storage.pointer(range))
    return try unsafe body(UnsafeRawBufferPointer(start: start, count: range.count * MemoryLayout<Float>.stride))
  }

  /// Calls `body` with the bytes of a range of elements, to be overwritten.
  package mutating func withMutableBytes<Result, Failure: Error>(
    of range: Range<Int>, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    makeUnique()
    let start = unsafe UnsafeMutableRawPointer(storage.pointer(range))
    return try unsafe body(UnsafeMutableRawBufferPointer(start: start, count: range.count * MemoryLayout<Float>.stride))
  }
}
