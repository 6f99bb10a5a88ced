internal import Basics

/// The hash of a song's text that decides its side and finds its copies: see `CorpusSplit.hash`. It can be fed in pieces.
struct SongHash: Sendable {
  private var hash = FNV1a()
  private var isAtStart = true
  private var isSpacePending = false
  private var lowercase = LowercaseTable()

  /// Ready for another song, with the tables kept.
  mutating func reset() {
    hash = FNV1a()
    isAtStart = true
    isSpacePending = false
  }

  mutating func add(_ text: Span<UInt8>, _ range: Range<Int>) {
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = text[index]
      if byte < 0x80 {
        index += 1
        if byte <= 0x20 { isSpacePending = !isAtStart } else { add(letter: lowercased(ascii: byte)) }
      } else {
        let (value, next) = scalar(text, at: index)
        index = next
        for value in lowercase.mapping(value) { add(value) }
      }
    }
  }

  private mutating func add(_ value: UInt32) {
    guard let scalar = Unicode.Scalar(value) else { return }
    if value <= 0x20 || value >= 0x80 && scalar.properties.isWhitespace {
      isSpacePending = !isAtStart
    } else {
      beginLetter()
      for byte in UTF8.encode(scalar) ?? .init() { add(byte) }
    }
  }

  private mutating func add(letter byte: UInt8) {
    beginLetter()
    add(byte)
  }

  private mutating func beginLetter() {
    if isSpacePending { add(UInt8(ascii: " ")) }
    isSpacePending = false
    isAtStart = false
  }

  private mutating func add(_ byte: UInt8) { hash.add(UInt64(byte)) }

  /// The hash of what was added.
  var value: UInt64 { mixed(hash.value) }
}

/// What scalars are in lower case, kept once asked for.
private struct LowercaseTable: Sendable {
  private var known: [UInt32: [UInt32]] = [:]

  mutating func mapping(_ value: UInt32) -> [UInt32] {
    if let found = known[value] { return found }
    let mapping = Unicode.Scalar(value).map { $0.properties.lowercaseMapping.unicodeScalars.map(\.value) } ?? []
    known[value] = mapping
    return mapping
  }
}
