internal import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
internal import Refrain
internal import SystemPackage

struct PrepareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare", abstract: "Read songs of any number and format once, and keep them as a store to train on.",
    discussion: """
      Reads .txt, .csv, .tsv, .json, .jsonl, .lrc, .srt, .vtt and ChordPro files, each also as .gz or .zst, folders of them, and standard \
      input as '-'. Cleans the \
      lyrics, leaves copies out, deals the songs out to training, validation and test by a hash of their text, and numbers the tokens. \
      'refrain train STORE' then reads the store as it needs it.

      What cannot be used is skipped, counted and reported with file and line; --strict stops at the first. A file that cannot be read, \
      or not to its end, is an error unless you pass --skip-unreadable.
      """)

  @Argument(help: ArgumentHelp("Files and folders; without --out, a store too.", valueName: "corpus"))
  var corpora: [String] = []
  @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("The store to write, whole or not at all.", valueName: "file"))
  var out: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("Write the store's tokenizer.json to this file too.", valueName: "file"))
  var tokenizer: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Write the cleaned songs to a text file (- for standard output), separated by a line that --separator reads back.", valueName: "file")
  )
  var text: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("Print the first songs as they were read.", valueName: "count"))
  var show: Int?
  @Flag(
    help: """
      Write an index of the songs to train on beside the store, as STORE.index, by which copied words are found. It holds the lyrics: \
      only you can read it.
      """)
  var index = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Write STORE.guard too, by which a model that is given away keeps from copying more than this many words of the songs in a row, 1 to \
      64: salted hashes, from which no text can be read.
      """, valueName: "words"))
  var portableGuard: Int?
  @Flag(help: "Print what the corpus holds, what was cleaned, and what was left out and why.")
  var stats = false
  @Flag(help: "Print the statistics as one JSON object.")
  var json = false
  @OptionGroup(title: "Corpus") var corpusFlags: CorpusFlags
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Write made-up lyrics of this size to --out instead, such as 200MB or 1GB, as txt, csv or jsonl by its name.", valueName: "size"))
  var synthetic: String?
  @Option(parsing: .unconditional, help: "Different words of made-up lyrics (default: 100,000).")
  var types: Int?
  @Option(parsing: .unconditional, help: "Decides the made-up lyrics; the same seed gives the same bytes (default: 1).")
  var seed: UInt64?
  @Option(name: [.customLong("workers"), .customShort("t")], parsing: .unconditional, help: "Threads; never part of the result.")
  var workers: Int?
  @Flag(help: "Show only errors, and warnings about what cannot be read.")
  var quiet = false

  /// Not `validate`, which would complain of a missing flag before an unknown one.
  private func check() throws {
    if let workers, workers < 1 { throw ValidationError("--workers must be at least 1.") }
    if synthetic != nil {
      guard corpora.isEmpty else { throw ValidationError("--synthetic makes lyrics and reads none; leave the files out.") }
      guard let out, !out.isEmpty else { throw ValidationError("Missing --out with the file to write the made-up lyrics to.") }
      if let types, types < SyntheticLyrics.leastTypes || types > 50_000_000 {
        throw ValidationError("--types must be from \(SyntheticLyrics.leastTypes) to 50000000.")
      }
      return
    }
    if types != nil || seed != nil { throw ValidationError("--types and --seed are for --synthetic.") }
    if corpora.isEmpty { throw ValidationError("Missing the files or folders to read.") }
    let isOfStore = corpora.count == 1 && Corpus.isStore(corpora[0])
    if out == nil, !isOfStore, index || portableGuard != nil {
      throw ValidationError("\(index ? "--index" : "--portable-guard") goes with --out, or with a store.")
    }
    if out == nil, !stats, !json, text == nil, show == nil, !index, portableGuard == nil {
      throw ValidationError("Missing --out with the store to write, or --stats, --text or --show.")
    }
    if text == "" { throw ValidationError("--text is empty; it must name a file.") }
    if let show, show < 1 { throw ValidationError("--show must be at least 1, but is \(show).") }
    if json, Terminal.isOutput(text) || show != nil {
      throw ValidationError("--json and \(show == nil ? "--text" : "--show") both write to standard output; leave one of them out.")
    }
    if Terminal.isOutput(text), show != nil || stats {
      throw ValidationError("--text - and \(show == nil ? "--stats" : "--show") both write to standard output; give --text a file.")
    }
    if tokenizer != nil, out == nil { throw ValidationError("--tokenizer goes with --out.") }
    if out == "" { throw ValidationError("--out is empty; it must name a file.") }
  }

  func run() throws {
    try check()
    let reporter = PreparationReporter(isQuiet: quiet)
    if let synthetic, let out { return try write(synthetic, to: out, reporter) }
    Interruption.leaveAtOnce(saying: quiet ? nil : "stopped; nothing was written")
    if out == nil, corpora.count == 1, Corpus.isStore(corpora[0]) {
      if let flag = corpusFlags.settledFlag { throw SettledError(path: corpora[0], flag: flag) }
      if text != nil || show != nil { throw StoreTextError(path: corpora[0]) }
      try CopyOutput(store: corpora[0], index: index, longest: portableGuard, reporter)?.writeFromStore()
      return stats || json || !index && portableGuard == nil ? try print(Corpus(store: corpora[0]).report) : ()
    }
    if let out { try OutputCheck.check(out, flag: "--out") }
    if let tokenizer { try OutputCheck.check(tokenizer, flag: "--tokenizer") }
    let options = corpusFlags.options()
    let copies = try out.flatMap { try CopyOutput(store: $0, index: index, longest: portableGuard, reporter) }
    let output = try SongOutput(text: text, show: show, corpora: corpora + options.validation + options.test, reporter)
    let takers = [output.map { $0.write }, copies.map { $0.gather }].compactMap(\.self)
    let take: ((CleanedSongs) throws -> Void)? = takers.isEmpty ? nil : { songs in for taker in takers { try taker(songs) } }
    func survey(_ source: CorpusSource) throws -> CorpusReport {
      try corpusFlags.reading.advising {
        try source.survey(
          scratch: FileManager.default.temporaryDirectory.path, workers: workers, progress: { try reporter.show($0) }, songs: take)
      }
    }
    guard let out else {
      let report = try survey(corpusFlags.reading.advising { try CorpusSource(corpora, options: options) })
      reporter.finish()
      reporter.warn(about: report)
      try output?.show()
      return stats || json ? try print(report) : ()
    }
    let place = FilePath(out)
    if isDirectory(place) { throw FileError.isDirectory(path: out) }
    if fileExists(place), !Corpus.isStore(out) { throw NotStoreError(path: out) }
    let report: CorpusReport
    let source = try corpusFlags.reading.advising { try CorpusSource(corpora, options: options) }
    if try source.isUpToDate(out) {
      // The store has no texts.
      report = try output == nil && copies?.isUpToDate ?? true ? Corpus(store: out).report : survey(source)
      reporter.finish()
      reporter.warn(about: report)
      reporter.say("\(out) is up to date")
    } else {
      report = try corpusFlags.reading.advising {
        try source.prepare(to: out, workers: workers, progress: { try reporter.show($0) }, songs: take)
      }
      reporter.finish()
      reporter.warn(about: report)
      let rate = Int(Double(report.bytes) / max(reporter.elapsed, 1e-3))
      reporter.say(
        "prepared \(report.songs.total.counted("song")), \(report.tokens.total.counted("token")), \(report.vocabulary.grouped) in the "
          + "vocabulary, in \(reporter.elapsed.asTime), \(rate.asBytes)/s; the store is in \(out)")
    }
    if let tokenizer {
      try AtomicFile.write(corpusFlags.reading.advising { try Corpus(store: out).tokenizer.fileData() }, to: FilePath(tokenizer))
    }
    try copies?.write()
    try output?.show()
    if stats || json { try print(report) }
  }

  private func print(_ report: CorpusReport) throws {
    try json ? Terminal.write(Terminal.json(report) + "\n") : Terminal.show(report.text)
  }
}

extension PrepareCommand {
  /// Writes made-up lyrics.
  private func write(_ size: String, to out: String, _ reporter: PreparationReporter) throws {
    let named = FilePath(out).extension.flatMap { SyntheticFormat(rawValue: $0.lowercased()) }
    let format = corpusFlags.reading.format.flatMap { SyntheticFormat(rawValue: $0.rawValue) } ?? named
    guard let format else { throw ValidationError("--out must end in .txt, .csv or .jsonl for --synthetic, or --format say which.") }
    guard let bytes = ByteCount(argument: size)?.bytes, bytes > 0 else {
      throw ValidationError("--synthetic \(size) is no size; say for example 200MB or 1GB.")
    }
    if fileExists(FilePath(out)) { throw NotStoreError(path: out) }
    var lyrics = SyntheticLyrics(types: types ?? 100_000, seed: seed ?? 1)
    var songs = 0, written = 0
    try AtomicFile.write(to: FilePath(out)) { writer in
      while written < bytes {
        let song = lyrics.nextSong(as: format)
        try writer.write(song)
        songs += 1
        written += song.count
        if songs.isMultiple(of: 1_000), let code = Interruption.exitCode { throw ExitCode(code) }
      }
    }
    reporter.say("wrote \(songs.counted("song")), \(written.asBytes), to \(out)")
  }
}

/// A store was given where texts are needed.
struct StoreTextError: Error, CustomStringConvertible {
  let path: String
  var description: String { sentence.text }

  private var sentence: Sentence {
    "\(path): this store holds tokens and no texts; give --text or --show the files that it was made of."
  }
}

/// `--out` names something that is no store.
struct NotStoreError: Error, CustomStringConvertible {
  let path: String
  var description: String { sentence.text }

  private var sentence: Sentence {
    "\(path): this is there already and is no store that may be replaced; choose another --out, or remove it yourself."
  }
}
