/// The pieces inside which byte pairs are merged, on each line by itself.
///
/// By the first rules they are those of GPT-2's pattern, as in Hugging Face's `ByteLevel`:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// By the second, combining marks belong to the letter, number or symbol before them, and joiners to the letter or symbol:
///
///     '(?:[stmd]|re|ve|ll)(?!\p{M})| ?\p{L}[\p{L}\p{M}\u200C\u200D]*| ?\p{N}[\p{N}\p{M}]*| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
extension Lexer {
  /// The pattern of the second rules, for other programs.
  static let pretokenPattern =
    #"'(?:[stmd]|re|ve|ll)(?!\p{M})| ?\p{L}[\p{L}\p{M}\u200C\u200D]*| ?\p{N}[\p{N}\p{M}]*| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  mutating func cutPretokens(_ text: Span<UInt8>, _ line: Range<Int>, into sink: inout some TokenSink) {
    var start = line.lowerBound
    let end = line.upperBound
    while start < end {
      let next = endOfContraction(text, from: start, end) ?? endOfPretoken(text, from: start, end)
      sink.add(text, start..<next)
      start = next
    }
  }

  private mutating func endOfContraction(_ text: Span<UInt8>, from start: Int, _ end: Int) -> Int? {
    guard text[start] == UInt8(ascii: "'"), start + 1 < end else { return nil }
    let next: Int
    switch text[start + 1] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): next = start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"):
      guard start + 2 < end, text[start + 2] == UInt8(ascii: "e") else { return nil }
      next = start + 3
    case UInt8(ascii: "l"):
      guard start + 2 < end, text[start + 2] == UInt8(ascii: "l") else { return nil }
      next = start + 3
    default: return nil
    }
    // A letter with a mark is another letter.
    return next < end && classes.kind(text, at: next).kind == .mark ? nil : next
  }

  private mutating func endOfPretoken(_ text: Span<UInt8>, from start: Int, _ end: Int) -> Int {
    var (kind, next) = classes.kind(text, at: start)
    if text[start] == UInt8(ascii: " "), next < end {
      // One space goes with what follows it.
      let following = classes.kind(text, at: next)
      if following.kind != .space { (kind, next) = following }
    }
    // Without anything to belong to, marks and joiners are like punctuation.
    if kind == .mark || kind == .joiner { kind = .other }
    var last = start
    while next < end {
      let following = classes.kind(text, at: next)
      if following.kind != kind, !following.kind.attaches(to: kind) { break }
      last = next
      next = following.next
    }
    // A run of white space leaves its last for what follows.
    return kind == .space && next < end && last > start ? last : next
  }
}
