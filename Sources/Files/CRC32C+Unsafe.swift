// Weights are summed where they lie. Every byte of the memory must be initialized, which the compiler cannot check, hence `unsafe`.
extension CRC32C {
  /// The checksum of raw memory.
  package static func of(_ raw: RawSpan) -> UInt32 { of(unsafe raw._unsafeView(as: UInt8.self)) }
}
