internal import Files

/// A named stretch of a store, as the table in its first page lists it.
///
/// An entry of the table has 64 bytes: the name in 32 bytes with zeros after it, the offset in the file, the number of bytes, the checksum,
/// and the flags: 1 for a section without which the store cannot be used, 0 for one that may be skipped.
struct StoreSection: Sendable, Hashable {
  static let tokens = ["tokens.training", "tokens.validation", "tokens.test"]
  static let vocabulary = "vocabulary"
  static let description = "description"
  /// The songs' details one after the other, and the places of every 64th of them. Both are optional.
  static let songs = "songs"
  static let songIndex = "songs.index"
  private static let known = Set(tokens + [vocabulary, description, songs, songIndex])

  static let entrySize = 64
  private static let nameSize = 32
  /// The most sections of a store. The rest of the first page stays zero, by which a damaged store is recognized.
  static let most = 28

  var name: String
  var offset: Int
  /// How many bytes it has.
  var count: Int
  /// The hash of its blocks' hashes, as `BlockHash` gives it.
  var checksum: UInt64 = 0
  var isRequired = true

  var range: Range<Int> { offset..<offset + count }
  /// Whether this version reads it.
  var isKnown: Bool { Self.known.contains(name) }
  var holdsTokens: Bool { Self.tokens.contains(name) }

  init(name: String, offset: Int, count: Int, checksum: UInt64 = 0, isRequired: Bool = true) {
    self.name = name
    self.offset = offset
    self.count = count
    self.checksum = checksum
    self.isRequired = isRequired
  }

  /// The bytes of its entry.
  var entry: [UInt8] {
    var bytes = Array(name.utf8)
    precondition(bytes.count <= Self.nameSize && !bytes.isEmpty, "a section's name must fit into its entry")
    bytes += [UInt8](repeating: 0, count: Self.nameSize - bytes.count)
    for number in [UInt64(offset), UInt64(count), checksum, isRequired ? 1 : 0] { bytes.append(littleEndian: number) }
    return bytes
  }

  /// Reads an entry, which may come from anywhere.
  ///
  /// - Throws: `CorpusError.malformedStore`, or `.newerStore` for a section that is needed and not known.
  private init(entry: [UInt8], path: String) throws(CorpusError) {
    func malformed(_ reason: String) -> CorpusError { .malformedStore(path: path, reason: reason) }
    let field = entry[..<Self.nameSize]
    let bytes = field.prefix { $0 != 0 }
    guard !bytes.isEmpty, field[bytes.endIndex...].allSatisfy({ $0 == 0 }), bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
      let name = String(validating: bytes, as: UTF8.self)
    else { throw malformed("the name of a section in its table is not a text") }
    let numbers = (0..<4).map { entry.littleEndian(at: Self.nameSize + 8 * $0) }
    guard numbers[0] < StoreHeader.mostOfAnything, numbers[1] < StoreHeader.mostOfAnything else {
      throw malformed("the section \(name) is beyond all bounds")
    }
    // What other flags mean is for newer versions to know.
    guard numbers[3] < 2 else { throw .newerStore(path: path, section: name) }
    self.init(name: name, offset: Int(numbers[0]), count: Int(numbers[1]), checksum: numbers[2], isRequired: numbers[3] == 1)
    if isRequired, !isKnown { throw .newerStore(path: path, section: name) }
  }

  /// Reads the table in the first page of a store, which may come from anywhere.
  ///
  /// - Throws: `CorpusError.malformedStore` or `.newerStore`.
  static func table(_ page: [UInt8], count: Int, fileSize: Int, path: String) throws(CorpusError) -> [StoreSection] {
    func malformed(_ reason: String) -> CorpusError { .malformedStore(path: path, reason: reason) }
    guard (1...most).contains(count) else { throw malformed("its table has \(count) sections, expected 1 to \(most)") }
    var sections: [StoreSection] = []
    var names: Set<String> = []
    var end = StoreHeader.size
    for number in 0..<count {
      let place = StoreHeader.tableOffset + number * entrySize
      let section = try StoreSection(entry: Array(page[place..<place + entrySize]), path: path)
      guard names.insert(section.name).inserted else { throw malformed("its table has the section \(section.name) twice") }
      guard section.offset == end else {
        throw malformed("the section \(section.name) begins at byte \(section.offset), expected \(end), where the one before it ends")
      }
      end += section.count
      sections.append(section)
    }
    guard end == fileSize else { throw malformed("it has \(fileSize) bytes, expected \(end)") }
    let last = StoreHeader.tableOffset + count * entrySize
    guard page[last..<StoreHeader.size - 8].allSatisfy({ $0 == 0 }) else { throw malformed("there is something after its table") }
    return sections
  }
}

/// Writes the sections of a store one after the other, and notes them for its table.
struct SectionWriter {
  private(set) var sections: [StoreSection] = []
  private var hash = BlockHash()

  /// Begins a section where the one before ends.
  mutating func begin(_ name: String, isRequired: Bool = true) {
    end()
    let offset = sections.last?.range.upperBound ?? StoreHeader.size
    sections.append(StoreSection(name: name, offset: offset, count: 0, isRequired: isRequired))
    hash = BlockHash()
  }

  /// Adds bytes to the section that was begun last.
  mutating func write(_ bytes: [UInt8], to writer: inout FileWriter) throws {
    hash.add(bytes)
    sections[sections.count - 1].count += bytes.count
    try writer.write(bytes)
  }

  /// Ends the last section.
  mutating func end() {
    guard let last = sections.indices.last else { return }
    sections[last].checksum = hash.value
  }
}
