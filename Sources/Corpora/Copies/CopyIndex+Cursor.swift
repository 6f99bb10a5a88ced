extension CopyIndex {
  /// Follows a text word by word, and knows which of the words it ends with stand in a row in a song.
  ///
  /// It is a value: a copy goes on by itself, so that a text can be forked. It remembers no more words than the longest span that is
  /// allowed.
  public struct Cursor: Sendable {
    /// What the text is compared with.
    public let index: CopyIndex
    /// The longest copied span that is allowed, in words.
    public let longest: Int
    /// The suffixes of the index that begin with the last word, the last two words and so on, as long as there are any.
    private var matches: [Range<Int>] = []

    /// - Precondition: `longest` is in ``CopyIndex/lengths``, or 0 to allow no word of a song.
    fileprivate init(_ index: CopyIndex, longest: Int) {
      precondition((0...CopyIndex.lengths.upperBound).contains(longest), "\(longest) words is no length of a span that is allowed")
      self.index = index
      self.longest = longest
    }

    /// How many of the last words stand in a row in a song, up to ``longest``.
    public var matchedCount: Int { matches.count }

    /// Takes the next word of the text, normalised as by ``LyricWords``.
    ///
    /// - Complexity: O(N log n) for spans of N words and songs of n words.
    public mutating func append(_ word: String) { append(index.number(of: word)) }

    mutating func append(_ word: UInt32?) {
      guard let word, longest > 0 else { return reset() }
      // From the longest to the shortest, so that none is needed twice. If one is empty, so are the longer ones.
      var kept = 0
      for depth in stride(from: min(matches.count, longest - 1), through: 1, by: -1) {
        let range = index.narrowed(matches[depth - 1], depth: depth, to: word)
        if range.isEmpty { continue }
        if kept == 0 { kept = depth }
        if depth < matches.count { matches[depth] = range } else { matches.append(range) }
      }
      let first = index.suffixes(beginningWith: word)
      if matches.isEmpty { matches.append(first) } else { matches[0] = first }
      matches.removeLast(matches.count - kept - 1)
    }

    /// Forgets the words before, as at the beginning of a song: no span reaches over this place.
    public mutating func reset() { matches.removeAll(keepingCapacity: true) }

    /// Whether the next word would make a copied span of more than ``longest`` words.
    ///
    /// - Complexity: O(log n) for songs of n words.
    public func isCopied(_ next: String) -> Bool {
      guard matches.count == longest, let number = index.number(of: next) else { return false }
      return isCopied(number)
    }

    func isCopied(_ next: UInt32) -> Bool {
      guard matches.count == longest else { return false }
      guard let range = matches.last else { return true }
      return !index.narrowed(range, depth: longest, to: next).isEmpty
    }

    /// The words that would make a copied span of more than ``longest`` words: all that follow the last words in a song.
    ///
    /// - Complexity: O(k log n) for k such words and songs of n words; O(1) if the last words are in no song.
    public var copiedNextWords: [String] { copiedNextNumbers.map { index.word($0) } }

    var copiedNextNumbers: [UInt32] {
      guard matches.count == longest, let range = matches.last else { return [] }
      return index.nextWords(range, depth: longest)
    }
  }

  /// Returns a cursor at the beginning of a text.
  ///
  /// - Parameter longest: the longest copied span that is allowed, in words.
  /// - Precondition: `longest` is from 1 to 64.
  public func cursor(longest: Int) -> Cursor { Cursor(self, longest: longest) }
}
