/// The pieces inside which byte pairs are merged: GPT-2's pattern, as in Hugging Face's `ByteLevel`, on each line by itself.
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
extension Lexer {
  mutating func cutPretokens(_ text: Span<UInt8>, _ line: Range<Int>, into sink: inout some TokenSink) {
    var start = line.lowerBound
    let end = line.upperBound
    while start < end {
      let next = endOfContraction(text, from: start, end) ?? endOfPretoken(text, from: start, end)
      sink.add(text, start..<next)
      start = next
    }
  }

  private func endOfContraction(_ text: Span<UInt8>, from start: Int, _ end: Int) -> Int? {
    guard text[start] == UInt8(ascii: "'"), start + 1 < end else { return nil }
    switch text[start + 1] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"): return start + 2 < end && text[start + 2] == UInt8(ascii: "e") ? start + 3 : nil
    case UInt8(ascii: "l"): return start + 2 < end && text[start + 2] == UInt8(ascii: "l") ? start + 3 : nil
    default: return nil
    }
  }

  private mutating func endOfPretoken(_ text: Span<UInt8>, from start: Int, _ end: Int) -> Int {
    var (kind, next) = classes.kind(text, at: start)
    if text[start] == UInt8(ascii: " "), next < end {
      // One space goes with what follows it.
      let following = classes.kind(text, at: next)
      if following.kind != .space { (kind, next) = following }
    }
    var last = start
    while next < end {
      let following = classes.kind(text, at: next)
      if following.kind != kind { break }
      last = next
      next = following.next
    }
    // A run of white space leaves its last for what follows.
    return kind == .space && next < end && last > start ? last : next
  }
}
