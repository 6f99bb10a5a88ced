internal import Basics
internal import Files
private import FoundationEssentials
internal import SystemPackage

extension CopyIndex {
  /// An index that was opened, and where it was found.
  public struct Opened: Sendable {
    /// Where an index was found.
    public enum Origin: Sendable, Hashable {
      /// A file that was given, or lies beside the store.
      case file(path: String)
      /// An index that was in the cache.
      case cached(path: String)
      /// An index that was made now and is in the cache from now on.
      case built(path: String)
      /// An index that was made now and is in memory only.
      case memory
    }

    /// The index.
    public let index: CopyIndex
    /// Where it was found.
    public let origin: Origin
    /// What was given: a store, an index, or files and folders of songs.
    public let paths: [String]
  }

  /// Opens the index of a corpus to compare with, or makes it.
  ///
  /// Of a store, the songs to train on are compared with: by the index beside it, one in the cache, or one that is made now of the store's
  /// tokens, in which words that the vocabulary lacks are not known. Of files and folders, all songs are compared with, copies once. An
  /// index that is made now of a store, or of files with ``CorpusCache/leastBytes`` or more, goes to the cache.
  ///
  /// - Parameters:
  ///   - paths: one store, one index, or files and folders of songs.
  ///   - reader: how files are read.
  ///   - cache: where indexes are kept; nil: none is kept.
  ///   - memoryBound: indexes of files with fewer bytes than this are not kept.
  ///   - building: told before an index is made, which may take a minute.
  /// - Throws: `CopyError`, `CorpusError` for files that cannot be used, `FileError`.
  public static func open(
    against paths: [String], reader: SongReader = SongReader(), cache: CorpusCache? = nil, memoryBound: Int = CorpusCache.leastBytes,
    building: () throws -> Void = {}
  ) throws -> Opened {
    guard let first = paths.first else { throw CopyError.nothingToCompare }
    if let path = paths.first(where: PortableGuard.isGuard) { throw CopyError.guardWithoutText(path: path) }
    if paths.count == 1, isIndex(first) { return Opened(index: try CopyIndex(path: first), origin: .file(path: first), paths: paths) }
    if let path = paths.first(where: { Corpus.isStore($0) || isIndex($0) }) {
      if paths.count > 1 { throw CorpusError.storeAmongSources(path: path) }
      return try open(store: path, cache: cache, building: building)
    }
    return try open(files: paths, reader: reader, cache: cache, memoryBound: memoryBound, building: building)
  }

  /// Whether the index beside a store is there and belongs to the store as it is now.
  ///
  /// - Throws: `CopyError`, `CorpusError` or `FileError` for files that cannot be used.
  public static func isUpToDate(besideStore store: String) throws -> Bool {
    let path = path(besideStore: store)
    guard fileExists(FilePath(path)) else { return false }
    return try identity(ofIndexAt: path).source == StoreReader.header(FilePath(store)).fingerprint
  }

  /// The index beside a store.
  ///
  /// - Throws: `CopyError.noIndex` if there is none, `.otherCorpus` if it belongs to another store; other errors for files that cannot be
  ///   used.
  public init(besideStore store: String) throws {
    let path = Self.path(besideStore: store)
    guard fileExists(FilePath(path)) else { throw CopyError.noIndex(path: path) }
    guard try Self.isUpToDate(besideStore: store) else { throw CopyError.otherCorpus(path: path, corpus: store) }
    try self.init(path: path)
  }

  private static func open(store: String, cache: CorpusCache?, building: () throws -> Void) throws -> Opened {
    do {
      return Opened(index: try CopyIndex(besideStore: store), origin: .file(path: path(besideStore: store)), paths: [store])
    } catch CopyError.noIndex {
      // It may be in the cache.
    }
    let source = try StoreReader.header(FilePath(store)).fingerprint
    return try open(source, in: cache, paths: [store], building: building) {
      try CopyIndex(trainingOfStore: store)
    }
  }

  private static func open(
    files paths: [String], reader: SongReader, cache: CorpusCache?, memoryBound: Int, building: () throws -> Void
  ) throws -> Opened {
    var list = SourceList(format: reader.format, skipsUnreadable: reader.skipsUnreadable)
    try list.add(paths, part: .corpus)
    let isLarge = list.totalBytes.map { $0 >= memoryBound } ?? false
    let source = isLarge ? list.fingerprint().map { $0 ^ fingerprint(of: reader) } : nil
    return try open(source, in: cache, paths: paths, building: { if isLarge { try building() } }) {
      let songs = try reader.songs(at: paths.map { FilePath($0) }).distinct()
      return try CopyIndex(songs: songs, identity: Identity(source: source ?? 0), path: paths.joined(separator: ", "))
    }
  }

  /// A hash of how a reader reads.
  private static func fingerprint(of reader: SongReader) -> UInt64 {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    // Options that were checked can be written as JSON; a hash of nothing only costs a use of the cache.
    let options = (try? encoder.encode(reader.options)).map { Array($0) } ?? []
    let bytes = options + Array("\(reader.conditions.map(\.text)) \(reader.splitsSongs) \(Corpus.currentReadingRevision)".utf8)
    return xxh64(bytes.span, seed: 1)
  }

  /// An index of the cache, or one that is made now and kept there.
  ///
  /// - Parameter source: what the index is found by; nil: it is not kept.
  private static func open(
    _ source: UInt64?, in cache: CorpusCache?, paths: [String], building: () throws -> Void, _ build: () throws -> CopyIndex
  ) throws -> Opened {
    guard let cache, let source else {
      try building()
      return Opened(index: try build(), origin: .memory, paths: paths)
    }
    let path = cache.path(forIndexOf: source)
    if let found = try? identity(ofIndexAt: path), found.source == source, let index = try? CopyIndex(path: path) {
      cache.noteUse(of: path)
      return Opened(index: index, origin: .cached(path: path), paths: paths)
    }
    try building()
    let index = try build()
    if cache.isReadOnly { return Opened(index: index, origin: .memory, paths: paths) }
    do {
      if cache.isDefault { cache.restrictFolder() }
      try cache.makeFolder()
      try index.write(to: path)
    } catch  where cache.isDefault {
      // Nobody asked for it to be kept.
      return Opened(index: index, origin: .memory, paths: paths)
    }
    cache.trim(keeping: path)
    return Opened(index: index, origin: .built(path: path), paths: paths)
  }
}

extension CorpusCache {
  /// Returns the path of the index of a corpus, whether it exists or not.
  func path(forIndexOf source: UInt64) -> String {
    let digits = String(source, radix: 16)
    let name = String(repeating: "0", count: 16 - digits.count) + digits + CopyIndex.ending
    return FilePath(folder).appending(name).string
  }
}
