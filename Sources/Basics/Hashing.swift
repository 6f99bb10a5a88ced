/// The number with its bits mixed, so that every bit of the result depends on all of them: the finalizer of SplitMix64. It is one to one.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
@inlinable
public func mixed(_ value: UInt64) -> UInt64 {
  var mixed = value
  mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
  mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
  return mixed ^ (mixed >> 31)
}

/// 2 to the 64th, divided by the golden ratio, as an odd number: multiples of it are spread evenly.
package let goldenRatio: UInt64 = 0x9E37_79B9_7F4A_7C15

/// FNV-1a, by Fowler, Noll and Vo: a hash of bytes, or of words, one after the other.
///
/// Its high bits depend little on the last of them; ``mixed(_:)`` mends that.
public struct FNV1a: Sendable {
  @usableFromInline var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  /// Creates the hash of an empty input.
  @inlinable
  public init() {}

  /// The hash of what was added.
  @inlinable public var value: UInt64 { hash }

  /// Adds a byte or a word.
  @inlinable
  public mutating func add(_ word: UInt64) { hash = (hash ^ word) &* 0x0000_0100_0000_01B3 }
}
