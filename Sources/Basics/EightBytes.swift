/// Eight bytes in a number, looked at together.
public enum EightBytes {
  /// A one in each byte.
  @inlinable public static var ones: UInt64 { 0x0101_0101_0101_0101 }
  /// The highest bit of each byte.
  @inlinable public static var high: UInt64 { 0x8080_8080_8080_8080 }

  /// A number in which the lowest byte that is not zero stands where the first of the eight bytes has the value; zero if none has it.
  ///
  /// Above that place it may have bits where no byte has the value.
  @inlinable @inline(__always)
  public static func first(_ value: UInt8, in word: UInt64) -> UInt64 { zeros(word ^ ones &* UInt64(value)) }

  /// How many of the eight bytes have the value.
  @inlinable @inline(__always)
  public static func count(_ value: UInt8, in word: UInt64) -> Int {
    let rest = word ^ ones &* UInt64(value)
    return (~((rest & ~high) &+ ~high | rest | ~high)).nonzeroBitCount
  }

  /// The highest bit of each byte below 0x20 or above 0x7E, and perhaps of some above the first such byte.
  @inlinable @inline(__always)
  public static func unprintable(_ word: UInt64) -> UInt64 {
    // 0x7F + 1 has the highest bit, which bytes above have themselves.
    (word &- ones &* 0x20) & ~word & high | (word | (word &+ ones)) & high
  }

  /// The highest bit of each byte that is an ASCII capital letter.
  @inlinable @inline(__always)
  public static func capitals(_ word: UInt64) -> UInt64 {
    let low = word & ~high
    // 0x41 + 0x3F and 0x5B + 0x25 have the highest bit.
    return (low &+ ones &* 0x3F) & ~(low &+ ones &* 0x25) & ~word & high
  }

  /// The highest bit of each byte that is zero, and perhaps of some above the first such byte.
  @inlinable @inline(__always)
  public static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & high }
}
