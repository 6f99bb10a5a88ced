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
  ///   - reading: how to read and clean where the flags say nothing; nil: as the base's corpus was read, or by the defaults.
  ///   - tokenizer: what cuts the texts, if none is to be made of them.
  ///   - cache: the folder of the cache; nil: there is none.
  ///   - cacheLimit: the most bytes that the cache may take; nil: the usual limit.
  ///   - isCacheFixed: whether the cache is only read: a store that is there is used, and none is made.
  ///   - readingRevision: the revision that the run to resume read its corpus by; its store in the cache is used if it is still there.
  ///   - rules: the rules that cut the texts of the run to resume; nil: the current ones, or the base's.
  func load(
    _ paths: [String], base: FineTuning? = nil, reading: ReadingOptions? = nil, keeping tokenizer: Tokenizer? = nil, cache: String?,
    cacheLimit: Int? = nil, isCacheFixed: Bool = false, readingRevision: Int? = nil, rules: LexingRules? = nil, workers: Int?,
    reporter: PreparationReporter
  ) throws -> Corpus {
    try self.reading.advising {
      let source = try source(paths, base: base, reading: reading, keeping: tokenizer, rules: rules)
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
          reporter.warn("\(error) The corpus is read into memory instead of being kept in \(folder); --cache names another folder.")
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
    _ paths: [String], base: FineTuning?, reading readingOptions: ReadingOptions?, keeping tokenizer: Tokenizer?, rules: LexingRules?
  ) throws -> CorpusSource {
    if paths.count == 1, Corpus.isStore(paths[0]) {
      if let flag = settledFlag { throw SettledError(path: paths[0], flag: flag) }
      return try CorpusSource(paths)
    }
    var options = try base?.options(self) ?? self.options(over: readingOptions ?? .init())
    if let rules { options.rules = rules }
    if let tokenizer {
      options.keep(tokenizer)
      options.maximumVocabulary = tokenizer.vocabulary.count
    }
    return try CorpusSource(paths, options: options)
  }

  /// Where stores are cached unless the user says otherwise.
  static var usualCache: String {
    let environment = ProcessInfo.processInfo.environment
    let base = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? homeFolder + "/.cache"
    return base + "/refrain"
  }
}

extension ReadingFlags {
  /// Adds to an error of a corpus which flags help.
  ///
  /// - Throws: what `body` throws, or `AdvisedError` in its place.
  func advising<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as CorpusError {
      switch error {
      case .unreadable, .noProgram, .notDecompressed:
        if strict || skipUnreadable { throw error }
        throw AdvisedError(fault: error, advice: "pass --skip-unreadable to continue with what can be read")
      case .unnamedJSON:
        let advice = "pass --format json, or --format jsonl if each line is an object (or --format txt for text)"
        throw AdvisedError(fault: error, advice: advice)
      case .notUTF8, .lyricsNotUTF8:
        guard let name = error.sample?.encodings.first else {
          throw AdvisedError(fault: error, advice: "--encoding names the encoding of a text that is not UTF-8")
        }
        throw AdvisedError(fault: error, advice: "or pass --encoding \(name)")
      case .unmarkedEncoding(_, let name): throw AdvisedError(fault: error, advice: "pass --encoding \(name)")
      case .notInEncoding, .unknownEncoding: throw AdvisedError(fault: error, advice: "see --encoding")
      case .separatorNotFound: throw AdvisedError(fault: error, advice: "pass --separator none if each file is one song")
      case .noMatchingRows: throw AdvisedError(fault: error, advice: "see --where")
      case .twoEncodings: throw AdvisedError(fault: error, advice: "see --encoding and --windows-1252")
      case .vocabularyTooLarge: throw AdvisedError(fault: error, advice: "see --max-vocabulary, --min-count and --tokens")
      default: throw error
      }
    }
  }
}

/// What ~ stands for in a shell, which need not be the home of the user that the system knows.
var homeFolder: String {
  ProcessInfo.processInfo.environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
}

/// A flag that has no say any more, since the store was prepared without it.
struct SettledError: Error, CustomStringConvertible {
  let path: String
  let flag: String
  var description: String { sentence.text }

  private var sentence: Sentence {
    "\(path): \(flag) was settled when this store was prepared; leave it out, or prepare the store again with it."
  }
}

/// An error of a corpus, with advice that names flags.
struct AdvisedError: Error, CustomStringConvertible {
  let fault: CorpusError
  let advice: String

  var description: String {
    let sentence = fault.description
    return "\(sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence); \(advice)."
  }
}

