/// A seeded generator of uniform random numbers whose n-th output is a function of seed, stream and n alone (SplitMix64).
///
/// Example: `SeededGenerator(seed: 1, stream: 3)` starts weights; a sampler takes another stream of the same seed. Its whole state is two
/// numbers, so it can be saved. Not for secrets. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
public struct SeededGenerator: RandomNumberGenerator, Sendable, Hashable, Codable {
  private let start: UInt64
  private var drawn: UInt64 = 0

  /// Streams of one seed are independent of one another.
  public init(seed: UInt64, stream: UInt64 = 0) {
    start = mixed(seed &+ goldenRatio &* (mixed(stream) | 1))
  }

  /// The next 64 uniform bits.
  public mutating func next() -> UInt64 {
    drawn &+= 1
    return mixed(start &+ drawn &* goldenRatio)
  }

  /// A Float in [0, 1), from 24 bits.
  public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// A Double in [0, 1), from 53 bits.
  public mutating func uniformDouble() -> Double { Double(next() >> 11) * 0x1p-53 }
}
