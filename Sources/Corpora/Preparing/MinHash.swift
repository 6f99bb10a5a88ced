internal import Basics

/// Signatures of songs by which near copies are found: MinHash, after Broder, "On the resemblance and containment of documents" (1997),
/// with one hash a shingle, whose smallest values are taken by bins, and empty bins filled from others: Shrivastava, "Optimal
/// densification for fast and accurate minwise hashing" (2017).
///
/// A song is the set of its five words in a row. Of two songs, about as many places of the signatures are equal as the Jaccard index of
/// their sets says.
struct MinHash: Sendable {
  /// Places of a signature.
  static let size = 64
  /// Words of a shingle.
  static let shingle = 5
  /// Places that must all be equal in one of the bands for two songs to be compared: 16 bands of 4 find pairs of index 0.8 with a
  /// probability of 0.9998, of 0.5 with 0.64.
  static let bandSize = 4
  static let bands = size / bandSize
  /// Places have 16 bits each, two to a number.
  static let numbers = size / 2
  /// The signature of what is not compared.
  static let none = [UInt32](repeating: 0, count: numbers)

  /// The hash of a token, or 0 for one that is not a word.
  private var wordHashes: [UInt64] = []

  /// Tokens will be numbered by another table.
  mutating func beginBatch() { wordHashes.removeAll(keepingCapacity: true) }

  /// The signature of a song with these tokens; all zero if it has no word.
  mutating func signature(_ ids: ArraySlice<UInt32>, _ table: TokenTable) -> [UInt32] {
    // The table belongs to one batch; tokens are hashed once for it.
    while wordHashes.count < table.count { wordHashes.append(Self.wordHash(table, wordHashes.count)) }
    var bins = [UInt64](repeating: .max, count: Self.size)
    var window = [UInt64](repeating: 0, count: Self.shingle)
    var words = 0
    func add() {
      var hash: UInt64 = 0
      // In the order of the song, from the oldest word.
      for offset in 0..<min(words, Self.shingle) {
        hash = (hash ^ window[(words + offset) % min(words, Self.shingle)]) &* goldenRatio
        hash ^= hash >> 32
      }
      hash = mixed(hash)
      let bin = Int(hash >> 58)
      if hash < bins[bin] { bins[bin] = hash }
    }
    for id in ids {
      let hash = wordHashes[Int(id)]
      if hash == 0 { continue }
      window[words % Self.shingle] = hash
      words += 1
      if words >= Self.shingle { add() }
    }
    // A song of fewer words is one shingle.
    if words > 0, words < Self.shingle { add() }
    if words == 0 { return Self.none }
    return Self.densified(bins)
  }

  private static func densified(_ bins: [UInt64]) -> [UInt32] {
    let places = bins.indices.map { bin in
      var source = bin
      var attempt: UInt64 = 0
      while bins[source] == .max {
        attempt += 1
        source = Int(mixed(UInt64(bin) << 32 | attempt) >> 58)
      }
      return UInt32(truncatingIfNeeded: mixed(bins[source])) & 0xFFFF
    }
    return stride(from: 0, to: size, by: 2).map { places[$0] | places[$0 + 1] << 16 }
  }

  /// Case does not count, nor do punctuation, line ends and tags.
  private static func wordHash(_ table: TokenTable, _ id: Int) -> UInt64 {
    let word = table.bytes[table.range(of: id)]
    guard let first = word.first, first >= 0x80 || (first | 0x20) &- 0x61 < 26 || first &- 0x30 < 10 || first == UInt8(ascii: "'") else {
      // Byte pairs begin with their space.
      guard word.first == 0x20, word.count > 1 else { return 0 }
      return hash(word.dropFirst())
    }
    return hash(word)
  }

  private static func hash(_ word: ArraySlice<UInt8>) -> UInt64 {
    var lower =
      word.allSatisfy { $0 < 0x80 } ? word.map { lowercased(ascii: $0) } : Array(String(decoding: word, as: UTF8.self).lowercased().utf8)
    if Spelling.hasApostrophe(lower.span, 0..<lower.count) { lower = Spelling.written(lower.span, 0..<lower.count, curly: false) }
    if lower.first == UInt8(ascii: "'") { lower.removeFirst() }
    return max(1, TokenTable.hash(lower.span, 0..<lower.count))
  }

  /// The part of the places that are equal.
  static func similarity(_ first: [UInt32], _ second: [UInt32]) -> Double {
    let equal = zip(first, second).reduce(0) { sum, pair in
      let difference = pair.0 ^ pair.1
      return sum + (difference & 0xFFFF == 0 ? 1 : 0) + (difference >> 16 == 0 ? 1 : 0)
    }
    return Double(equal) / Double(size)
  }
}
