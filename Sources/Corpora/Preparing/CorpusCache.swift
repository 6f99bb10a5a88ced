internal import Basics
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

  /// Whether the stores that are there are opened and none is added.
  public var isReadOnly = false

  /// Whether nobody asked for this folder: it is closed to other users, and a corpus that cannot be kept in it is read into memory.
  public var isDefault = false

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
    let seed = Preparation.fingerprint(of: options) ^ (UInt64(truncatingIfNeeded: readingRevision &- 1) &* goldenRatio)
    let name = String(xxh64(bytes.span, seed: seed), radix: 16)
    return FilePath(folder).appending("\(name).store").string
  }
}
