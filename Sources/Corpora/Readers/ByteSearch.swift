internal import Basics

/// The first place of a byte from `place` on, or `end`.
@inline(__always)
func firstPlace(of byte: UInt8, in text: Span<UInt8>, from place: Int, to end: Int) -> Int {
  var index = place
  while end - index >= 8 {
    let found = EightBytes.first(byte, in: text.eightBytes(at: index))
    if found != 0 { return index + found.trailingZeroBitCount / 8 }
    index += 8
  }
  while index < end, text[index] != byte { index += 1 }
  return index
}

func lastNewline(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
  var index = range.upperBound
  while index > range.lowerBound {
    index -= 1
    if bytes[index] == newlineByte { return index }
  }
  return nil
}

func newlines(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
  var count = 0
  var index = range.lowerBound
  while range.upperBound - index >= 8 {
    count += EightBytes.count(newlineByte, in: bytes.eightBytes(at: index))
    index += 8
  }
  while index < range.upperBound {
    if bytes[index] == newlineByte { count += 1 }
    index += 1
  }
  return count
}
