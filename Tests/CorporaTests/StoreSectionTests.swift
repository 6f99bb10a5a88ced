import Basics
import Corpora
import Files
import SystemPackage
import Testing

/// The table of named sections in a store.
@Suite("Store sections")
struct StoreSectionTests {
  let folder: TemporaryFolder
  let whole: StoreBytes
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path.appending("s.store").string
    let text = (0..<20).map { "the river \($0)\nla la la the boat" }.joined(separator: "\n\n\n")
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0.2)
    options.testFraction = 0.2
    try Corpus.prepare([folder.write(text, to: "songs.txt")], options: options, to: path)
    whole = StoreBytes(try readFile(FilePath(path)))
  }

  private func open(_ store: StoreBytes) throws -> Corpus { try Corpus(store: folder.write(store.bytes(), to: "forged.store")) }

  private func reason(_ store: StoreBytes) -> String? {
    do { _ = try open(store) } catch {
      if case CorpusError.malformedStore(_, let reason) = error { return reason }
      return "\(error)"
    }
    return nil
  }

  @Test func `a store has its sections in the order of the file, one after the other`() throws {
    let names = ["tokens.training", "tokens.validation", "tokens.test", "vocabulary", "description"]
    #expect(whole.entries.map(\.text) == names && whole.entries.allSatisfy { $0.flags == 1 })
    #expect(try open(whole).fingerprint() == Corpus(store: path).fingerprint())
  }

  @Test("An unknown section is skipped if it is optional, wherever it stands and whatever it holds", arguments: 0...5)
  func optional(place: Int) throws {
    var store = whole
    store.insert("later.things", [1, 2, 3, 255], flags: 0, at: place)
    store.insert("later.empty", [], flags: 0, at: place)
    #expect(try open(store).fingerprint() == Corpus(store: path).fingerprint())
    // It is not read, so nothing is said of its checksum.
    store.entries[place].checksum ^= 1
    #expect(reason(store) == nil)
  }

  @Test("An unknown section that is required, or has flags of later versions, is an error that says so", arguments: [1, 2, 3, UInt64.max])
  func required(flags: UInt64) throws {
    var store = whole
    store.insert("later.things", [1, 2, 3], flags: flags, at: 4)
    let forged = try folder.write(store.bytes(), to: "forged.store")
    #expect(throws: CorpusError.newerStore(path: forged, section: "later.things")) { try Corpus(store: forged) }
  }

  static let changes: [(String, @Sendable (inout StoreBytes) -> Void)] = [
    ("begins at byte", { $0.entries[1].offset -= 2 }), ("begins at byte", { $0.entries[1].offset += 2 }),
    ("begins at byte", { $0.entries.swapAt(0, 3) }), ("begins at byte", { $0.entries[0].offset = 0 }),
    ("begins at byte", { $0.entries[3].count += 1 }), ("bytes, expected", { $0.entries[4].count += 1 }),
    ("bytes, expected", { $0.entries[4].count = 1 << 40 }), ("beyond all bounds", { $0.entries[4].count = .max }),
    ("beyond all bounds", { $0.entries[2].offset = .max }), ("twice", { $0.entries[1].name = $0.entries[0].name }),
    ("is not a text", { $0.entries[3].name[0] = 0xFF }), ("is not a text", { $0.entries[3].name[1] = 10 }),
    ("is not a text", { $0.entries[3].name[31] = 1 }), ("is not a text", { $0.entries[3].name = [UInt8](repeating: 0, count: 32) }),
    ("its checksum", { $0.entries[0].checksum ^= 1 }), ("its checksum", { $0.entries[3].checksum = 0 }),
    ("its checksum", { $0.entries[4].checksum ^= 1 << 63 }), ("has no section", { $0.entries[1].set("later.things", flags: 0) }),
    ("has no section", { $0.entries[4].set("later.things", flags: 0) }),
    ("is empty or cut off", { $0.entries[3].set("later.things", flags: 0) }),
    ("its table has 0 sections", { $0.count = 0 }), ("its table has 29 sections", { $0.count = 29 }),
    ("beyond all bounds", { $0.count = .max }), ("bytes, expected", { $0.count = 4 }), ("is not a text", { $0.count = 6 }),
    ("is not zero", { $0.fields[17] = 1 }), ("is not zero", { $0.fields[22] = 1 }), ("do not end where they should", { $0.fields[3] += 1 }),
    ("do not end where they should", { $0.fields[1] = 4 }), ("has format 3", { $0.fields[0] = 3 }), ("has format 0", { $0.fields[0] = 0 }),
  ]

  @Test("A table that cannot be is refused with the reason", arguments: changes.indices)
  func forged(index: Int) throws {
    var store = whole
    Self.changes[index].1(&store)
    let found = reason(store)
    #expect(found?.contains(Self.changes[index].0) == true, "\(found ?? "accepted")")
  }

  @Test func `a store that is overwritten by a newer one while it is in use is an error`() throws {
    var store = whole
    let forged = try folder.write(store.bytes(), to: "forged.store")
    let corpus = try Corpus(store: forged)
    store.entries[4].flags = 3
    let file = try FileDescriptor.open(FilePath(forged), .readWrite)
    _ = try file.closeAfter { try file.writeAll(toAbsoluteOffset: 0, store.bytes()) }
    #expect(throws: CorpusError.changedWhileRead(path: forged)) { try corpus.fingerprint() }
  }

  // MARK: - Format 1

  @Test func `a store that a version of format 1 made is read`() throws {
    let golden = FilePath(#filePath).removingLastComponent().removingLastComponent().appending("Goldens/format1.store")
    let corpus = try Corpus(store: golden.string)
    #expect(corpus.songCount == 5 && corpus.tokenizer.vocabulary.count == 19)
    let tokens = try corpus.training.read() + (corpus.validation?.read() ?? [])
    #expect(tokens.count == 44)
    let text = corpus.tokenizer.decode(tokens)
    for line in ["The river runs", "the river and the boat", "the rain is long", "Ann sang of rain"] {
      #expect(text.contains(line), "\(text)")
    }
  }

  @Test func `a store of format 1 in the cache is still used, and is replaced by one of format 2 when its sources change`() throws {
    let source = folder.path.appending("songs.txt").string, cache = CorpusCache(folder: folder.path.appending("cache").string)
    let first = try Corpus.open([source], in: cache, memoryBound: 0).corpus
    let path = FilePath(cache.path(for: [source], options: .init()))
    let old = StoreBytes(try readFile(path)).firstFormat
    try AtomicFile.write(old, to: path)
    let again = try Corpus.open([source], in: cache, memoryBound: 0)
    #expect(again.origin == .cached(path: path.string))
    #expect(try again.corpus.fingerprint() == first.fingerprint() && again.corpus.report == first.report)
    try #expect(readFile(path) == old)
    try folder.write("another song\nof the rain\n", to: "songs.txt")
    #expect(try Corpus.open([source], in: cache, memoryBound: 0).isNew)
    #expect(try readFile(path)[8] == 2)
  }

  @Test("A store of format 1 that is cut off or changed anywhere is refused") func damagedFirstFormat() throws {
    let old = whole.firstFormat
    #expect(throws: Never.self) { try Corpus(store: folder.write(old, to: "old.store")) }
    for length in stride(from: 0, to: old.count, by: 97) {
      #expect(throws: CorpusError.self) { try Corpus(store: folder.write(Array(old[..<length]), to: "old.store")) }
    }
    for place in stride(from: 0, to: old.count, by: 31) {
      var changed = old
      changed[place] ^= 0x55
      #expect(throws: CorpusError.self, "byte \(place)") { try Corpus(store: folder.write(changed, to: "old.store")) }
    }
  }
}

