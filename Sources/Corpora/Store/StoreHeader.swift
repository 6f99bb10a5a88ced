internal import Basics

/// The first page of a store: what it holds, and where.
///
/// All numbers are little-endian. The page has the magic word, 25 numbers of eight bytes, and from byte 256 on the table of sections. The
/// sections follow it without gaps. Stores of format 1 have no table: from byte 4,096 on come the tokens of the parts, the vocabulary and
/// the description.
struct StoreHeader: Sendable, Hashable {
  static let magic = Array("RFNSTORE".utf8)
  /// The format of stores that are written.
  static let format: UInt64 = 2
  static let size = 4_096
  /// Where the table of sections begins.
  static let tableOffset = 256
  /// Sections are hashed in blocks of this size, and the blocks' hashes once more.
  static let blockSize = 1 << 20

  /// No number of songs, tokens or bytes comes near this, and a few of them can be added and multiplied.
  static let mostOfAnything = 1 << 48

  /// Bytes of a token: 2 or 4.
  var tokenSize = 2
  var vocabularyCount = 0
  var tokens = [0, 0, 0]
  var songs = [0, 0, 0]
  var unknown = [0, 0, 0]
  /// Whether there is a validation or test part at all.
  var hasPart = [true, false, false]
  var excludedSongs = 0
  /// The sections in the order of their offsets.
  var sections: [StoreSection] = []
  /// Hashes of the sources' names, sizes and times, and of the options; 0 for what can change unseen.
  var sources: UInt64 = 0
  var options: UInt64 = 0
  /// The revision of the rules that read the sources.
  var readingRevision = Corpus.currentReadingRevision
  /// Whether it was made for a cache, which may remove it.
  var isCached = false
  /// The hash of the tokens and the vocabulary, whatever they were made from.
  var fingerprint: UInt64 = 0
  /// In format 1, the hash of all that follows the header; nil in later formats, whose sections have hashes of their own.
  var checksum: UInt64?

  /// A stretch of the file that is compared with a checksum.
  struct Checked {
    var range: Range<Int>
    var checksum: UInt64
    /// Where the tokens end with which it begins.
    var tokensEnd: Int
  }

  /// What is checked before a store is used: all of format 1, and each section that this version reads of format 2.
  var checked: [Checked] {
    if let checksum {
      let end = section(StoreSection.tokens[2])?.range.upperBound ?? Self.size
      return [Checked(range: Self.size..<(sections.last?.range.upperBound ?? end), checksum: checksum, tokensEnd: end)]
    }
    return sections.filter(\.isKnown).map { section in
      let range = section.range
      return Checked(range: range, checksum: section.checksum, tokensEnd: section.holdsTokens ? range.upperBound : range.lowerBound)
    }
  }

  /// The section of a name; nil if there is none.
  func section(_ name: String) -> StoreSection? { sections.first { $0.name == name } }

  private var fields: [UInt64] {
    let numbers = [tokenSize, vocabularyCount] + tokens + songs + unknown + hasPart.map { $0 ? 1 : 0 } + [excludedSongs, sections.count]
    return [Self.format] + numbers.map { UInt64($0) } + [0, 0, sources, options, fingerprint, 0, UInt64(readingRevision), isCached ? 1 : 0]
  }

  /// The bytes of the page that are zeros in every store: after the table of sections, and before the hash.
  static let unused = tableOffset + StoreSection.most * StoreSection.entrySize..<size - 8

  /// The header's page; its last eight bytes are the hash of those before.
  var page: [UInt8] {
    var bytes = Self.magic
    for field in fields { bytes.append(littleEndian: field) }
    bytes += [UInt8](repeating: 0, count: Self.tableOffset - bytes.count)
    precondition(sections.count <= StoreSection.most, "the table must fit into the page")
    for section in sections { bytes += section.entry }
    bytes += [UInt8](repeating: 0, count: Self.size - 8 - bytes.count)
    bytes.append(littleEndian: xxh64(bytes.span))
    return bytes
  }

  init() {}

