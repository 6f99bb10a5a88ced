internal import ArgumentParser
internal import Files
internal import Foundation
internal import Refrain
internal import SystemPackage

struct PrepareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare", abstract: "Read songs of any number and format once, and keep them as a store to train on.",
    discussion: """
      Reads .txt, .csv, .tsv, .json, .jsonl and .lrc files, each also as .gz or .zst, folders of them, and standard input as '-'. Cleans the \
      lyrics, leaves copies out, deals the songs out to training, validation and test by a hash of their text, and numbers the tokens. \
      'refrain train STORE' then maps the store instead of reading it.

      What cannot be used is skipped, counted and reported with file and line; --strict stops at the first.
      """)

  @Argument(help: ArgumentHelp("Files and folders; with --stats alone, a store too.", valueName: "corpus"))
  var corpora: [String] = []
  @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("The store to write, whole or not at all.", valueName: "file"))
  var out: String?
  @Flag(help: "Print what the corpus holds, what was cleaned, and what was left out and why.")
  var stats = false
  @Flag(help: "Print the statistics as one JSON object.")
  var json = false
  @OptionGroup(title: "Corpus") var corpusFlags: CorpusFlags
  @Option(name: [.customLong("workers"), .customShort("t")], parsing: .unconditional, help: "Threads; never part of the result.")
  var workers: Int?
  @Flag(help: "Show errors only.")
  var quiet = false

  func validate() throws {
    if corpora.isEmpty { throw ValidationError("Missing the files or folders to read.") }
    if out == nil, !stats, !json { throw ValidationError("Missing --out with the store to write, or --stats.") }
    if out == "" { throw ValidationError("--out is empty; it must name a file.") }
    if let workers, workers < 1 { throw ValidationError("--workers must be at least 1.") }
  }

  func run() throws {
    Interruption.watch()
    let reporter = PreparationReporter(isQuiet: quiet)
    if out == nil, corpora.count == 1, Corpus.isStore(corpora[0]) {
      if let flag = corpusFlags.settledFlag { throw SettledError(path: corpora[0], flag: flag) }
      return try show(Corpus(store: corpora[0]).report)
    }
    let options = corpusFlags.options
    guard let out else {
      let report = try Corpus.survey(
        corpora, options: options, scratch: FileManager.default.temporaryDirectory.path, workers: workers
      ) { try reporter.show($0) }
      reporter.finish()
      reporter.warn(about: report)
      return try show(report)
    }
    let place = FilePath(out)
    if isDirectory(place) { throw FileError.isDirectory(path: out) }
    if fileExists(place), !Corpus.isStore(out) { throw NotStoreError(path: out) }
    let report: CorpusReport
    if try Corpus.isUpToDate(out, with: corpora, options: options) {
      report = try Corpus(store: out).report
      reporter.say("\(out) is up to date")
    } else {
      report = try Corpus.prepare(corpora, options: options, to: out, workers: workers) { try reporter.show($0) }
      reporter.finish()
      reporter.warn(about: report)
      let rate = Int(Double(report.bytes) / max(reporter.elapsed, 1e-3))
      reporter.say(
        "prepared \(report.songs.total.counted("song")), \(report.tokens.total.counted("token")), \(report.vocabulary.grouped) in the vocabulary, "
          + "in \(reporter.elapsed.asTime), \(rate.asBytes)/s; the store is in \(out)")
    }
    if stats || json { try show(report) }
  }

  private func show(_ report: CorpusReport) throws {
    try Terminal.write(json ? Terminal.json(report) + "\n" : report.text)
  }
}

/// `--out` names something that is no store.
struct NotStoreError: Error, CustomStringConvertible {
  let path: String
  var description: String { "\(path): this is there already and is not a store; choose another --out, or remove it yourself." }
}
