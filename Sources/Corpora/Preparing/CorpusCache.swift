internal import Files
internal import SystemPackage

/// Stores of corpora that were too large to read every time, each under a name made of its paths and options.
public struct CorpusCache: Sendable {
  /// Sources of less than this are read into memory instead.
  public static let leastBytes = 32 << 20

  /// The folder of the stores, made when it is needed.
  public let folder: String

  /// A cache in this folder.
  public init(folder: String) {
    self.folder = folder
  }

  /// Where the store of these paths and options is, or would be.
  public func path(for paths: [String], options: CorpusOptions) -> String {
    let names = (paths + [""] + options.validation + [""] + options.test).map { resolvingLinks(FilePath($0)).string }
    let bytes = Array(names.joined(separator: "\0").utf8)
    let name = String(xxh64(bytes.span, seed: Preparation.fingerprint(of: options)), radix: 16)
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

  /// Opens the store in the cache, which is prepared anew if there is none or its sources have changed.
  ///
  /// - Returns: the corpus, and whether it had to be prepared.
  /// - Throws: as ``prepare(_:options:to:workers:progress:)`` and ``init(store:)``.
  public static func open(
    _ paths: [String], options: CorpusOptions = .init(), in cache: CorpusCache, workers: Int? = nil,
    progress: (PreparationProgress) throws -> Void = { _ in }
  ) throws -> (corpus: Corpus, isNew: Bool) {
    let path = cache.path(for: paths, options: options)
    if try isUpToDate(path, with: paths, options: options), let corpus = try? Corpus(store: path) { return (corpus, false) }
    try makeDirectories(FilePath(cache.folder))
    try prepare(paths, options: options, to: path, workers: workers, progress: progress)
    return (try Corpus(store: path), true)
  }

  /// What a corpus would hold, without keeping it.
  ///
  /// - Parameter scratch: a folder for passing use, of four bytes a token.
  /// - Throws: as ``prepare(_:options:to:workers:progress:)``.
  public static func survey(
    _ paths: [String], options: CorpusOptions = .init(), scratch: String, workers: Int? = nil,
    progress: (PreparationProgress) throws -> Void = { _ in }
  ) throws -> CorpusReport {
    let preparation = try Preparation(paths, options: options, workers: workers ?? cores)
    let plan = try preparation.plan(scratch: FilePath(scratch), progress: progress)
    var report = plan.report
    try plan.encoding.run(workers: preparation.workers, tokenSize: nil) { block in
      report.tokens[block.part] += block.tokens.count
      report.unknown[block.part] += block.unknown
    }
    return report
  }
}
