import Basics
import Corpora
import Files
import Foundation
import Kernels
import SystemPackage
import Testing
import Training

/// Prepared stores from anywhere: they can fail to open, and nothing else.
@Suite("Hostile stores", .timeLimit(.minutes(60))) struct HostileStoreTests {
  let folder: TemporaryFolder
  var path: FilePath { folder.path("s.store") }
  static let song = "the river, the boat\nand \"quotes\" \\ é\nla la la the boat again"

  init() throws { folder = try TemporaryFolder() }

  /// The bytes of a small store.
  private func store(_ tokenization: Tokenization) throws -> [UInt8] {
    let source = folder.path("songs.txt")
    try writeUnsynced(Array((0..<12).map { "\(Self.song) \($0)" }.joined(separator: "\n\n\n").utf8), to: source)
    var options = CorpusOptions(tokenization: tokenization, minimumCount: 1, validationFraction: 0.2)
    options.testFraction = 0.1
    if tokenization == .bpe { options.maximumVocabulary = 264 }
    try Corpus.prepare([source.string], options: options, to: path.string)
    return try readFile(path)
  }

  /// What is opened can be used, whatever it says of itself.
  private func use(_ corpus: Corpus) throws {
    _ = corpus.report.problemCount + corpus.report.songs.total + corpus.report.tokens.total + corpus.report.unknown.total
    _ = corpus.songCount + corpus.trainingSongCount + corpus.validationSongCount + corpus.testSongCount + corpus.excludedSongCount
    _ = corpus.trainingUnknownCount + corpus.validationUnknownCount + corpus.testUnknownCount
    _ = try corpus.fingerprint()
    let ids = corpus.tokenizer.encode("the boat\nxyz")
    #expect(ids.allSatisfy { corpus.tokenizer.vocabulary.tokens.indices.contains(Int($0)) })
    _ = corpus.tokenizer.decode(ids)
    var stream = try MinibatchStream(corpus.training, lanes: 2, window: 3)
    let minibatch = try stream.next()
    #expect(minibatch.shards[0].inputs.allSatisfy { corpus.tokenizer.vocabulary.tokens.indices.contains(Int($0)) })
  }

  @Test(arguments: [Tokenization.word, .bpe]) func `a store`(tokenization: Tokenization) throws {
    let original = try store(tokenization)
    _ = readMutations(of: original, seed: 11, count: mutationCount / 2) { bytes in
      try writeUnsynced(bytes, to: path)
      try use(Corpus(store: path.string))
      // The checksums find every change.
      #expect(bytes == original)
    }
  }

  /// A forger makes the sizes and checksums right.
  @Test(arguments: [Tokenization.word, .bpe], Forgery.Part.allCases)
  func `a store's parts, with checksums that fit`(tokenization: Tokenization, part: Forgery.Part) throws {
    try mutate(tokenization, part, format: 2)
  }

  /// Stores of the first format, which has no table.
  @Test(arguments: [Forgery.Part.tokens, .vocabulary, .description])
  func `a store of format 1, with checksums that fit`(part: Forgery.Part) throws {
    try mutate(.word, part, format: 1)
  }

  private func mutate(_ tokenization: Tokenization, _ part: Forgery.Part, format: Int) throws {
    var forgery = Forgery(try store(tokenization))
    forgery.format = format
    // The store as it is must pass, or nothing else does.
    try writeUnsynced(forgery.bytes(), to: path)
    try use(Corpus(store: path.string))
    let accepted = readMutations(of: forgery[part], seed: 12, count: mutationCount / 8 + 1) { changed in
      var forgery = forgery
      forgery[part] = changed
      try writeUnsynced(forgery.bytes(), to: path)
      try use(Corpus(store: path.string))
    }
    // Almost nothing in the table can be otherwise.
    #expect(accepted > 0 || part == .table)
  }

  @Test(
    "a store that tells of more than can be added up is refused",
    arguments: ["malformed", "heldOut", "repaired", "training", "oneLine", "hugeBytes"])
  func overflow(key: String) throws {
    var forgery = Forgery(try store(.word))
    let text = String(decoding: forgery[.description], as: UTF8.self)
    let changed = text.replacing(try Regex("\"\(key)\":[0-9]+"), with: "\"\(key)\":9223372036854775807")
    try #require(changed != text)
    forgery[.description] = Array(changed.utf8)
    try writeUnsynced(forgery.bytes(), to: path)
    #expect(throws: CorpusError.malformedStore(path: path.string, reason: "its description does not fit its header")) {
      try Corpus(store: path.string)
    }
  }

  @Test func `a store in the cache is used or prepared anew`() throws {
    _ = try store(.word)
    let source = folder.path("songs.txt").string, cache = CorpusCache(folder: folder.path("cache").string)
    var options = CorpusOptions(minimumCount: 1, validationFraction: 0)
    options.testFraction = 0.1
    let place = FilePath(cache.path(for: [source], options: options))
    let fingerprint = try Corpus.open([source], options: options, in: cache, memoryBound: 0).corpus.fingerprint()
    let original = try readFile(place), forgery = Forgery(original)
    // Of most only the header is looked at, which tells whether the store is of these sources.
    let accepted = readMutations(of: forgery.fields, seed: 13) { changed in
      var forgery = forgery
      forgery[.fields] = changed
      try writeUnsynced(forgery.bytes(), to: place)
      if try !Corpus.isUpToDate(place.string, with: [source], options: options) { throw CorpusError.noPaths }
    }
    #expect(accepted > 0)
    _ = readMutations(of: original, seed: 14, count: mutationCount / 100) { changed in
      try writeUnsynced(changed, to: place)
      let opened = try Corpus.open([source], options: options, in: cache, memoryBound: 0)
      #expect(try opened.corpus.fingerprint() == fingerprint)
    }
  }
}

