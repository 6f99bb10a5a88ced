import Basics
import Testing

@Suite("Hashing")
struct HashingTests {
  @Test(
    "The mixing is that of SplitMix64",
    arguments: [(1, 0xE220_A839_7B1D_CDAF), (2, 0x6E78_9E6A_A1B9_65F4), (3, 0x06C4_5D18_8009_454F)] as [(UInt64, UInt64)])
  func mixing(number: UInt64, expected: UInt64) {
    // The generator's first outputs for the seed 0.
    #expect(mixed(number &* goldenRatio) == expected)
  }

  @Test(
    "The hash is FNV-1a",
    arguments: [("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8)] as [(String, UInt64)])
  func fnv(text: String, expected: UInt64) {
    var hash = FNV1a()
    for byte in text.utf8 { hash.add(UInt64(byte)) }
    #expect(hash.value == expected)
  }

  @Test(
    "The checksum is XXH64",
    arguments: [
      (0, 0, 0xEF46_DB37_51D8_E999), (1, 0, 0x8A41_2781_1B21_E730), (3, 0, 0xB6E6_C910_C2FD_373A), (4, 0, 0x22ED_A2CF_6AF4_C124),
      (14, 0, 0xFF34_EE32_A5C9_ECFE), (31, 0, 0x6AB1_C40E_29F5_0073), (32, 0, 0x5A07_56FB_E9EC_D3D1),
      (101, 0, 0xF1ED_4C99_4158_E4ED), (101, 2_654_435_761, 0xF486_9094_A52E_6877),
    ] as [(Int, UInt64, UInt64)])
  func checksum(count: Int, seed: UInt64, expected: UInt64) {
    let bytes = (0..<count).map { UInt8(($0 * 7 + 1) % 251) }
    #expect(xxh64(bytes.span, seed: seed) == expected)
  }
}
