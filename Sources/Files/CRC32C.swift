/// The CRC-32C of bytes: Castagnoli's polynomial, as in iSCSI (RFC 3720, appendix B.4) and ext4; eight bytes at a time
/// (Kounavis and Berry, "A systematic approach to building high performance software-based CRC generators", 2005).
///
/// It is written by hand, since it is short and must keep up with a disk; no library that is used here has it.
///
/// It finds damage by disks and cables, and every burst of up to 32 bits; it is no protection from forgers.
package struct CRC32C: Sendable, Hashable {
  private var register: UInt32 = ~0

  package init() {}

  /// The checksum of all bytes so far.
  package var value: UInt32 { ~register }

  /// The checksum of these bytes alone.
  package static func of(_ bytes: Span<UInt8>) -> UInt32 {
    var checksum = CRC32C()
    checksum.add(bytes)
    return checksum.value
  }

  /// The checksum of these bytes alone.
  package static func of(_ bytes: [UInt8]) -> UInt32 { of(bytes.span) }

  /// Goes on over more bytes.
  package mutating func add(_ bytes: Span<UInt8>) {
    let tables = Self.tables.span
    var register = register
    var index = 0
    let whole = bytes.count & ~7
    while index < whole {
      let low = register ^ word(bytes, index), high = word(bytes, index + 4)
      register =
        tables[1_792 + Int(low & 0xFF)] ^ tables[1_536 + Int(low >> 8 & 0xFF)] ^ tables[1_280 + Int(low >> 16 & 0xFF)]
        ^ tables[1_024 + Int(low >> 24)] ^ tables[768 + Int(high & 0xFF)] ^ tables[512 + Int(high >> 8 & 0xFF)]
        ^ tables[256 + Int(high >> 16 & 0xFF)] ^ tables[Int(high >> 24)]
      index += 8
    }
    while index < bytes.count {
      register = register >> 8 ^ tables[Int((register ^ UInt32(bytes[index])) & 0xFF)]
      index += 1
    }
    self.register = register
  }

  private func word(_ bytes: Span<UInt8>, _ index: Int) -> UInt32 {
    UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16 | UInt32(bytes[index + 3]) << 24
  }

  /// [8 x 256]: entry k * 256 + b is the register after byte b and k bytes of zeros.
  private static let tables: [UInt32] = {
    var tables: [UInt32] = []
    for byte in 0..<UInt32(256) {
      tables.append((0..<8).reduce(byte) { register, _ in register & 1 == 1 ? register >> 1 ^ 0x82F6_3B78 : register >> 1 })
    }
    for index in 256..<8 * 256 { tables.append(tables[index - 256] >> 8 ^ tables[Int(tables[index - 256] & 0xFF)]) }
    return tables
  }()
}
