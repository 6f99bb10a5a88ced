internal import Files
internal import SystemPackage

/// Stores of corpora that were too large to read every time, each under a name made of its paths and options.
public struct CorpusCache: Sendable {
  /// Sources of less than this are read into memory instead.
  public static let leastBytes = 32 << 20

  /// The folder of the stores, made when it is needed.
  public let folder: String

  /// The most bytes that its stores may take. When a store is added, the least recently used ones are removed.
  public let limit: Int

  /// A cache in this folder.
  public init(folder: String, limit: Int = usualLimit) {
    self.folder = folder
    self.limit = limit
  }

  /// Returns the path of the store of these sources, options and reading revision, whether it exists or not.
  ///
  /// Each revision has its own store, so a run that began under an older revision can still use its store.
  public func path(
    for paths: [String], options: CorpusOptions, readingRevision: Int = Corpus.currentReadingRevision
  ) -> String {
    let names = (paths + [""] + options.validation + [""] + options.test).map { resolvingLinks(FilePath($0)).string }
    let bytes = Array(names.joined(separator: "\0").utf8)
    let seed = Preparation.fingerprint(of: options) ^ (UInt64(truncatingIfNeeded: readingRevision &- 1) &* 0x9E37_79B9_7F4A_7C15)
    let name = String(xxh64(bytes.span, seed: seed), radix: 16)
    return FilePath(folder).appending("\(name).store").string
  }
}

extension Corpus {
  /// How many bytes the sources at these paths have, or nil if that cannot be known before they are read.
  ///
  /// - Throws: `CorpusError` for paths or options that do not do.
  public static func sourceBytes(of paths: [String], options: CorpusOptions) throws(CorpusError) -> Int? {
    try Preparation(paths, options: options, workers: 1).list.totalBytes
  }

  /// Opens the cached store that another reading revision made from these sources, if they have not changed since.
  ///
  /// - Returns: the corpus; nil if there is no such store any more.
  /// - Throws: `CorpusError` for paths or options that do not do.
  package static func cached(
    _ paths: [String], options: CorpusOptions, in cache: CorpusCache, readingRevision: Int
  ) throws(CorpusError) -> Corpus? {
    // Versions that had only the first rules for cutting texts did not count them among the options.
    var unruled = options
    unruled.rules = .current
    for candidate in Set([options, unruled]) {
      let path = cache.path(for: paths, options: candidate, readingRevision: readingRevision)
      guard try isUpToDate(path, with: paths, options: candidate, readingRevision: readingRevision), var corpus = try? Corpus(store: path),
        corpus.tokenizer.rules == options.rules || !options.tokenization.dependsOnRules
      else { continue }
      // A store of an older version does not record the options, which have just been compared.
      cache.noteUse(of: path)
      corpus.reading = corpus.reading ?? ReadingRecord(options: options.reading, revision: readingRevision)
      return corpus
    }
    return nil
  }

  /// Opens the store in the cache, which is prepared anew if there is none or its sources have changed.
  ///
  /// - Returns: the corpus, and whether it had to be prepared.
  /// - Throws: as ``prepare(_:options:to:workers:progress:songs:)`` and ``init(store:)``.
  public static func open(
    _ paths: [String], options: CorpusOptions = .init(), in cache: CorpusCache, workers: Int? = nil,
    progress: (PreparationProgress) throws -> Void = { _ in }
  ) throws -> (corpus: Corpus, isNew: Bool) {
    let path = cache.path(for: paths, options: options)
    if try isUpToDate(path, with: paths, options: options), let corpus = try? Corpus(store: path) {
      cache.noteUse(of: path)
      return (corpus, false)
    }
    try cache.makeFolder()
    func prepared() throws -> Corpus {
      let preparation = try Preparation(paths, options: options, workers: workers ?? cores)
      _ = try preparation.write(to: FilePath(path), isCached: true, progress: progress)
      return try Corpus(store: path)
    }
    let corpus: Corpus
    // Another process that trims the cache may have removed the store before it was opened.
    do { corpus = try prepared() } catch CorpusError.missing(path) { corpus = try prepared() }
    cache.trim(keeping: path)
    return (corpus, true)
  }

  /// What a corpus would hold, without keeping it.
  ///
  /// - Parameters:
  ///   - scratch: a folder for passing use, of four bytes a token, and the songs' bytes if `songs` takes them.
  ///   - songs: takes the songs as cleaned texts; nil: the texts are not kept.
  /// - Throws: as ``prepare(_:options:to:workers:progress:songs:)``.
  public static func survey(
    _ paths: [String], options: CorpusOptions = .init(), scratch: String, workers: Int? = nil,
    progress: (PreparationProgress) throws -> Void = { _ in }, songs: ((CleanedSongs) throws -> Void)? = nil
  ) throws -> CorpusReport {
    let preparation = try Preparation(paths, options: options, workers: workers ?? cores)
    let plan = try preparation.plan(scratch: FilePath(scratch), songs: songs, progress: progress)
    var report = plan.report
    try plan.encoding.run(workers: preparation.workers, tokenSize: nil) { block in
      report.tokens[block.part] += block.tokens.count
      report.unknown[block.part] += block.unknown
    }
    return report
  }
}
