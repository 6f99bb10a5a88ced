internal import Files
internal import SystemPackage

/// What a corpus is opened from: files and folders of songs, which are listed once, or a prepared store.
///
/// ```swift
/// let source = try CorpusSource(["songs.csv"], options: CorpusOptions(tokenization: .word))
/// let opened = try source.open(in: CorpusCache(folder: "cache"))
/// print(opened.origin, opened.corpus.training.count)
/// ```
///
/// The folders are listed when the source is created, and all of its methods work on that list. A file that is added afterwards is not
/// read, and one that changes before it has been read is reported.
public struct CorpusSource: Sendable {
  private enum Kind: Sendable {
    case store(path: String)
    case files(SourceList)
  }

  /// The files and folders, or the store, as they were given.
  public let paths: [String]
  /// How files are read; a store was made with options of its own.
  public let options: CorpusOptions
  private let kind: Kind

  /// Lists the files at these paths and in the folders, and those that the options name for validation and test.
  ///
  /// - Throws: `CorpusError` for paths or options that cannot be used, or a store that is given together with other paths.
  public init(_ paths: [String], options: CorpusOptions = .init()) throws(CorpusError) {
    self.paths = paths
    self.options = options
    if let path = paths.first, Corpus.isStore(path) {
      if paths.count > 1 { throw .storeAmongSources(path: path) }
      kind = .store(path: path)
    } else {
      kind = .files(try SourceList(paths, options: options))
    }
  }

  /// How many bytes there are to read; nil if that cannot be known before they are read, and for a store.
  public var bytes: Int? {
    if case .files(let list) = kind { list.totalBytes } else { nil }
  }

  /// Opens the corpus: a prepared store as it is, small sources in memory, and others as a store of the cache, which is prepared if there
  /// is none or its sources have changed.
  ///
  /// - Parameters:
  ///   - cache: where stores are kept; nil: everything is read into memory.
  ///   - memoryBound: sources with fewer bytes than this are read into memory, and so are those whose size is not known.
  ///   - readingRevision: the revision that the run to resume read its corpus by; its store is opened if the cache still has it.
  ///   - workers: threads' worth of parallelism, never part of the result; nil: the machine's cores.
  ///   - progress: told a few times a second at most how far a preparation has come; what it throws ends the work.
  ///   - uncached: told why a corpus cannot be kept in a default cache, before it is read into memory instead.
  /// - Throws: `CorpusError` for files or a store that cannot be used, `FileError` for a store that cannot be written; what the closures
  ///   throw.
  public func open(
    in cache: CorpusCache? = nil, memoryBound: Int = CorpusCache.leastBytes, readingRevision: Int? = nil, workers: Int? = nil,
    progress: (PreparationProgress) throws -> Void = { _ in }, uncached: (any Error) throws -> Void = { _ in }
  ) throws -> OpenedCorpus {
    let list: SourceList
    switch kind {
    case .store(let path): return OpenedCorpus(corpus: try Corpus(store: path), origin: .store(path: path))
    case .files(let files): list = files
    }
    let preparation = Preparation(list, options: options, workers: workers ?? Corpus.cores)
    func inMemory() throws -> OpenedCorpus { OpenedCorpus(corpus: try Corpus(preparation), origin: .memory) }
    guard let cache, let bytes = list.totalBytes, bytes >= memoryBound else { return try inMemory() }

    if cache.isDefault, !cache.isReadOnly { cache.restrictFolder() }
    let fingerprint = list.fingerprint()
    let current = Corpus.currentReadingRevision
    for revision in readingRevision == current ? [current] : [readingRevision, current].compactMap(\.self) {
      if let opened = opened(fingerprint, in: cache, readingRevision: revision) { return opened }
    }
    if cache.isReadOnly { return try inMemory() }
    let path = cache.path(for: paths, options: options)
    func prepared() throws -> Corpus {
      _ = try preparation.write(to: FilePath(path), isCached: true, progress: progress)
      return try Corpus(store: path)
    }
    let corpus: Corpus
    do {
      try cache.makeFolder()
      // Another process that trims the cache may have removed the store before it was opened.
      do { corpus = try prepared() } catch CorpusError.missing(path) { corpus = try prepared() }
    } catch let error where cache.isDefault && Self.isOfFile(error) {
      try uncached(error)
      return try inMemory()
    }
    cache.trim(keeping: path)
    return OpenedCorpus(corpus: corpus, origin: .prepared(path: path))
  }

