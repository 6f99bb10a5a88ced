internal import Basics
internal import Files
internal import SystemPackage

/// A corpus ready to train on: a tokenizer, and the tokens of each part.
///
/// ```swift
/// let corpus = try Corpus(reading: ["lyrics/"], options: CorpusOptions(tokenization: .word))
/// print(corpus.tokenizer.vocabulary.count, corpus.training.count)
/// ```
///
/// The vocabulary comes from the training part alone. A corpus that is read holds its tokens in memory; for one of gigabytes, prepare a
/// store once and open it, from which the tokens are read as they are needed:
///
/// ```swift
/// try Corpus.prepare(["songs.csv"], to: "songs.store")
/// let corpus = try Corpus(store: "songs.store")
/// ```
public struct Corpus: Sendable {
  /// Turns texts into tokens as was done here.
  public let tokenizer: Tokenizer
  /// The tokens to train on.
  public let training: Tokens
  /// The tokens held out to choose by, if any.
  public let validation: Tokens?
  /// The tokens for a final test, if any.
  public let test: Tokens?
  /// What the corpus holds, and what became of its sources.
  public let report: CorpusReport

  /// The revision of the reading rules that gave its tokens; an older store may have an older one.
  public let readingRevision: Int
  /// How its files were read and its texts cleaned; nil for a store of an older version, which does not record it.
  public internal(set) var reading: ReadingRecord?
  /// The songs' titles, artists and kept columns; nil if there is nothing, or an older version made the
  /// store.
  public let catalog: SongCatalog?

  /// How many songs the corpus has, those for validation and test included.
  public var songCount: Int { report.songs.total }
  /// How many songs are trained on. If fewer than ten were split, all of them, though the end of the last ones is held out.
  public var trainingSongCount: Int { report.songs.training }
  /// How many songs are held out.
  public var validationSongCount: Int { report.songs.validation }
  /// How many songs are for the test.
  public var testSongCount: Int { report.songs.test }
  /// How many songs were left out of training, since they were given for validation or test too.
  public var excludedSongCount: Int { report.removed.heldOut }
  /// How many training tokens became `<unk>`.
  public var trainingUnknownCount: Int { report.unknown.training }
  /// How many validation tokens became `<unk>`.
  public var validationUnknownCount: Int { report.unknown.validation }
  /// How many test tokens became `<unk>`.
  public var testUnknownCount: Int { report.unknown.test }

  /// Reads files and folders into memory.
  ///
  /// - Parameter workers: threads' worth of parallelism, never part of the result; nil: the machine's cores.
  /// - Throws: `CorpusError` for paths, bytes or options that do not do.
  public init(reading paths: [String], options: CorpusOptions = .init(), workers: Int? = nil) throws(CorpusError) {
    try self.init(reading: paths, options: options, workers: workers, limits: .init())
  }

  /// The same within other limits.
  package init(reading paths: [String], options: CorpusOptions, workers: Int? = nil, limits: PreparationLimits) throws(CorpusError) {
    let list = try SourceList(paths, options: options)
    try self.init(Preparation(list, options: options, workers: workers ?? Self.cores, limits: limits))
  }

  /// Takes a text that is in memory, in the form of a file: songs are separated by two blank lines.
  ///
  /// - Throws: `CorpusError` for a text without songs, or options that do not do.
  public init(text: String, options: CorpusOptions = .init()) throws(CorpusError) {
    try self.init(Preparation(text: text, options: options))
  }

  /// Opens a store that `prepare` made. Its tokens are read as they are needed.
  ///
  /// - Throws: `CorpusError` for what is no store, is cut off or damaged; the file is not trusted.
  public init(store path: String) throws(CorpusError) {
    let store = try StoreReader(FilePath(path))
    tokenizer = store.tokenizer
    report = store.report
    readingRevision = store.header.readingRevision
    reading = store.reading
    catalog = store.catalog
    training = store.parts[0]
    validation = store.header.hasPart[1] ? store.parts[1] : nil
    test = store.header.hasPart[2] ? store.parts[2] : nil
  }

