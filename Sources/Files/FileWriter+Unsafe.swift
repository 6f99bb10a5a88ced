// Weights live in raw memory; it is written from where it is, without a copy. Every byte of it must be initialized, which
// the compiler cannot check, hence `unsafe`.
extension FileWriter {
  /// Writes the bytes of a span of any size, of which nothing is kept.
  package mutating func write(_ raw: RawSpan) throws(FileError) {
    try write(unsafe raw._unsafeView(as: UInt8.self))
  }

  /// Writes memory that the caller keeps alive and unchanged for the length of the call.
  @unsafe
  package mutating func write(_ raw: UnsafeRawBufferPointer) throws(FileError) {
    try write(unsafe RawSpan(_unsafeBytes: raw))
  }
}
