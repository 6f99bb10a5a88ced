internal import HeapModule

/// The merges of byte-pair encoding, after Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword units"
/// (2016), on bytes.
///
/// A piece of text starts as its bytes; of all neighbours for which there is a merge, the earliest learned are joined first, from the
/// left, until none is left. What comes out is the same as Hugging Face's `tokenizers` gives.
public struct BytePairs: Sendable, Hashable {
  /// Two tokens that become one, by number.
  public struct Merge: Sendable, Hashable {
    /// The token on the left.
    public var left: TokenID
    /// The token on the right.
    public var right: TokenID
    /// Their concatenation.
    public var merged: TokenID
  }

  /// The merges, as they were learned.
  public let merges: [Merge]
  /// The token of each byte.
  let byteTokens: [TokenID]
  private let ranks: [UInt64: Int32]

  /// The merges of a vocabulary, each written as its two parts.
  ///
  /// - Returns: nil if a byte, a part or a merged token is not in the vocabulary, or a merge comes twice.
  init?(merges pairs: [(String, String)], vocabulary: Vocabulary) {
    byteTokens = ByteAlphabet.characters.compactMap { vocabulary.id(of: $0) }
    guard byteTokens.count == 256 else { return nil }
    var merges: [Merge] = []
    for (left, right) in pairs {
      guard let first = vocabulary.id(of: left), let second = vocabulary.id(of: right), let merged = vocabulary.id(of: left + right) else {
        return nil
      }
      merges.append(Merge(left: first, right: second, merged: merged))
    }
    self.merges = merges
    var ranks: [UInt64: Int32] = [:]
    for (rank, merge) in merges.enumerated() {
      guard ranks.updateValue(Int32(rank), forKey: Self.key(merge.left, merge.right)) == nil else { return nil }
    }
    self.ranks = ranks
  }

  private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  private func rank(_ left: TokenID, _ right: TokenID) -> Int32? { ranks[Self.key(left, right)] }

  /// Appends the tokens of one piece of text.
  ///
  /// Short pieces look for the best merge in turn; long ones keep the candidates in a heap, since a hostile text may be one piece.
  func encode(_ text: Span<UInt8>, _ range: Range<Int>, into tokens: inout [TokenID]) {
    if range.count > 48 { return encodeLong(text, range, into: &tokens) }
    let start = tokens.count
    for index in range { tokens.append(byteTokens[Int(text[index])]) }
    while tokens.count - start > 1 {
      var best: Int32 = .max
      for index in start..<tokens.count - 1 {
        if let rank = rank(tokens[index], tokens[index + 1]), rank < best { best = rank }
      }
      if best == .max { return }
      let merge = merges[Int(best)]
      var write = start
      var read = start
      while read < tokens.count {
        if read + 1 < tokens.count, tokens[read] == merge.left, tokens[read + 1] == merge.right {
          tokens[write] = merge.merged
          read += 2
        } else {
          tokens[write] = tokens[read]
          read += 1
        }
        write += 1
      }
      tokens.removeLast(tokens.count - write)
    }
  }

  private func encodeLong(_ text: Span<UInt8>, _ range: Range<Int>, into tokens: inout [TokenID]) {
    // Symbols form a list; one that was merged away is -1.
    var symbols = range.map { byteTokens[Int(text[$0])] }
    var following = Array(1...symbols.count)
    var preceding = Array(-1..<symbols.count - 1)
    var heap = Heap<Candidate>()
    func offer(_ place: Int) {
      let next = following[place]
      if next < symbols.count, let rank = rank(symbols[place], symbols[next]) { heap.insert(.init(rank: rank, place: place)) }
    }
    for place in symbols.indices { offer(place) }
    while let candidate = heap.popMin() {
      let place = candidate.place, next = following[place]
      let merge = merges[Int(candidate.rank)]
      // What was offered may have been merged otherwise since.
      guard next < symbols.count, symbols[place] == merge.left, symbols[next] == merge.right else { continue }
      symbols[place] = merge.merged
      symbols[next] = -1
      following[place] = following[next]
      if following[place] < symbols.count { preceding[following[place]] = place }
      offer(place)
      if preceding[place] >= 0 { offer(preceding[place]) }
    }
    for symbol in symbols where symbol >= 0 { tokens.append(symbol) }
  }

  /// A merge that could be made: the earliest learned first, then the leftmost.
  private struct Candidate: Comparable {
    var rank: Int32
    var place: Int

    static func < (first: Candidate, second: Candidate) -> Bool {
      first.rank != second.rank ? first.rank < second.rank : first.place < second.place
    }
  }
}
