/// Counts the characters of a UTF-8 text that were UTF-8 once, were read in another encoding, and were saved again: `Ã©` for `é`, `â€™` for
/// `’`.
///
/// Counted are sequences that are a character again if each is taken for its byte in Windows-1252 or ISO-8859-1, and the signs that stand
/// for common ones in Mac OS Roman (`√©`, `‚Äô`). Sequences that a language may have count only in a text that has others too.
///
/// - Complexity: O(n); ASCII is passed eight bytes at a time.
package func countMojibake(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
  var certain = 0, possible = 0
  var index = range.lowerBound
  while index < range.upperBound {
    if index <= range.upperBound - 8, text.eightBytes(at: index) & EightBytes.high == 0 {
      index += 8
      continue
    }
    let byte = text[index]
    guard byte == 0xC3 || byte == 0xE2 else {
      index += 1
      continue
    }
    if byte == 0xC3, let (next, isCertain) = doublyEncoded(text, at: index, range.upperBound) {
      if isCertain { certain += 1 } else { possible += 1 }
      index = next
    } else {
      if byte == 0xE2, isOfMac(text, index, range.upperBound) { certain += 1 }
      index += 1
    }
  }
  return certain > 0 || possible >= 8 ? certain + possible : 0
}

/// The end of a character that was encoded twice and begins at `index`, and whether no language writes these characters in a row.
private func doublyEncoded(_ text: Span<UInt8>, at index: Int, _ end: Int) -> (next: Int, isCertain: Bool)? {
  guard end - index >= 4, 0x82...0xB4 ~= text[index + 1] else { return nil }
  let first = text[index + 1] + 0x40
  var next = index + 2
  var bytes = [first]
  for _ in 0..<(first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3) {
    guard next < end, let (byte, after) = continuation(text, at: next, end) else { return nil }
    bytes.append(byte)
    next = after
  }
  guard firstInvalidByte(bytes.span, 0..<bytes.count) == nil else { return nil }
  // Ã, Â, â, Ð, Ñ, ï and ð.
  return (next, [0xC2, 0xC3, 0xE2, 0xD0, 0xD1, 0xEF, 0xF0].contains(first))
}

/// The byte from 0x80 to 0xBF that the character at `index` was read from, and where the next begins.
private func continuation(_ text: Span<UInt8>, at index: Int, _ end: Int) -> (byte: UInt8, next: Int)? {
  let first = text[index]
  let count = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
  guard 2...3 ~= count, end - index >= count else { return nil }
  let (value, next) = scalar(text, at: index)
  if 0x80...0xBF ~= value { return (UInt8(value), next) }
  return windows1252.firstIndex(of: value).map { (UInt8(0x80 + $0), next) }
}

/// Whether `√` or `‚Ä` and a sign that is not ASCII follow at once.
private func isOfMac(_ text: Span<UInt8>, _ index: Int, _ end: Int) -> Bool {
  guard end - index >= 5 else { return false }
  if text[index + 1] == 0x88, text[index + 2] == 0x9A { return text[index + 3] >= 0x80 }
  return end - index >= 6 && text[index + 1] == 0x80 && text[index + 2] == 0x9A && text[index + 3] == 0xC3 && text[index + 4] == 0x84
    && text[index + 5] >= 0x80
}