/// A store in its parts, whose header can be changed and has its hash put right.
struct StoreBytes {
  struct Entry {
    var name: [UInt8]
    var offset: UInt64
    var count: UInt64
    var checksum: UInt64
    var flags: UInt64

    var text: String { String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) }

    mutating func set(_ text: String, flags: UInt64) {
      name = Array(text.utf8) + [UInt8](repeating: 0, count: 32 - text.utf8.count)
      self.flags = flags
    }
  }

  /// The header's numbers, the format first.
  var fields: [UInt64]
  var entries: [Entry]
  var payload: [UInt8]
  /// How many entries the header says there are.
  var count: UInt64

  init(_ bytes: [UInt8]) {
    func number(_ place: Int) -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) } }
    fields = (0..<25).map { number(8 + 8 * $0) }
    count = fields[16]
    entries = (0..<Int(count)).map { index in
      let place = 256 + 64 * index
      return Entry(
        name: Array(bytes[place..<place + 32]), offset: number(place + 32), count: number(place + 40), checksum: number(place + 48),
        flags: number(place + 56))
    }
    payload = Array(bytes[4_096...])
  }

  private static func littleEndian(_ number: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }

  static func checksum(_ bytes: [UInt8]) -> UInt64 {
    let blocks = stride(from: 0, to: bytes.count, by: 1 << 20).flatMap { start in
      littleEndian(xxh64(bytes[start..<min(bytes.count, start + 1 << 20)].span))
    }
    return xxh64(blocks.span)
  }

  /// Puts a section between others.
  mutating func insert(_ text: String, _ contents: [UInt8], flags: UInt64, at index: Int) {
    let offset = index < entries.count ? entries[index].offset : UInt64(4_096 + payload.count)
    var entry = Entry(name: [], offset: offset, count: UInt64(contents.count), checksum: Self.checksum(contents), flags: flags)
    entry.set(text, flags: flags)
    for later in entries.indices where later >= index { entries[later].offset += UInt64(contents.count) }
    entries.insert(entry, at: index)
    payload.insert(contentsOf: contents, at: Int(offset) - 4_096)
    count += 1
  }

  func contents(_ text: String) -> [UInt8] {
    guard let entry = entries.first(where: { $0.text == text }) else { return [] }
    return Array(payload[Int(entry.offset) - 4_096..<Int(entry.offset + entry.count) - 4_096])
  }

  /// Gives a section other contents, with sizes, offsets and checksum that fit.
  mutating func replace(_ text: String, with contents: [UInt8]) {
    guard let index = entries.firstIndex(where: { $0.text == text }) else { return }
    let start = Int(entries[index].offset) - 4_096
    payload.replaceSubrange(start..<start + Int(entries[index].count), with: contents)
    for later in entries.indices where later > index {
      entries[later].offset = entries[later].offset + UInt64(contents.count) - entries[index].count
    }
    entries[index].count = UInt64(contents.count)
    entries[index].checksum = Self.checksum(contents)
  }

  private func page(_ fields: [UInt64], _ entries: [Entry]) -> [UInt8] {
    var page = Array("RFNSTORE".utf8) + fields.flatMap(Self.littleEndian)
    page += [UInt8](repeating: 0, count: 256 - page.count)
    for entry in entries { page += entry.name + [entry.offset, entry.count, entry.checksum, entry.flags].flatMap(Self.littleEndian) }
    page += [UInt8](repeating: 0, count: 4_088 - page.count)
    return page + Self.littleEndian(xxh64(page.span))
  }

  func bytes() -> [UInt8] {
    var fields = fields
    fields[16] = count
    return page(fields, entries) + payload
  }

  /// The same store as a version of format 1 wrote it.
  var firstFormat: [UInt8] {
    let tokens = ["tokens.training", "tokens.validation", "tokens.test"].flatMap(contents)
    let vocabulary = contents("vocabulary"), description = contents("description")
    let payload = tokens + vocabulary + description
    var fields = fields
    fields[0] = 1
    fields[16] = UInt64(4_096 + tokens.count)
    fields[17] = UInt64(vocabulary.count)
    fields[18] = UInt64(description.count)
    fields[22] = Self.checksum(payload)
    return page(fields, []) + payload
  }
}
