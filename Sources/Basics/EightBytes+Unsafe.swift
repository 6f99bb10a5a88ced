// `RawSpan` loads numbers without alignment only by a call that is marked unsafe, since the type might have invalid bit patterns. Whole
// numbers have none, and every place is checked against the count.

extension Span<UInt8> {
  /// The eight bytes from `index` on as a little-endian number.
  ///
  /// - Precondition: they lie within the span.
  @inlinable @inline(__always)
  public func eightBytes(at index: Int) -> UInt64 {
    precondition(index >= 0 && index <= count - 8, "eight bytes must lie within the span")
    return UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self))
  }

  /// Up to eight bytes as a little-endian number, with zeros above them.
  @inlinable @inline(__always)
  public func fewBytes(_ range: Range<Int>) -> UInt64 {
    if range.lowerBound <= count - 8 {
      return range.isEmpty ? 0 : eightBytes(at: range.lowerBound) & UInt64.max >> UInt64(64 - 8 * range.count)
    }
    var value: UInt64 = 0
    for index in range.reversed() { value = value << 8 | UInt64(self[index]) }
    return value
  }
}

extension Array<UInt8> {
  /// Adds bytes of a span.
  @inlinable @inline(__always)
  public mutating func append(_ text: Span<UInt8>, _ range: Range<Int>) {
    unsafe text.extracting(range).withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}
