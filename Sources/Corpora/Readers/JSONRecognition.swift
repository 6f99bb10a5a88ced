/// Whether bytes begin like a JSON object or list and unlike lyrics: `{"`, `[{`, `["words",` and similar.
///
/// A tag such as `[Chorus]` is not JSON. Reads no further than what follows the first string.
func isJSON(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
  var index = CSVScanner.afterMark(bytes, range)
  /// Returns the next byte that is not white space and moves past it; nil at the end.
  func next() -> UInt8? {
    while index < range.upperBound, [0x20, tabByte, carriageReturn, newlineByte].contains(bytes[index]) { index += 1 }
    guard index < range.upperBound else { return nil }
    index += 1
    return bytes[index - 1]
  }
  var isInList = false
  while true {
    switch next() {
    case UInt8(ascii: "{"):
      let first = next()
      return first == UInt8(ascii: "\"") || first == UInt8(ascii: "}")
    case UInt8(ascii: "["): isInList = true
    case UInt8(ascii: "\"") where isInList:
      while index < range.upperBound, bytes[index] != UInt8(ascii: "\""), bytes[index] != newlineByte {
        index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
      }
      guard index < range.upperBound, bytes[index] == UInt8(ascii: "\"") else { return false }
      index += 1
      let after = next()
      return after == UInt8(ascii: ",") || after == UInt8(ascii: "]") && [nil, UInt8(ascii: ","), UInt8(ascii: "]")].contains(next())
    default: return false
    }
  }
}
