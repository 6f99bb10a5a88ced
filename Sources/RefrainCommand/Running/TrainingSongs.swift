internal import Basics
internal import Files
internal import Foundation
internal import Refrain
internal import SystemPackage

/// The songs that a text may not copy: those that a model was trained on, or others that are named.
struct TrainingSongs {
  private var indexes: [CopyIndex.Opened] = []
  private var guards: [(path: String, copies: PortableGuard)] = []

  /// Opens the songs that are named.
  init(_ paths: [String], reader: SongReader = .lenient) throws {
    for path in paths where PortableGuard.isGuard(path) { guards.append((path, try PortableGuard(path: path))) }
    indexes = try Self.open(paths.filter { !PortableGuard.isGuard($0) }, reader: reader, cache: Self.usualCache)
  }

  private static var usualCache: CorpusCache {
    var cache = CorpusCache(folder: CorpusFlags.usualCache)
    cache.isDefault = true
    return cache
  }

  /// Opens the indexes of songs, each store and index by itself and all files together.
  ///
  /// - Parameter cache: where indexes are kept that are made now; nil: none is kept.
  static func open(_ paths: [String], reader: SongReader, cache: CorpusCache?) throws -> [CopyIndex.Opened] {
    let prepared = paths.filter { Corpus.isStore($0) || CopyIndex.isIndex($0) }, files = paths.filter { !prepared.contains($0) }
    return try (prepared.map { [$0] } + (files.isEmpty ? [] : [files])).map { group in
      try CopyIndex.open(
        against: group, reader: reader, cache: cache,
        building: { Terminal.writeError("making an index of \(group.map(\.shown).joined(separator: ", "))\n") })
    }
  }

  /// Opens the songs that a model was trained on: by the corpus that its newest checkpoint records, and those of the models that it was
  /// fine-tuned from, or else by the portable guard in its directory.
  ///
  /// - Throws: `TrainingSongsError` if there is neither.
  init(ofModel path: String, reading: ReadingOptions) throws {
    do {
      try addCorpus(ofModel: path, reading: reading, depth: 0)
    } catch let error as TrainingSongsError {
      guard let copies = try PortableGuard(model: path) else { throw error }
      self.indexes = []
      guards = [(ModelDirectory.guardPath(of: path), copies)]
    }
  }

  private mutating func addCorpus(ofModel path: String, reading: ReadingOptions, depth: Int) throws {
    // Without whole checkpoints there is no record; what is wrong with them matters to who resumes.
    guard let latest = try? RunDirectory.latest(FilePath(path)), let run = latest.run, let begun = try? TrainCommand.recorded(run),
      !begun.corpora.isEmpty
    else { throw TrainingSongsError.noRecord(path: path) }
    let isHere = run.folder == FileManager.default.currentDirectoryPath
    func place(_ given: String) -> String { isHere ? given : FilePath(run.folder).pushing(FilePath(given)).string }
    if run.keepsVocabulary == true { throw TrainingSongsError.continued(path: path) }
    if begun.corpora.contains(where: { TrainCommand.isStandardInput($0) || FileKind.isInherited(FilePath($0)) }) {
      throw TrainingSongsError.piped(path: path)
    }
    let paths = begun.corpora.map(place)
    if let missing = paths.first(where: { !fileExists(FilePath($0)) }) { throw TrainingSongsError.missing(path: path, corpus: missing) }
    var reader = SongReader(options: begun.corpusFlags.reading.options(over: reading))
    reader.format = begun.corpusFlags.reading.format
    reader.conditions = begun.corpusFlags.reading.conditions
    reader.isStrict = begun.corpusFlags.reading.strict
    reader.skipsUnreadable = begun.corpusFlags.reading.skipUnreadable
    indexes += try Self.open(paths, reader: reader, cache: Self.usualCache)
    if let index = indexes.last?.index, index.identity.corpus != 0, index.identity.corpus != latest.checkpoint.corpus.fingerprint {
      throw TrainingSongsError.changed(path: path, corpus: paths[0])
    }
    guard let base = begun.from else { return }
    // A chain of models that each name the next; a circle of records ends here.
    if depth == Self.mostBases { throw TrainingSongsError.noRecord(path: place(base)) }
    try addCorpus(ofModel: place(base), reading: reading, depth: depth + 1)
  }

  /// Models that a model was fine-tuned from, one from the other, at most.
  private static let mostBases = 16

  /// Keeps a text from copying more than so many words of these songs in a row.
  func copyGuard(longest: Int) throws -> CopyGuard {
    try CopyGuard(indexes.map(\.index), portable: guards.map(\.copies), longest: longest)
  }

  /// Says what a text is compared with.
  func summary(longest: Int) -> String {
    let songs =
      indexes.map { opened in
        let index = opened.index
        var text = "\(opened.paths.map(\.shown).joined(separator: ", ")) (\(index.songCount.counted("song")), "
        text += index.wordCount.counted("word")
        if index.unknownWordCount > 0 { text += "; \(index.unknownWordCount.grouped) that its vocabulary lacks are not compared" }
        return text + ")"
      } + guards.map { "\($0.path.shown) (\($0.copies.spanCount.counted("span")) of \($0.copies.longest + 1) words)" }
    return "the text copies at most \(longest.counted("word")) in a row from \(songs.joined(separator: " and "))"
  }
}

extension SongReader {
  /// Reads as commands do by default: what cannot be read in a file is left out.
  fileprivate static var lenient: SongReader {
    var reader = SongReader()
    reader.isStrict = false
    return reader
  }
}

/// Why the songs that a model was trained on cannot be found.
enum TrainingSongsError: Error, Equatable, CustomStringConvertible {
  case noRecord(path: String)
  case missing(path: String, corpus: String)
  case piped(path: String)
  case changed(path: String, corpus: String)
  case continued(path: String)

  var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .noRecord(let path):
      "\(path): this model has no checkpoint that tells which songs it was trained on; name them, as in --against songs/."
    case .missing(let path, let corpus):
      "\(path): the songs that this model was trained on are not in \(corpus) any more; name them, as in --against songs/."
    case .piped(let path):
      "\(path): the songs that this model was trained on came through a pipe; name them, as in --against songs/."
    case .continued(let path):
      "\(path): the corpus changed while this model was trained; name all of its songs, as in --against songs/ --against old-songs/."
    case .changed(let path, let corpus):
      "\(path): this model was trained on other songs than \(corpus) has now; name them, as in --against songs/."
    }
  }
}
