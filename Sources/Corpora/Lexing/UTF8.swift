internal import Basics

/// The scalar whose UTF-8 begins at `index`, and where the next begins.
///
/// - Precondition: the bytes are valid UTF-8 and a scalar begins at `index`.
@inline(__always)
func scalar(_ text: Span<UInt8>, at index: Int) -> (value: UInt32, next: Int) {
  let first = UInt32(text[index])
  if first < 0x80 { return (first, index + 1) }
  let second = UInt32(text[index + 1] & 0x3F)
  if first < 0xE0 { return ((first & 0x1F) << 6 | second, index + 2) }
  let third = UInt32(text[index + 2] & 0x3F)
  if first < 0xF0 { return ((first & 0x0F) << 12 | second << 6 | third, index + 3) }
  return ((first & 0x07) << 18 | second << 12 | third << 6 | UInt32(text[index + 3] & 0x3F), index + 4)
}

/// The text of valid UTF-8 bytes.
func string(_ text: Span<UInt8>, _ range: Range<Int>) -> String {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(range.count)
  for index in range { bytes.append(text[index]) }
  return String(decoding: bytes, as: UTF8.self)
}

/// A to Z as a to z; all else as it is.
@inline(__always)
func lowercased(ascii byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

/// Whether any of the bytes is not ASCII.
@inline(__always)
func hasNonASCII(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
  var index = range.lowerBound
  while range.upperBound - index >= 8 {
    if text.eightBytes(at: index) & EightBytes.high != 0 { return true }
    index += 8
  }
  while index < range.upperBound {
    if text[index] >= 0x80 { return true }
    index += 1
  }
  return false
}
