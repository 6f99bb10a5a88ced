import Files
import Testing

@Suite("CRC-32C") struct CRC32CTests {
  /// The values of RFC 3720, appendix B.4, and the usual check value.
  static let known: [([UInt8], UInt32)] = [
    (Array("123456789".utf8), 0xE306_9283),
    (Array(repeating: 0, count: 32), 0x8A91_36AA),
    (Array(repeating: 0xFF, count: 32), 0x62A8_AB43),
    (Array(0..<32), 0x46DD_794E),
    ((0..<32).reversed(), 0x113F_DB5C),
    ([], 0),
  ]

  @Test("agrees with the published values", arguments: known)
  func values(bytes: [UInt8], checksum: UInt32) {
    #expect(CRC32C.of(bytes) == checksum)
  }

  @Test("does not depend on how the bytes are cut", arguments: 0...40)
  func pieces(cut: Int) {
    let bytes = (0..<40).map { UInt8(truncatingIfNeeded: $0 &* 97 &+ 13) }
    var checksum = CRC32C()
    checksum.add(bytes.span.extracting(first: cut))
    checksum.add(bytes.span.extracting(droppingFirst: cut))
    #expect(checksum.value == CRC32C.of(bytes))
  }

  @Test func `every flipped bit changes it`() {
    let bytes = (0..<40).map { UInt8(truncatingIfNeeded: $0 &* 97 &+ 13) }
    var seen: Set = [CRC32C.of(bytes)]
    for bit in 0..<8 * bytes.count {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(seen.insert(CRC32C.of(changed)).inserted)
    }
  }
}
