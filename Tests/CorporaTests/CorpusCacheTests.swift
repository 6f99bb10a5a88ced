import Basics
import Corpora
import Files
import Foundation
import SystemPackage
import Testing

@Suite("Corpus cache")
struct CorpusCacheTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func source(_ name: String, seed: UInt64) throws -> String {
    var lyrics = SyntheticLyrics(types: 2_000, seed: seed)
    var text: [UInt8] = []
    while text.count < 20_000 { text += lyrics.nextSong(as: .txt) }
    return try folder.write(text, to: name)
  }

  private func stores() throws -> [String] { try entries(of: folder.path.appending("cache")).map(\.string).sorted() }

  private func date(_ file: String, hoursAgo: Double) throws {
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -3_600 * hoursAgo)], ofItemAtPath: file)
  }

  @Test func `The least recently used stores are removed first, and files that are not stores are kept`() throws {
    let path = folder.path.appending("cache").string
    let sources = try (0..<4).map { try source("s\($0).txt", seed: UInt64($0)) }
    var cache = CorpusCache(folder: path)
    for source in sources.prefix(3) { _ = try Corpus.open([source], in: cache, memoryBound: 0) }
    let names = sources.map { cache.path(for: [$0], options: .init()) }
    for (index, name) in names.prefix(3).enumerated() { try date(name, hoursAgo: [5, 30, 10][index]) }
    try folder.write("not ours", to: "cache/0123.store")
    try folder.write("not ours", to: "cache/notes.txt")
    // Neither a file with a store's name nor somebody's own store belongs to the cache, however old they are.
    try folder.write([UInt8](repeating: 0, count: 50_000), to: "cache/0123456789abcdef.store")
    for name in ["1990", "cafe", "0000aaaa0000aaaa", "songs"] { try Corpus.prepare([sources[0]], to: "\(path)/\(name).store") }
    let others = ["0123456789abcdef", "1990", "cafe", "0000aaaa0000aaaa", "songs", "0123"].map { "\($0).store" }
    for name in others { try date("\(path)/\(name)", hoursAgo: 1_000) }
    let size = try #require(cache.usage()).bytes
    #expect(cache.usage()?.stores == 3 && size < 1_000_000)
    // The oldest is used now, which counts whatever the system records of reads.
    try #require(try !Corpus.open([sources[1]], in: cache, memoryBound: 0).isNew)

    // Room for two and a half: with the fourth, the two oldest go.
    cache = CorpusCache(folder: path, limit: size * 5 / 6)
    let opened = try Corpus.open([sources[3]], in: cache, memoryBound: 0)
    #expect(opened.isNew && opened.corpus.training.count > 0)
    #expect(names.map { fileExists(FilePath($0)) } == [false, true, false, true])
    #expect(try Set(stores()).isSuperset(of: others + ["notes.txt"]))
    #expect(try #require(cache.usage()).bytes <= cache.limit)
    // One that is larger than the limit by itself is kept for the run that made it.
    _ = try Corpus.open([sources[0]], in: CorpusCache(folder: path, limit: 1), memoryBound: 0)
    #expect(names.map { fileExists(FilePath($0)) } == [true, false, false, false])
    #expect(CorpusCache(folder: folder.path.appending("missing").string).usage()?.stores == 0)
    #expect(CorpusCache(folder: sources[0]).usage() == nil)
  }

  @Test func `Nobody else may enter a folder that the cache makes; one that is there keeps its permissions`() throws {
    func permissions(_ name: String) throws -> Int {
      try #require(
        try FileManager.default.attributesOfItem(atPath: folder.path.appending(name).string)[.posixPermissions] as? NSNumber
      ).intValue
    }
    let source = try source("s.txt", seed: 1)
    _ = try Corpus.open([source], in: CorpusCache(folder: folder.path.appending("cache").string), memoryBound: 0)
    #expect(try permissions("cache") == 0o700)
    try makeDirectories(folder.path.appending("shared"))
    let before = try permissions("shared")
    _ = try Corpus.open([source], in: CorpusCache(folder: folder.path.appending("shared").string), memoryBound: 0)
    #expect(try permissions("shared") == before)

    // The usual folder is closed to others; a folder elsewhere that a link leads to stays as it is.
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path.appending("cache").string)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path.appending("link").string, withDestinationPath: folder.path.appending("shared").string)
    for name in ["cache", "link", "missing"] { CorpusCache(folder: folder.path.appending(name).string).restrictFolder() }
    #expect(try permissions("cache") == 0o700 && permissions("shared") == before)
  }

  @Test("A store of another reading revision is not up to date, and is prepared again beside it", arguments: [1, 7])
  func otherRevision(revision: Int) throws {
    let source = try source("s.txt", seed: 1), cache = CorpusCache(folder: folder.path.appending("cache").string)
    let options = CorpusOptions()
    let current = try Corpus.open([source], in: cache, memoryBound: 0).corpus
    #expect(current.readingRevision == Corpus.currentReadingRevision)
    // What another version would have written: the same store, with its revision in the header (a zero for the first).
    let path = cache.path(for: [source], options: options)
    var bytes = try readFile(FilePath(path))
    let value = UInt64(revision == 1 ? 0 : revision)
    for byte in 0..<8 { bytes[8 + 8 * 23 + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(byte))) }
    let sum = xxh64(bytes.span.extracting(0..<4_088))
    for byte in 0..<8 { bytes[4_088 + byte] = UInt8(truncatingIfNeeded: sum >> (8 * UInt64(byte))) }
    try AtomicFile.write(bytes, to: FilePath(path))
    #expect(try Corpus(store: path).readingRevision == revision)
    #expect(try !Corpus.isUpToDate(path, with: [source], options: options))
    #expect(try Corpus.open([source], in: cache, memoryBound: 0).isNew, "a store that says it is of another revision is not used")

    // In its own place it is there for a run that began under it, for as long as its sources are unchanged.
    func opened() throws -> OpenedCorpus {
      try CorpusSource([source], options: options).open(in: cache, memoryBound: 0, readingRevision: revision)
    }
    #expect(try opened().origin == .cached(path: path))
    let old = cache.path(for: [source], options: options, readingRevision: revision)
    #expect(old != path)
    try AtomicFile.write(bytes, to: FilePath(old))
    let found = try opened()
    #expect(found.origin == .cached(path: old) && found.corpus.reading == ReadingRecord(options: options.reading, revision: revision))
    #expect(try found.corpus.readingRevision == revision && found.corpus.fingerprint() == current.fingerprint())
    #expect(try Corpus.open([source], in: cache, memoryBound: 0).origin == .cached(path: path))
    try folder.write("Another song\nof the river\n", to: "s.txt")
    #expect(try opened().origin == .prepared(path: path))
  }
}

extension OpenedCorpus {
  /// Whether the corpus had to be prepared.
  var isNew: Bool { if case .prepared = origin { true } else { false } }
}
