internal import HeapModule

/// Learns merges: the most frequent pair of neighbours becomes a token, again and again, until the vocabulary is full.
///
/// Pieces are counted once, with their frequency, and a merge visits only the pieces that hold its pair, as in Sennrich's own
/// implementation. Of pairs that are equally frequent, the one with the lower numbers comes first.
struct BytePairTraining {
  /// The vocabulary's size if none is asked for.
  static let usualSize = 8_000
  /// A pair that comes less often is not merged.
  static let leastCount = 2

  private struct Pair: Hashable {
    var left: Int32
    var right: Int32
  }

  private struct Candidate: Comparable {
    var count: Int
    var pair: Pair

    /// By falling count. There are no ties, so that the order is fixed.
    static func < (first: Candidate, second: Candidate) -> Bool {
      if first.count != second.count { return first.count > second.count }
      return first.pair.left != second.pair.left ? first.pair.left < second.pair.left : first.pair.right < second.pair.right
    }
  }

  /// The pieces' symbols one after the other, each piece from its start; merged ones move together at its front.
  private var symbols: [Int32] = []
  private var starts: [Int] = []
  private var lengths: [Int32] = []
  private var counts: [Int] = []
  private var pairCounts: [Pair: Int] = [:]
  private var places: [Pair: [Int32]] = [:]
  private var heap = Heap<Candidate>()

  /// Learns merges, unless the options have them.
  ///
  /// - Returns: the tokenizer, and the tokens of every gathered number: those of number n from `starts[n]` on.
  static func train(
    _ table: TokenTable, _ counts: [Int], options: CorpusOptions
  ) throws(CorpusError) -> (Tokenizer, encodings: (starts: [Int], ids: [TokenID])) {
    let (tokens, pairs) =
      if let known = options.knownMerges { (options.knownTokens, known.map { ($0[0], $0[1]) }) } else { learned(table, counts, options) }
    guard let vocabulary = Vocabulary(tokens: tokens), let bytePairs = BytePairs(merges: pairs, vocabulary: vocabulary) else {
      preconditionFailure("merges make distinct tokens of their vocabulary")
    }
    var starts = [0, 0]
    var ids: [TokenID] = []
    let bytes = table.bytes.span
    for id in 0..<table.count {
      bytePairs.encode(bytes, table.range(of: id), into: &ids)
      starts.append(ids.count)
    }
    let tokenizer = Tokenizer(
      bytePairs: bytePairs, vocabulary: vocabulary, lowercase: options.lowercase, rules: options.rules)
    return (tokenizer, (starts, ids))
  }

  /// The tokens, and the merges by their parts.
  private static func learned(
    _ table: TokenTable, _ counts: [Int], _ options: CorpusOptions
  ) -> (tokens: [String], merges: [(String, String)]) {
    let specials = [Vocabulary.unknownToken] + options.specials
    let size = options.maximumVocabulary ?? usualSize
    var training = BytePairTraining(table, counts)
    var tokens = specials + ByteAlphabet.characters
    let first = Int32(specials.count)
    let merges = training.learn(size - tokens.count)
    var pairs: [(String, String)] = []
    for merge in merges {
      let left = tokens[Int(merge.left + first)]
      let right = tokens[Int(merge.right + first)]
      pairs.append((left, right))
      tokens.append(left + right)
    }
    return (tokens, pairs)
  }

  /// Takes the pieces that come in the training part. A newline is a piece of its own that nothing merges with.
  private init(_ table: TokenTable, _ counts: [Int]) {
    for id in 0..<table.count where counts[id + 1] > 0 {
      let range = table.range(of: id)
      // One byte has no pair, and what has thousands is no word.
      guard 2...1_000 ~= range.count else { continue }
      starts.append(symbols.count)
      lengths.append(Int32(range.count))
      self.counts.append(counts[id + 1])
      for index in range { symbols.append(Int32(table.bytes[index])) }
    }
    for piece in starts.indices {
      let start = starts[piece]
      for offset in 0..<Int(lengths[piece]) - 1 {
        add(Pair(left: symbols[start + offset], right: symbols[start + offset + 1]), self.counts[piece], in: piece)
      }
    }
  }

  /// Learns up to so many merges; symbols are bytes, then merged ones in order.
  private mutating func learn(_ most: Int) -> [(left: Int32, right: Int32)] {
    var merges: [(left: Int32, right: Int32)] = []
    // Different merges may spell one token, which can have one number only.
    var spellings = (0..<256).map { [UInt8($0)] }
    var seen = Set(spellings)
    for (pair, count) in pairCounts { heap.insert(Candidate(count: count, pair: pair)) }
    while merges.count < most, let best = heap.popMin() {
      let count = pairCounts[best.pair, default: 0]
      // Counts fall as neighbours are merged; what was offered with a higher one goes back.
      if count != best.count {
        if count >= Self.leastCount { heap.insert(Candidate(count: count, pair: best.pair)) }
        continue
      }
      if count < Self.leastCount { break }
      let spelling = spellings[Int(best.pair.left)] + spellings[Int(best.pair.right)]
      guard seen.insert(spelling).inserted else {
        pairCounts[best.pair] = nil
        places[best.pair] = nil
        continue
      }
      spellings.append(spelling)
      let merged = Int32(256 + merges.count)
      merges.append((best.pair.left, best.pair.right))
      merge(best.pair, into: merged)
    }
    return merges
  }

  private mutating func merge(_ pair: Pair, into merged: Int32) {
    let pieces = places.removeValue(forKey: pair) ?? []
    var changed: [Pair: Int] = [:]
    var last: Int32 = -1
    // A piece is listed once for each time the pair was met in it, in rising order.
    for piece in pieces.sorted() where piece != last {
      last = piece
      let piece = Int(piece)
      let start = starts[piece], count = counts[piece]
      var length = Int(lengths[piece])
      var read = 0, write = 0
      while read < length {
        let symbol = symbols[start + read]
        guard symbol == pair.left, read + 1 < length, symbols[start + read + 1] == pair.right else {
          symbols[start + write] = symbol
          read += 1
          write += 1
          continue
        }
        if write > 0 {
          let before = symbols[start + write - 1]
          changed[Pair(left: before, right: pair.left), default: 0] -= count
          changed[Pair(left: before, right: merged), default: 0] += count
          places[Pair(left: before, right: merged), default: []].append(Int32(piece))
        }
        if read + 2 < length {
          let after = symbols[start + read + 2]
          changed[Pair(left: pair.right, right: after), default: 0] -= count
          changed[Pair(left: merged, right: after), default: 0] += count
          places[Pair(left: merged, right: after), default: []].append(Int32(piece))
        }
        symbols[start + write] = merged
        read += 2
        write += 1
      }
      length = write
      lengths[piece] = Int32(length)
    }
    pairCounts[pair] = nil
    for (changedPair, change) in changed where changedPair != pair {
      let count = pairCounts[changedPair, default: 0] + change
      pairCounts[changedPair] = count
      if change > 0, count >= Self.leastCount { heap.insert(Candidate(count: count, pair: changedPair)) }
    }
  }

  private mutating func add(_ pair: Pair, _ count: Int, in piece: Int) {
    pairCounts[pair, default: 0] += count
    places[pair, default: []].append(Int32(piece))
  }
}