  /// The store of a cache that was made from these sources in their current state by a reading revision; nil if there is none.
  private func opened(_ fingerprint: UInt64?, in cache: CorpusCache, readingRevision: Int) -> OpenedCorpus? {
    // Versions that had only the first rules for cutting texts did not count them among the options.
    var unruled = options
    unruled.rules = .current
    for candidate in Set([options, unruled]) {
      let path = cache.path(for: paths, options: candidate, readingRevision: readingRevision)
      guard Self.isMade(path, from: fingerprint, options: candidate, readingRevision: readingRevision),
        var corpus = try? Corpus(store: path),
        corpus.tokenizer.rules == options.rules.applied(to: options.tokenization)
      else { continue }
      cache.noteUse(of: path)
      // A store of an older version does not record the options, which have just been compared.
      corpus.reading = corpus.reading ?? ReadingRecord(options: options.reading, revision: readingRevision)
      return OpenedCorpus(corpus: corpus, origin: .cached(path: path))
    }
    return nil
  }

  private static func isMade(_ store: String, from fingerprint: UInt64?, options: CorpusOptions, readingRevision: Int) -> Bool {
    guard let fingerprint, let header = try? StoreReader.header(FilePath(store)) else { return false }
    return header.sources == fingerprint && header.options == Preparation.fingerprint(of: options)
      && header.readingRevision == readingRevision
  }

  private static func isOfFile(_ error: any Error) -> Bool {
    if case CorpusError.file = error { return true }
    return error is FileError
  }

  /// The list of files.
  ///
  /// - Throws: `CorpusError.storeAmongSources` for a store, which holds no texts.
  private func list() throws(CorpusError) -> SourceList {
    switch kind {
    case .store(let path): throw .storeAmongSources(path: path)
    case .files(let list): return list
    }
  }

  /// Whether a store was made from these sources in their current state, with these options and this reading revision.
  ///
  /// - Throws: `CorpusError.storeAmongSources` if this is a store itself.
  public func isUpToDate(_ store: String, readingRevision: Int = Corpus.currentReadingRevision) throws(CorpusError) -> Bool {
    Self.isMade(store, from: try list().fingerprint(), options: options, readingRevision: readingRevision)
  }

  /// Reads the sources and writes them as a store.
  ///
  /// - Parameters:
  ///   - path: the file to write, whole or not at all.
  ///   - workers: threads' worth of parallelism, never part of the result; nil: the machine's cores.
  ///   - progress: told a few times a second at most how far it has come; what it throws ends the work.
  ///   - songs: takes the songs as cleaned texts, before the store is written; nil: the texts are not kept.
  /// - Throws: `CorpusError` for files that cannot be used, `FileError` for what cannot be written; what the closures throw.
  @discardableResult
  public func prepare(
    to path: String, workers: Int? = nil, progress: (PreparationProgress) throws -> Void = { _ in },
    songs: ((CleanedSongs) throws -> Void)? = nil
  ) throws -> CorpusReport {
    try Preparation(list(), options: options, workers: workers ?? Corpus.cores).write(to: FilePath(path), songs: songs, progress: progress)
  }

  /// Reads the sources and reports what a corpus would hold, without keeping it.
  ///
  /// - Parameters:
  ///   - scratch: a folder for passing use, of four bytes a token, and the songs' bytes if `songs` takes them.
  ///   - songs: takes the songs as cleaned texts; nil: the texts are not kept.
  /// - Throws: as ``prepare(to:workers:progress:songs:)``.
  public func survey(
    scratch: String, workers: Int? = nil, progress: (PreparationProgress) throws -> Void = { _ in },
    songs: ((CleanedSongs) throws -> Void)? = nil
  ) throws -> CorpusReport {
    let preparation = Preparation(try list(), options: options, workers: workers ?? Corpus.cores)
    let plan = try preparation.plan(scratch: FilePath(scratch), songs: songs, progress: progress)
    var report = plan.report
    try plan.encoding.run(workers: preparation.workers, tokenSize: nil) { block in
      report.tokens[block.part] += block.tokens.count
      report.unknown[block.part] += block.unknown
    }
    return report
  }
}

/// A corpus that was opened, and where it was found.
public struct OpenedCorpus: Sendable {
  /// Where a corpus was found.
  public enum Origin: Sendable, Hashable {
    /// A prepared store that was given.
    case store(path: String)
    /// A store that was in the cache.
    case cached(path: String)
    /// A store that was prepared now and is in the cache from now on.
    case prepared(path: String)
    /// The files were read into memory.
    case memory
  }

  /// The corpus.
  public let corpus: Corpus
  /// Where it was found.
  public let origin: Origin
}
