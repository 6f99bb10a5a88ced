internal import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
internal import Refrain

extension CorpusFlags {
  /// The corpus at these paths: a prepared store, a store from the cache if there is much to read, or read into memory.
  ///
  /// - Parameters:
  ///   - base: the model whose vocabulary is to grow.
  ///   - condition: the columns that songs are conditioned on, which are kept with them.
  ///   - reading: how to read and clean where the flags say nothing; nil: as the base's corpus was read, or by the defaults.
  ///   - tokenizer: what cuts the texts, if none is to be made of them.
  ///   - cache: the folder of the cache; nil: there is none.
  ///   - cacheLimit: the most bytes that the cache may take; nil: the usual limit.
  ///   - isCacheFixed: whether the cache is only read: a store that is there is used, and none is made.
  ///   - readingRevision: the revision that the run to resume read its corpus by; its store in the cache is used if it is still there.
  ///   - rules: the rules that cut the texts of the run to resume; nil: the current ones, or the base's.
  func load(
    _ paths: [String], base: FineTuning? = nil, condition: [String] = [], reading: ReadingOptions? = nil,
    keeping tokenizer: Tokenizer? = nil, cache: String?,
    cacheLimit: Int? = nil, isCacheFixed: Bool = false, readingRevision: Int? = nil, rules: LexingRules? = nil, workers: Int?,
    reporter: PreparationReporter
  ) throws -> Corpus {
    try self.reading.advising {
      let source = try source(paths, base: base, condition: condition, reading: reading, keeping: tokenizer, rules: rules)
      let cache = cache.map { folder in
        var cache = CorpusCache(folder: folder, limit: cacheLimit ?? CorpusCache.usualLimit)
        cache.isReadOnly = isCacheFixed
        cache.isDefault = folder == Self.usualCache
        return cache
      }
      let opened = try source.open(
        in: cache, readingRevision: readingRevision, workers: workers, progress: { try reporter.show($0) },
        uncached: { error in
          reporter.finish()
          Interruption.leaveAtOnceAgain()
          let folder = cache?.folder ?? ""
          let advice = Subcommand.current?.flags.contains("--cache") == true ? "; --cache names another folder." : "."
          reporter.warn("\(ErrorText.text(of: error)) The corpus is read into memory instead of being kept in \(folder)\(advice)")
        })
      let corpus = opened.corpus
      switch opened.origin {
      case .store(let path): try base?.check(corpus, store: path)
      case .memory: reporter.warn(about: corpus.report)
      case .cached, .prepared:
        reporter.finish()
        // No `prepare` command has reported what was left out of this store.
        reporter.warn(about: corpus.report)
      }
      if case .prepared(let path) = opened.origin {
        reporter.say("prepared the corpus in \(reporter.elapsed.asTime); the next run takes it from \(path)")
      }
      // Before training: a model that cannot be read back is no use.
      try corpus.tokenizer.checkSize()
      return corpus
    }
  }

  /// Lists the files once, with the options that the flags give.
  private func source(
    _ paths: [String], base: FineTuning?, condition: [String], reading readingOptions: ReadingOptions?, keeping tokenizer: Tokenizer?,
    rules: LexingRules?
  ) throws -> CorpusSource {
    if paths.count == 1, Corpus.isStore(paths[0]) {
      if let flag = settledFlag { throw SettledError(path: paths[0], flag: flag) }
      return try CorpusSource(paths)
    }
    var options = try base?.options(self) ?? self.options(over: readingOptions ?? .init())
    options.keepColumns(of: condition)
    if let rules { options.rules = rules }
    if let tokenizer {
      options.keep(tokenizer)
      options.maximumVocabulary = tokenizer.vocabulary.count
    }
    return try CorpusSource(paths, options: options)
  }
}

extension ReadingFlags {
  /// Adds to an error about a source that cannot be read which flag skips it.
  ///
  /// - Throws: what `body` throws, or `UnreadableSourceError` in its place.
  func advising<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as CorpusError {
      switch error {
      case .unreadable, .noProgram, .notDecompressed:
        if strict || skipUnreadable { throw error }
        throw UnreadableSourceError(fault: error)
      default: throw error
      }
    }
  }
}
