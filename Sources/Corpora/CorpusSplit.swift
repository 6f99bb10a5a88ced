/// Which songs are held out for validation.
///
/// A song's side is decided by a hash of its text alone, so that adding songs moves none, and copies of a song, which would
/// let a model be tested on what it was trained on, go to the same side. Fewer than ten songs are not dealt out one by one:
/// the end of the text is held out instead.
public enum CorpusSplit {
  /// What a song is for.
  enum Side: UInt8, Sendable {
    case training, validation, test
  }

  /// Tells the sides of a set of songs, once all their hashes were added.
  struct Dealer: Sendable {
    private var count = 0
    private var smallest = UInt64.max
    private var largest = UInt64.min
    private let validation: Double
    private let test: Double

    init(validation: Double, test: Double) {
      self.validation = validation
      self.test = test
    }

    mutating func add(_ hash: UInt64) {
      count += 1
      smallest = min(smallest, hash)
      largest = max(largest, hash)
    }

    /// Whether there are enough songs to deal out.
    var isEnough: Bool { count >= 10 && smallest < largest }

    func side(_ hash: UInt64) -> Side {
      // Both ends always stay on their sides; the rest is compared with the borders.
      if hash == largest { return .training }
      let place = Double(hash) * 0x1p-64
      if validation > 0, hash == smallest || place < validation { return .validation }
      return test > 0 && (hash == smallest || place < validation + test) ? .test : .training
    }
  }

  /// A stable hash of a text, in which case and white space do not count: 64-bit FNV-1a of its UTF-8, then mixed so that the
  /// high bits depend on all of it.
  public static func hash(of text: String) -> UInt64 {
    var hash = SongHash()
    let bytes = Array(text.utf8)
    hash.add(bytes.span, 0..<bytes.count)
    return hash.value
  }
}
