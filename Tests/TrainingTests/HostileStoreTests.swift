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
  @Test(arguments: [Tokenization.word, .bpe], [Forgery.Part.fields, .tokens, .vocabulary, .description])
  func `a store's parts, with checksums that fit`(tokenization: Tokenization, part: Forgery.Part) throws {
    let forgery = Forgery(try store(tokenization))
    // The store as it is must pass, or nothing else does.
    try writeUnsynced(forgery.bytes(), to: path)
    try use(Corpus(store: path.string))
    let accepted = readMutations(of: forgery[part], seed: 12, count: mutationCount / 8 + 1) { changed in
      var forgery = forgery
      forgery[part] = changed
      try writeUnsynced(forgery.bytes(), to: path)
      try use(Corpus(store: path.string))
    }
    #expect(accepted > 0)
  }

  @Test("a store that tells of more than can be added up is refused", arguments: ["malformed", "heldOut", "repaired", "training"])
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
    let fingerprint = try Corpus.open([source], options: options, in: cache).corpus.fingerprint()
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
      let (corpus, _) = try Corpus.open([source], options: options, in: cache)
      #expect(try corpus.fingerprint() == fingerprint)
    }
  }
}

/// A store in its parts, put together again with sizes, offsets and checksums that fit.
struct Forgery {
  enum Part: CaseIterable { case fields, tokens, vocabulary, description }

  /// The numbers of the header, which are only made to fit the other parts where those were changed.
  private(set) var fields: [UInt8]
  private var tokens: [UInt8], vocabulary: [UInt8], description: [UInt8]
  private var changed: Part?

  /// - Parameter store: one that is whole.
  init(_ store: [UInt8]) {
    fields = Array(store[..<(8 + 8 * 25)])
    (tokens, vocabulary, description) = ([], [], [])
    let offset = field(16), end = offset + field(17)
    (tokens, vocabulary, description) = (Array(store[4_096..<offset]), Array(store[offset..<end]), Array(store[end...]))
  }

  /// A number of the header, which is whole.
  private func field(_ number: Int) -> Int { (0..<8).reduce(0) { $0 | Int(fields[8 + 8 * number + $1]) << (8 * $1) } }

  subscript(part: Part) -> [UInt8] {
    get {
      switch part {
      case .fields: fields
      case .tokens: tokens
      case .vocabulary: vocabulary
      case .description: description
      }
    }
    set {
      changed = part
      switch part {
      case .fields: fields = newValue
      case .tokens: tokens = newValue
      case .vocabulary: vocabulary = newValue
      case .description: description = newValue
      }
    }
  }

  private static func littleEndian(_ number: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }

  /// The whole file.
  func bytes() -> [UInt8] {
    // An odd byte at the end would be no token.
    let payload = Array(tokens.dropLast(tokens.count % 2)) + vocabulary + description
    var page = Array(fields.prefix(4_088))
    page += [UInt8](repeating: 0, count: 4_088 - page.count)
    func set(_ number: Int, _ value: UInt64) { page.replaceSubrange(8 + 8 * number..<16 + 8 * number, with: Self.littleEndian(value)) }
    if changed != .fields {
      let count = tokens.count / 2, training = max(0, count - field(4) - field(5))
      for (number, value) in [(3, training), (16, 4_096 + 2 * count), (17, vocabulary.count), (18, description.count)] {
        set(number, UInt64(value))
      }
    }
    let blocks = stride(from: 0, to: payload.count, by: 1 << 20).flatMap { start in
      Self.littleEndian(xxh64(payload[start..<min(payload.count, start + 1 << 20)].span))
    }
    set(22, xxh64(blocks.span))
    return page + Self.littleEndian(xxh64(page.span)) + payload
  }
}
