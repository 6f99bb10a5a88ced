/// Which songs are held out for validation.
///
/// A song's side is decided by a hash of its text alone, so that adding songs moves none, and copies of a song, which would
/// let a model be tested on what it was trained on, go to the same side. Fewer than ten songs are not dealt out one by one:
/// the end of the text is held out instead.
public struct CorpusSplit: Sendable, Hashable {
  /// About this part of the songs is held out; from 0 (none) to less than 1.
  public var validationFraction: Double

  /// A split that holds out this fraction.
  public init(validationFraction: Double) {
    self.validationFraction = validationFraction
  }

  /// How a set of songs is parted.
  public enum Parts: Sendable, Hashable {
    /// Song by song.
    case songs(training: [Song], validation: [Song])
    /// All songs make one text, of whose tokens the last `validationFraction` is held out.
    case contiguous
  }

  /// Parts the songs; their order is kept.
  ///
  /// Neither side is empty: if the hashes left one so, the song nearest to the border goes over, with its copies.
  public func parts(of songs: [Song]) -> Parts {
    let hashes = songs.map { Self.hash(of: $0.text) }
    guard songs.count >= 10, let smallest = hashes.min(), let largest = hashes.max(), smallest < largest else { return .contiguous }
    // Both ends always stay on their sides; the rest is compared with the border.
    let isHeldOut = hashes.map { hash in
      hash == smallest || hash != largest && Double(hash) < validationFraction * 0x1p64
    }
    return .songs(
      training: zip(songs, isHeldOut).filter { !$0.1 }.map(\.0),
      validation: zip(songs, isHeldOut).filter(\.1).map(\.0))
  }

  /// A stable hash of a text, in which case and white space do not count: 64-bit FNV-1a of its UTF-8, then mixed so that the
  /// high bits depend on all of it.
  public static func hash(of text: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    var isAtStart = true
    var isSpacePending = false
    for scalar in text.lowercased().unicodeScalars {
      if scalar.isASCII ? scalar.value <= 0x20 : scalar.properties.isWhitespace {
        isSpacePending = !isAtStart
        continue
      }
      if isSpacePending { add(UInt8(ascii: " ")) }
      isSpacePending = false
      isAtStart = false
      for byte in scalar.utf8 { add(byte) }
    }
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    return hash ^ (hash >> 31)
  }
}
