/// A seeded generator of uniform random numbers whose n-th output is a function of seed, stream and n alone (SplitMix64).
///
/// Example: `SeededGenerator(seed: 1, stream: 3)` starts weights; a sampler takes another stream of the same seed. Its whole state is two
/// numbers, so it can be saved. Not for secrets. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
public struct SeededGenerator: RandomNumberGenerator, Sendable, Hashable, Codable {
  private static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15

  private let start: UInt64
  private var drawn: UInt64 = 0

  /// Streams of one seed are independent of one another.
  public init(seed: UInt64, stream: UInt64 = 0) {
    start = Self.mix(seed &+ Self.golden &* (Self.mix(stream) | 1))
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// The next 64 uniform bits.
  public mutating func next() -> UInt64 {
    drawn &+= 1
    return Self.mix(start &+ drawn &* Self.golden)
  }

  /// A Float in [0, 1), from 24 bits.
  public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// A Double in [0, 1), from 53 bits.
  public mutating func uniformDouble() -> Double { Double(next() >> 11) * 0x1p-53 }
}