/// A store in its parts, put together again with sizes, offsets and checksums that fit.
struct Forgery {
  enum Part: CaseIterable { case fields, table, tokens, vocabulary, description }

  /// A section of the table.
  private struct Section {
    var name: [UInt8]
    var contents: [UInt8]
    var flags: UInt64
  }

  /// The format in which the store is put together: 1 has no table.
  var format = 2
  /// The numbers of the header, which are only made to fit the other parts where those were changed.
  private(set) var fields: [UInt8]
  private var table: [UInt8]
  private var tokens: [UInt8], vocabulary: [UInt8], description: [UInt8]
  /// Sections that are not changed.
  private var others: [Section] = []
  private var changed: Part?
  /// How many tokens the parts for validation and test have.
  private var heldOut = (validation: 0, test: 0)

  /// - Parameter store: one of format 2 that is whole.
  init(_ store: [UInt8]) {
    fields = Array(store[..<(8 + 8 * 25)])
    table = []
    tokens = []
    vocabulary = []
    description = []
    heldOut = (field(4), field(5))
    for place in stride(from: 256, to: 256 + 64 * field(16), by: 64) {
      func number(_ offset: Int) -> Int { (0..<8).reduce(0) { $0 | Int(store[place + offset + $1]) << (8 * $1) } }
      let name = Array(store[place..<place + 32]), contents = Array(store[number(32)..<number(32) + number(40)])
      switch String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) {
      case "tokens.training", "tokens.validation", "tokens.test": tokens += contents
      case "vocabulary": vocabulary = contents
      case "description": description = contents
      default: others.append(Section(name: name, contents: contents, flags: UInt64(number(56))))
      }
    }
    table = entries()
  }

  /// A number of the header, which is not changed yet.
  private func field(_ number: Int) -> Int { (0..<8).reduce(0) { $0 | Int(fields[8 + 8 * number + $1]) << (8 * $1) } }

  subscript(part: Part) -> [UInt8] {
    get {
      switch part {
      case .fields: fields
      case .table: table
      case .tokens: tokens
      case .vocabulary: vocabulary
      case .description: description
      }
    }
    set {
      changed = part
      switch part {
      case .fields: fields = newValue
      case .table: table = newValue
      case .tokens: tokens = newValue
      case .vocabulary: vocabulary = newValue
      case .description: description = newValue
      }
    }
  }

  private static func littleEndian(_ number: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }

  private static func checksum(_ bytes: [UInt8]) -> UInt64 {
    let blocks = stride(from: 0, to: bytes.count, by: 1 << 20).flatMap { start in
      littleEndian(xxh64(bytes[start..<min(bytes.count, start + 1 << 20)].span))
    }
    return xxh64(blocks.span)
  }

  /// Tokens of two bytes each, of which an odd byte at the end is none.
  private var wholeTokens: [UInt8] { Array(tokens.dropLast(tokens.count % 2)) }
  private var trainingCount: Int { max(0, wholeTokens.count / 2 - heldOut.validation - heldOut.test) }

  private var sections: [Section] {
    func named(_ name: String, _ contents: some Sequence<UInt8>) -> Section {
      Section(name: Array(name.utf8) + [UInt8](repeating: 0, count: 32 - name.utf8.count), contents: Array(contents), flags: 1)
    }
    let validation = wholeTokens.dropFirst(2 * trainingCount)
    return [
      named("tokens.training", wholeTokens.prefix(2 * trainingCount)),
      named("tokens.validation", validation.prefix(2 * heldOut.validation)),
      named("tokens.test", validation.dropFirst(2 * heldOut.validation)), named("vocabulary", vocabulary),
    ] + others + [named("description", description)]
  }

  private func entries() -> [UInt8] {
    var bytes: [UInt8] = []
    var offset = 4_096
    for section in sections {
      bytes += section.name
      for number in [UInt64(offset), UInt64(section.contents.count), Self.checksum(section.contents), section.flags] {
        bytes += Self.littleEndian(number)
      }
      offset += section.contents.count
    }
    return bytes
  }

  /// The whole file.
  func bytes() -> [UInt8] {
    let payload = format == 1 ? wholeTokens + vocabulary + description : sections.flatMap(\.contents)
    var page = Array(fields.prefix(4_088))
    page += [UInt8](repeating: 0, count: 4_088 - page.count)
    func set(_ number: Int, _ value: UInt64) { page.replaceSubrange(8 + 8 * number..<16 + 8 * number, with: Self.littleEndian(value)) }
    if changed != .fields {
      set(3, UInt64(trainingCount))
      if format == 1 {
        set(0, 1)
        set(16, UInt64(4_096 + wholeTokens.count))
        set(17, UInt64(vocabulary.count))
        set(18, UInt64(description.count))
      }
    }
    if format == 1 {
      set(22, Self.checksum(payload))
    } else {
      let table = Array((changed == .table ? table : entries()).prefix(4_088 - 256))
      page.replaceSubrange(256..<256 + table.count, with: table)
    }
    return page + Self.littleEndian(xxh64(page.span)) + payload
  }
}
