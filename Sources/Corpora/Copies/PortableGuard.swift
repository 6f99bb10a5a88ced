internal import Basics

/// Knows which spans of N + 1 words are in the training songs, without holding the songs: a Bloom filter of salted hashes, to be given away
/// with a model.
///
/// Every span that is in the songs is known. Of the others, about ``falsePositiveRate`` are taken for copied, too: Bloom, "Space/time
/// trade-offs in hash coding with allowable errors" (1970), with two hashes for all probes: Kirsch and Mitzenmacher, "Less hashing, same
/// performance" (2006). No text can be read from it. Who guesses a whole span can find out whether it is likely to be in the songs, as can
/// everybody who has the model.
public struct PortableGuard: Sendable {
  /// Bits of the filter for each different span.
  static let bitsPerSpan = 16
  /// Probes of a span: ln 2 times the bits for each span, which makes the rate of false positives smallest.
  static let probes = 11

  /// The longest copied span that is allowed, in words.
  public let longest: Int
  /// How many different spans of one word more the songs have.
  public let spanCount: Int
  let salts: [UInt64]
  /// The bits of the filter, 64 to a number.
  let bits: [UInt64]

  init(longest: Int, spanCount: Int, salts: [UInt64], bits: [UInt64]) {
    precondition(salts.count == 3 && !bits.isEmpty, "a guard has three salts and at least 64 bits")
    self.longest = longest
    self.spanCount = spanCount
    self.salts = salts
    self.bits = bits
  }

  /// Creates a guard against copied spans of more than `longest` words.
  ///
  /// - Throws: `CopyError.invalidSetting` if `longest` is not in ``CopyIndex/lengths``.
  /// - Complexity: O(n N) for n words.
  public init(_ index: CopyIndex, longest: Int) throws(CopyError) {
    var generator = SystemRandomNumberGenerator()
    try self.init(index, longest: longest, using: &generator)
  }

  /// The same with a source of random numbers.
  package init(_ index: CopyIndex, longest: Int, using generator: inout some RandomNumberGenerator) throws(CopyError) {
    try CopyGuard.check(longest, key: "portable_guard")
    let salts = [generator.next(), generator.next(), generator.next()]
    let hashes = (0..<index.distinctWordCount).map { number in
      let range = index.vocabulary.range(of: number)
      return xxh64(index.vocabulary.bytes.span.extracting(range), seed: salts[0])
    }
    // Equal spans are neighbours in the suffix array.
    var spans: [UInt64] = []
    let length = longest + 1
    var last: Int?
    for suffix in index.suffixes {
      let place = Int(suffix)
      guard place + length <= index.ids.count else { continue }
      if let last, (0..<length).allSatisfy({ index.ids[last + $0] == index.ids[place + $0] }) { continue }
      var hash = salts[1]
      var isSpan = true
      for offset in 0..<length {
        let id = index.ids[place + offset]
        if id == CopyIndex.gap {
          isSpan = false
          break
        }
        hash = Self.combined(hash, hashes[Int(id) - 1])
      }
      if !isSpan { continue }
      last = place
      spans.append(hash)
    }
    var bits = [UInt64](repeating: 0, count: max(1, (spans.count * Self.bitsPerSpan + 63) / 64))
    for span in spans {
      Self.forEachBit(of: span, salts, among: 64 * bits.count) { bit in
        bits[bit >> 6] |= 1 << UInt64(bit & 63)
        return true
      }
    }
    self.init(longest: longest, spanCount: spans.count, salts: salts, bits: bits)
  }

  /// The part of spans that are not in the songs and are taken for copied all the same, from how full the filter is.
  public var falsePositiveRate: Double {
    let set = bits.reduce(0) { $0 + $1.nonzeroBitCount }
    let share = Double(set) / Double(64 * bits.count)
    return (0..<Self.probes).reduce(1) { rate, _ in rate * share }
  }

  /// The hash of a span with one word more.
  @inline(__always)
  private static func combined(_ span: UInt64, _ word: UInt64) -> UInt64 { mixed(span ^ word) &+ goldenRatio }

  /// Calls `body` with the bits of a span until it returns false; returns whether it never did.
  @inline(__always)
  @discardableResult
  private static func forEachBit(of span: UInt64, _ salts: [UInt64], among count: Int, _ body: (Int) -> Bool) -> Bool {
    let step = mixed(span ^ salts[2]) | 1
    var hash = mixed(span)
    for _ in 0..<probes {
      // The high half of a product is a number below the count.
      guard body(Int(hash.multipliedFullWidth(by: UInt64(count)).high)) else { return false }
      hash = hash &+ step
    }
    return true
  }

  /// Follows a text word by word.
  ///
  /// It is a value: a copy goes on by itself, so that a text can be forked.
  public struct Cursor: Sendable {
    /// What the text is compared with.
    public let copies: PortableGuard
    /// The hashes of the last words, at most ``PortableGuard/longest`` of them.
    private var words: [UInt64] = []

    fileprivate init(_ copies: PortableGuard) { self.copies = copies }

    /// Takes the next word of the text, normalised as by ``LyricWords``.
    public mutating func append(_ word: String) { append(Array(word.utf8).span) }

    mutating func append(_ word: Span<UInt8>) {
      if words.count == copies.longest { words.removeFirst() }
      words.append(copies.hash(of: word))
    }

    /// Whether the next word would make a span of more than ``PortableGuard/longest`` words that is in the songs, or is taken for one.
    public func isCopied(_ next: String) -> Bool { isCopied(Array(next.utf8).span) }

    func isCopied(_ next: Span<UInt8>) -> Bool {
      guard words.count == copies.longest else { return false }
      let span = PortableGuard.combined(words.reduce(copies.salts[1], PortableGuard.combined), copies.hash(of: next))
      return PortableGuard.forEachBit(of: span, copies.salts, among: 64 * copies.bits.count) { bit in
        copies.bits[bit >> 6] >> UInt64(bit & 63) & 1 == 1
      }
    }
  }

  /// Returns a cursor at the beginning of a text.
  public func cursor() -> Cursor { Cursor(self) }

  private func hash(of word: Span<UInt8>) -> UInt64 { xxh64(word, seed: salts[0]) }
}
