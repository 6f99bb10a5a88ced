import Corpora
import Files
import Foundation
import SystemPackage
import Testing

/// Sources that are listed once, whatever is done with them.
@Suite("Corpus source")
struct CorpusSourceTests {
  let folder: TemporaryFolder
  let songs: String
  let cache: CorpusCache
  let options = CorpusOptions(minimumCount: 1, validationFraction: 0)

  init() throws {
    folder = try TemporaryFolder()
    for name in ["a", "b", "c"] { try folder.write("The \(name) song\nof the river\n", to: "songs/\(name).txt") }
    songs = folder.path.appending("songs").string
    cache = CorpusCache(folder: folder.path.appending("cache").string)
  }

  /// What is done with a source that was listed.
  enum Use: CaseIterable, Sendable {
    case memory, cache, prepare, survey
  }

  /// - Returns: how many songs there are.
  private func songCount(_ use: Use, _ source: CorpusSource) throws -> Int {
    switch use {
    case .memory: try source.open().corpus.songCount
    case .cache: try source.open(in: cache, memoryBound: 0).corpus.songCount
    case .prepare: try source.prepare(to: folder.path.appending("s.store").string).songs.total
    case .survey: try source.survey(scratch: folder.path.string).songs.total
    }
  }

  @Test("A file that comes into a folder after the listing is not read, and a store made then is not up to date", arguments: Use.allCases)
  func listedOnce(use: Use) throws {
    let source = try CorpusSource([songs], options: options)
    let bytes = try #require(source.bytes)
    try folder.write("A late song\nof the rain\n", to: "songs/0.txt")
    #expect(try songCount(use, source) == 3 && source.bytes == bytes)
    let later = try CorpusSource([songs], options: options)
    #expect(try songCount(use, later) == 4, "a store of fewer songs is prepared again")
    #expect(try songCount(use, source) == 3, "and so is one of more")
  }

  @Test("A file that changes or goes between the listing and the reading is an error or a warning", arguments: Use.allCases, [false, true])
  func changed(use: Use, isRemoved: Bool) throws {
    let source = try CorpusSource([songs], options: options)
    let path = songs + "/b.txt"
    if isRemoved {
      try FileManager.default.removeItem(atPath: path)
    } else {
      try folder.write("Other words\nthan before\n", to: "songs/b.txt")
    }
    if isRemoved {
      #expect(throws: CorpusError.missing(path: path)) { try songCount(use, source) }
    } else if use == .memory {
      #expect(try source.open().corpus.report.problems == ["\(CorpusError.changedWhileRead(path: path))"])
    } else {
      _ = try songCount(use, source)
      if use == .prepare { #expect(try !CorpusSource([songs], options: options).isUpToDate(folder.path.appending("s.store").string)) }
      if use == .cache { #expect(try CorpusSource([songs], options: options).open(in: cache, memoryBound: 0).isNew) }
    }
  }

  @Test("What a corpus is opened from follows from its size, the cache and what was given")
  func origins() throws {
    let source = try CorpusSource([songs], options: options)
    let bytes = try #require(source.bytes), path = cache.path(for: [songs], options: options)
    #expect(try source.open().origin == .memory)
    #expect(try source.open(in: cache).origin == .memory, "less than 32 MiB")
    #expect(try source.open(in: cache, memoryBound: bytes + 1).origin == .memory)
    var readOnly = cache
    readOnly.isReadOnly = true
    #expect(try source.open(in: readOnly, memoryBound: bytes).origin == .memory)
    #expect(!fileExists(FilePath(cache.folder)))
    let opened = try source.open(in: cache, memoryBound: bytes)
    #expect(opened.origin == .prepared(path: path))
    #expect(try source.open(in: cache, memoryBound: bytes).origin == .cached(path: path))
    #expect(try source.open(in: readOnly, memoryBound: bytes).origin == .cached(path: path))
    let store = try CorpusSource([path])
    #expect(try store.open(in: cache, memoryBound: 0).origin == .store(path: path) && store.bytes == nil)
    #expect(try store.open().corpus.fingerprint() == opened.corpus.fingerprint())
    #expect(throws: CorpusError.storeAmongSources(path: path)) { try CorpusSource([path, songs]) }
    #expect(throws: CorpusError.storeAmongSources(path: path)) { try CorpusSource([songs, path]) }
    #expect(throws: CorpusError.storeAmongSources(path: path)) { try store.survey(scratch: "/tmp") }
    #expect(throws: CorpusError.storeAmongSources(path: path)) { try store.isUpToDate(path) }
  }

  @Test("A corpus that cannot be kept is read into memory only if nobody asked for the cache", arguments: [true, false])
  func unusableCache(isDefault: Bool) throws {
    try folder.write("no folder", to: "cache")
    var cache = cache
    cache.isDefault = isDefault
    var reason: (any Error)?
    let source = try CorpusSource([songs], options: options)
    if isDefault {
      #expect(try source.open(in: cache, memoryBound: 0, uncached: { reason = $0 }).origin == .memory)
      #expect(reason is FileError)
    } else {
      #expect(throws: FileError.self) { try source.open(in: cache, memoryBound: 0, uncached: { reason = $0 }) }
      #expect(reason == nil)
    }
  }
}
