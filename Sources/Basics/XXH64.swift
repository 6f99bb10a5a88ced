/// XXH64, by Yann Collet (<https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md>): finds damage, and is no defence
/// against forgery.
package func xxh64(_ bytes: Span<UInt8>, seed: UInt64 = 0) -> UInt64 {
  let prime1: UInt64 = 0x9E37_79B1_85EB_CA87, prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F, prime3: UInt64 = 0x1656_67B1_9E37_79F9
  let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63, prime5: UInt64 = 0x27D4_EB2F_1656_67C5
  func rotated(_ value: UInt64, _ by: UInt64) -> UInt64 { value << by | value >> (64 - by) }
  func round(_ sum: UInt64, _ lane: UInt64) -> UInt64 { rotated(sum &+ lane &* prime2, 31) &* prime1 }

  let count = bytes.count
  func word(_ offset: Int) -> UInt64 { bytes.eightBytes(at: offset) }
  var hash: UInt64
  var offset = 0
  if count >= 32 {
    var a = seed &+ prime1 &+ prime2
    var b = seed &+ prime2
    var c = seed
    var d = seed &- prime1
    while offset + 32 <= count {
      a = round(a, word(offset))
      b = round(b, word(offset + 8))
      c = round(c, word(offset + 16))
      d = round(d, word(offset + 24))
      offset += 32
    }
    hash = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
    for sum in [a, b, c, d] { hash = (hash ^ round(0, sum)) &* prime1 &+ prime4 }
  } else {
    hash = seed &+ prime5
  }
  hash &+= UInt64(count)
  while offset + 8 <= count {
    hash = rotated(hash ^ round(0, word(offset)), 27) &* prime1 &+ prime4
    offset += 8
  }
  if offset + 4 <= count {
    hash = rotated(hash ^ bytes.fewBytes(offset..<offset + 4) &* prime1, 23) &* prime2 &+ prime3
    offset += 4
  }
  while offset < count {
    hash = rotated(hash ^ UInt64(bytes[offset]) &* prime5, 11) &* prime1
    offset += 1
  }
  hash = (hash ^ hash >> 33) &* prime2
  hash = (hash ^ hash >> 29) &* prime3
  return hash ^ hash >> 32
}