  /// Reads files and folders of any size and writes them as a store.
  ///
  /// Memory stays within about 400 MiB, whatever the sources' size, and 16 bytes a song and a compared pair if near copies are looked for;
  /// while it works, the store's folder also takes four bytes a token and 16 bytes a song for passing use.
  ///
  /// - Parameters:
  ///   - path: the file to write, whole or not at all.
  ///   - workers: threads' worth of parallelism, never part of the result; nil: the machine's cores.
  ///   - progress: told a few times a second at most how far it has come; what it throws ends the work.
  ///   - songs: takes the songs as cleaned texts, before the store is written; nil: the texts are not kept.
  /// - Throws: `CorpusError` for paths, bytes or options that do not do, `FileError` for what cannot be written.
  @discardableResult
  public static func prepare(
    _ paths: [String], options: CorpusOptions = .init(), to path: String, workers: Int? = nil,
    progress: (PreparationProgress) throws -> Void = { _ in }, songs: ((CleanedSongs) throws -> Void)? = nil
  ) throws -> CorpusReport {
    try CorpusSource(paths, options: options).prepare(to: path, workers: workers, progress: progress, songs: songs)
  }

  /// Opens a corpus of any size: a prepared store as it is, small sources in memory, and others as a store of the cache.
  ///
  /// ``CorpusSource/open(in:memoryBound:readingRevision:workers:progress:uncached:)`` has more parameters.
  ///
  /// - Throws: `CorpusError` for paths, bytes or options that do not do, `FileError` for a store that cannot be written.
  public static func open(
    _ paths: [String], options: CorpusOptions = .init(), in cache: CorpusCache, memoryBound: Int = CorpusCache.leastBytes,
    workers: Int? = nil, progress: (PreparationProgress) throws -> Void = { _ in }
  ) throws -> OpenedCorpus {
    try CorpusSource(paths, options: options).open(in: cache, memoryBound: memoryBound, workers: workers, progress: progress)
  }

  /// Whether a file begins as a store does.
  public static func isStore(_ path: String) -> Bool { StoreReader.isStore(FilePath(path)) }

  /// Whether the store at `path` was made from these sources in their current state, with these options and this reading revision.
  ///
  /// - Throws: `CorpusError` for paths or options that do not do.
  public static func isUpToDate(
    _ path: String, with paths: [String], options: CorpusOptions, readingRevision: Int = currentReadingRevision
  ) throws(CorpusError) -> Bool {
    try CorpusSource(paths, options: options).isUpToDate(path, readingRevision: readingRevision)
  }

  static var cores: Int { AvailableProcessors.current.cores }

  /// Reads the sources into memory.
  init(_ preparation: Preparation) throws(CorpusError) {
    let plan = try preparation.planInMemory()
    let options = preparation.options
    var report = plan.report
    var parts: [[TokenID]] = [[], [], []]
    do {
      try plan.encoding.run(workers: preparation.workers, tokenSize: nil) { block in
        parts[block.part] += block.tokens
        report.unknown[block.part] += block.unknown
      }
    } catch {
      throw CorpusError(any: error)
    }
    catalog = try CorpusError.rethrowing {
      var records: [UInt8] = []
      guard let written = try plan.carried?.write({ records += $0 }) else { return nil }
      return SongCatalog(written.summary, records: records, index: written.index)
    }
    report.tokens = .init(parts.map(\.count))
    self.report = report
    readingRevision = Self.currentReadingRevision
    reading = ReadingRecord(options: options.reading)
    tokenizer = plan.encoding.numbers.tokenizer
    training = Tokens(parts[0])
    validation = parts[1].isEmpty ? nil : Tokens(parts[1])
    test = parts[2].isEmpty && options.test.isEmpty ? nil : Tokens(parts[2])
  }
}