  /// Reads a header, which may come from anywhere.
  ///
  /// - Throws: `CorpusError.malformedStore`, `.unsupportedStore` or `.newerStore`.
  init(page: [UInt8], fileSize: Int, path: String) throws(CorpusError) {
    func malformed(_ reason: String) -> CorpusError { .malformedStore(path: path, reason: reason) }
    guard page.starts(with: Self.magic) else { throw malformed("it does not begin as a store does") }
    guard page.count >= 16 else { throw malformed("it is cut off") }
    func field(_ number: Int) -> UInt64 { page.littleEndian(at: 8 + 8 * number) }
    let format = field(0)
    guard format == 1 || format == Self.format else { throw .unsupportedStore(path: path, format: Int(clamping: format)) }
    guard page.count == Self.size else { throw malformed("it is cut off") }
    guard xxh64(page.span.extracting(0..<Self.size - 8)) == page.littleEndian(at: Self.size - 8) else {
      throw malformed("its header is damaged")
    }
    // A header that is whole may still be forged.
    var numbers: [Int] = []
    for number in 1...18 {
      guard field(number) < Self.mostOfAnything else { throw malformed("a number in its header is beyond all bounds") }
      numbers.append(Int(field(number)))
    }
    tokenSize = numbers[0]
    vocabularyCount = numbers[1]
    tokens = Array(numbers[2..<5])
    songs = Array(numbers[5..<8])
    unknown = Array(numbers[8..<11])
    hasPart = numbers[11..<14].map { $0 != 0 }
    excludedSongs = numbers[14]
    sources = field(19)
    options = field(20)
    fingerprint = field(21)
    // Stores of the first revision have a zero there.
    guard field(23) < 1 << 31 else { throw malformed("its reading revision is beyond all bounds") }
    readingRevision = max(1, Int(field(23)))
    guard field(24) < 2 else { throw malformed("it says neither that it is cached nor that it is not") }
    isCached = field(24) == 1
    guard tokenSize == 2 || tokenSize == 4 else { throw malformed("its tokens have \(tokenSize) bytes, expected 2 or 4") }
    if format == 1 {
      checksum = field(22)
      let end = Self.size + tokens.reduce(0, +) * tokenSize
      guard numbers[15] == end else { throw malformed("its tokens do not end where they should") }
      var offset = Self.size
      for (name, count) in zip(
        StoreSection.tokens + [StoreSection.vocabulary, StoreSection.description],
        tokens.map { $0 * tokenSize } + [numbers[16], numbers[17]])
      {
        sections.append(StoreSection(name: name, offset: offset, count: count))
        offset += count
      }
      guard fileSize == offset else { throw malformed("it has \(fileSize) bytes, expected \(offset)") }
    } else {
      guard numbers[16] == 0, numbers[17] == 0, field(22) == 0 else { throw malformed("a number in its header is not zero") }
      sections = try StoreSection.table(page, count: numbers[15], fileSize: fileSize, path: path)
    }
    for (name, count) in zip(StoreSection.tokens, tokens) {
      guard let section = self.section(name) else { throw malformed("it has no section \(name)") }
      guard section.count == count * tokenSize else { throw malformed("its tokens do not end where they should") }
    }
    guard section(StoreSection.description) != nil else { throw malformed("it has no section \(StoreSection.description)") }
    guard vocabularyCount > 0, vocabularyCount <= section(StoreSection.vocabulary)?.count ?? 0 else {
      throw malformed("its vocabulary is empty or cut off")
    }
  }
}

extension [UInt8] {
  mutating func append<Number: FixedWidthInteger>(littleEndian number: Number) {
    var rest = number
    for _ in 0..<MemoryLayout<Number>.size {
      append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  /// The number of eight bytes from `index` on.
  func littleEndian(at index: Int) -> UInt64 { self[index..<index + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) } }
}

/// Hashes the bytes of a section as they come.
struct BlockHash: Sendable {
  private var block: [UInt8] = []
  private var hashes: [UInt8] = []

  mutating func add(_ bytes: [UInt8]) {
    var index = 0
    while index < bytes.count {
      let taken = min(bytes.count - index, StoreHeader.blockSize - block.count)
      block += bytes[index..<index + taken]
      index += taken
      if block.count == StoreHeader.blockSize { endBlock() }
    }
  }

  private mutating func endBlock() {
    hashes.append(littleEndian: xxh64(block.span))
    block.removeAll(keepingCapacity: true)
  }

  /// The hash of all that was added.
  var value: UInt64 {
    var copy = self
    if !copy.block.isEmpty { copy.endBlock() }
    return xxh64(copy.hashes.span)
  }
}