/// Shows on standard error how far a preparation has come: a live line where people watch, plain lines elsewhere.
///
/// The preparation calls it from one thread at a time.
final class PreparationReporter {
  private let isQuiet: Bool
  private let isLive: Bool
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var phaseStart: ContinuousClock.Instant
  private var phase: PreparationProgress.Phase?
  private var lastDrawn: ContinuousClock.Instant
  private var hasDrawn = false

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    isLive = !isQuiet && Terminal.isErrorInteractive
    start = clock.now
    phaseStart = start
    lastDrawn = start
  }

  var elapsed: Double { start.duration(to: clock.now) / .seconds(1) }

  /// - Throws: `ExitCode` after a signal, which ends the preparation.
  func show(_ progress: PreparationProgress) throws {
    if progress.phase == .writing { Interruption.keep() }
    if Interruption.exitCode != nil {
      // Another thread may wait in the middle of a read: that does not hold it up either.
      clearLine()
      try Interruption.check()
    }
    if isQuiet { return }
    if progress.phase != phase {
      phase = progress.phase
      phaseStart = clock.now
    }
    // A line every five seconds is enough for a log.
    guard lastDrawn.duration(to: clock.now) > (isLive ? .milliseconds(100) : .seconds(5)) else { return }
    lastDrawn = clock.now
    let line = Self.line(progress, seconds: phaseStart.duration(to: clock.now) / .seconds(1), columns: isLive ? Terminal.errorColumns : nil)
    hasDrawn = true
    if isLive { Terminal.redraw(line) } else { Terminal.writeError(line + "\n") }
  }

  /// - Parameters:
  ///   - seconds: the time since the phase began.
  ///   - columns: the most characters, one of which stays free; nil: no limit.
  static func line(_ progress: PreparationProgress, seconds: Double, columns: Int?) -> String {
    let rate = Double(progress.done) / max(seconds, 1e-3)
    var figures: [String] = []
    switch progress.phase {
    case .reading:
      let total = progress.total.map { " of \($0.asBytes)" } ?? ""
      figures = ["reading \(progress.done.asBytes)\(total)", progress.songs.counted("song"), "\(Int(rate).asBytes)/s"]
    case .counting, .writing:
      let share = progress.total.map { 100 * progress.done / max(1, $0) } ?? 0
      figures = ["\(progress.phase.rawValue) \(share)%", "\(Int(rate).grouped) tokens/s"]
    }
    if let total = progress.total, rate > 0 { figures.append("\((Double(max(0, total - progress.done)) / rate).asTime) left") }
    var line = ""
    for figure in figures where line.count + figure.count + 2 < columns ?? .max { line += line.isEmpty ? figure : "  " + figure }
    return line
  }

  func finish() {
    Interruption.keep()
    clearLine()
  }

  private func clearLine() {
    if isLive, hasDrawn { Terminal.redraw("") }
    hasDrawn = false
  }

  func say(_ text: String) {
    if !isQuiet { Terminal.writeError(text + "\n") }
  }

  /// Shows a warning, with `--quiet` too.
  func warn(_ text: String) { Terminal.warn(text) }

  /// Warns of what was left out, with the first reasons and every source in the report that could not be read whole.
  func warn(about report: CorpusReport) {
    if let count = report.scatteredSongs {
      warn(
        "rows of \(count.counted("song")) of --group-by stand in several places and are read as songs of their own; "
          + "sort the file by that column"
      )
    }
    Self.warn(report.problems, count: report.problemCount, damagedSources: report.damagedSources)
    for warning in report.warnings { warn(warning) }
    if let files = report.passedOver {
      say("passed over \(files.values.reduce(0, +).counted("file")) in folders: \(CorpusReport.endings(files))")
    }
  }

  /// Warns of the faults of what was skipped in songs that are not a corpus.
  static func warn(about skipped: FaultList) {
    // Problems of whole sources say more than those of records.
    let problems = skipped.kept.filter(\.isUnreadable) + skipped.kept.filter { !$0.isUnreadable }
    warn(problems.map(\.description), count: skipped.records + skipped.sources, damagedSources: skipped.sources)
    if let encodings = skipped.kept.lazy.compactMap(\.sample).first?.encodings { Terminal.warn(CorpusReport.advice(on: encodings)) }
  }

  private static func warn(_ problems: [String], count: Int, damagedSources: Int) {
    guard count > 0 else { return }
    let shown = problems.prefix(max(5, damagedSources))
    for problem in shown { Terminal.warn("\(problem)") }
    let more = count - shown.count
    if more > 0 { Terminal.warn("and \(more.counted("problem")) more; --strict stops at the first.") }
  }
}
