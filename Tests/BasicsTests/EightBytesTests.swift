import Basics
import Testing

@Suite("Eight bytes at once")
struct EightBytesTests {
  private static let bytes = (0..<21).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }

  @Test("Bytes are read as a little-endian number, wherever they stand", arguments: 0...13)
  func reading(index: Int) {
    let bytes = Self.bytes
    let expected = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[index + $1]) << UInt64(8 * $1) }
    #expect(bytes.span.eightBytes(at: index) == expected)
    for count in 0...8 {
      #expect(bytes.span.fewBytes(index..<index + count) == (count == 8 ? expected : expected & (1 << UInt64(8 * count) - 1)))
    }
  }

  @Test("Few bytes are read up to the end", arguments: 14...21)
  func end(index: Int) {
    let bytes = Self.bytes
    let expected = (index..<21).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << UInt64(8 * ($1 - index)) }
    #expect(bytes.span.fewBytes(index..<21) == expected)
  }

  @Test("A byte's first place and its number are found", arguments: [0x00, 0x0A, 0x22, 0x80, 0xFF] as [UInt8])
  func search(value: UInt8) {
    for pattern in UInt8.min...UInt8.max {
      let bytes = (0..<8).map { pattern >> UInt8($0) & 1 == 1 ? value : value ^ UInt8(1 << (7 - $0)) }
      let word = bytes.span.eightBytes(at: 0)
      let first = bytes.firstIndex(of: value)
      #expect(EightBytes.first(value, in: word).trailingZeroBitCount / 8 == first ?? 8)
      #expect(EightBytes.count(value, in: word) == bytes.count { $0 == value })
    }
  }

  @Test("Bytes of a span are added to an array", arguments: [0..<0, 0..<21, 3..<7])
  func appending(range: Range<Int>) {
    let bytes = Self.bytes
    var result: [UInt8] = [1, 2]
    result.append(bytes.span, range)
    #expect(result == [1, 2] + bytes[range])
  }
}
