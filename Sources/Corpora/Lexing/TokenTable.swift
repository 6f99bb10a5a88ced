internal import Basics

/// The tokens that were met, numbered from 0 in the order in which they came, found by their bytes.
///
/// An open hash table: linear probing over slots that hold 32 bits of the hash beside the number, so that most probes touch one
/// cache line. All bytes lie one after the other in one array, so that millions of tokens cost no allocations of their own.
struct TokenTable: Sendable {
  /// The bytes of all tokens.
  private(set) var bytes: [UInt8] = []
  /// Where each token ends; it begins where the one before ends.
  private var ends: [UInt32] = []
  /// The hash's high half, and the number + 1 in the low half; 0 is free.
  private var slots: [UInt64]
  private var mask: Int

  /// The most bytes that all tokens may have together.
  static let mostBytes = Int(UInt32.max)

  init(expecting count: Int = 256) {
    var size = 64
    while size < count * 2 { size *= 2 }
    slots = [UInt64](repeating: 0, count: size)
    mask = size - 1
  }

  var count: Int { ends.count }

  func range(of id: Int) -> Range<Int> { (id == 0 ? 0 : Int(ends[id - 1]))..<Int(ends[id]) }

  func string(_ id: Int) -> String { String(decoding: bytes[range(of: id)], as: UTF8.self) }

  /// The hash of a token's bytes, eight at a time, mixed so that every bit depends on all of them.
  @inline(__always)
  static func hash(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
    var hash = UInt64(range.count) &* 0xCBF2_9CE4_8422_2325
    var index = range.lowerBound
    // Most tokens have no more than eight.
    while range.upperBound - index > 8 {
      hash = (hash ^ bytes.eightBytes(at: index)) &* 0x9FB2_1C65_1E98_DF25
      hash ^= hash >> 32
      index += 8
    }
    hash = (hash ^ bytes.fewBytes(index..<range.upperBound)) &* goldenRatio
    hash = (hash ^ hash >> 32) &* 0x9FB2_1C65_1E98_DF25
    return hash ^ hash >> 29
  }

  /// The number of a token, or nil if it is not there.
  func id(_ token: Span<UInt8>, _ range: Range<Int>, hash: UInt64) -> Int? {
    let high = hash >> 32
    var place = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = slots[place]
      if slot == 0 { return nil }
      if slot >> 32 == high {
        let id = Int(slot & 0xFFFF_FFFF) - 1
        if isEqual(id, token, range) { return id }
      }
      place = (place + 1) & mask
    }
  }

  /// The number of a token, which is added if it is new.
  mutating func intern(_ token: Span<UInt8>, _ range: Range<Int>, hash: UInt64) -> Int {
    let high = hash >> 32
    var place = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = slots[place]
      if slot == 0 { break }
      if slot >> 32 == high {
        let id = Int(slot & 0xFFFF_FFFF) - 1
        if isEqual(id, token, range) { return id }
      }
      place = (place + 1) & mask
    }
    precondition(bytes.count + range.count <= Self.mostBytes, "the tokens' bytes are more than a table holds")
    let id = ends.count
    for index in range { bytes.append(token[index]) }
    ends.append(UInt32(bytes.count))
    slots[place] = high << 32 | UInt64(id + 1)
    if ends.count * 3 > slots.count * 2 { grow() }
    return id
  }

  /// Empties the table and keeps its memory.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    for place in slots.indices { slots[place] = 0 }
  }

  @inline(__always)
  private func isEqual(_ id: Int, _ token: Span<UInt8>, _ range: Range<Int>) -> Bool {
    let own = self.range(of: id)
    guard own.count == range.count else { return false }
    let bytes = bytes.span
    var index = own.lowerBound
    var other = range.lowerBound
    while own.upperBound - index > 8 {
      if bytes.eightBytes(at: index) != token.eightBytes(at: other) { return false }
      index += 8
      other += 8
    }
    return bytes.fewBytes(index..<own.upperBound) == token.fewBytes(other..<range.upperBound)
  }

  private mutating func grow() {
    let size = slots.count * 2
    var slots = [UInt64](repeating: 0, count: size)
    mask = size - 1
    let bytes = bytes
    let span = bytes.span
    for id in 0..<ends.count {
      let hash = Self.hash(span, range(of: id))
      var place = Int(truncatingIfNeeded: hash) & mask
      while slots[place] != 0 { place = (place + 1) & mask }
      slots[place] = (hash & ~0xFFFF_FFFF) | UInt64(id + 1)
    }
    self.slots = slots
  }
}

extension TokenTable {
  func id(of token: String) -> Int? {
    let bytes = Array(token.utf8)
    return id(bytes.span, 0..<bytes.count, hash: Self.hash(bytes.span, 0..<bytes.count))
  }

  mutating func intern(_ token: String) -> Int {
    let bytes = Array(token.utf8)
    return intern(bytes.span, 0..<bytes.count, hash: Self.hash(bytes.span, 0..<bytes.count))
  }
}
