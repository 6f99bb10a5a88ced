internal import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
internal import Pages
internal import Refrain
internal import SystemPackage

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Make a web page about training runs: curves, settings, samples and what went wrong.",
    discussion: """
      The page is one file that loads nothing from elsewhere. It shows the losses with learning rate, gradient norm and speed, the \
      configuration, the corpus, samples by step with their lyric metrics, and the kernels. Several models are compared on one page; for \
      runs that differ in their seed only, it shows mean and spread. You can report on a run that is still under way.

      The validation loss is compared with n-gram models, which a run counts at its end. --baseline counts them again, on the songs that \
      the run was trained on: for a run under way, for an n-gram model of another order, or for a corpus of more than 2 million tokens.
      """)

  @Argument(help: ArgumentHelp("The model directories to report on.", valueName: "model"))
  var models: [String]
  @Option(
    name: [.long, .customShort("o")], parsing: .unconditional,
    help: ArgumentHelp("The page to write; - for standard output.", valueName: "file"))
  var output: String
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Write the rows of all metrics.jsonl to a table in CSV too.", valueName: "file"))
  var csv: String?
  @Option(parsing: .unconditional, help: "The title of the page (default: the models' names).")
  var title: String?
  @Flag(name: .customLong("no-text"), help: "Leave the texts of samples out, for a page to show to others.")
  var noText = false
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "The songs or the store that the runs were trained on, to measure a unigram and an n-gram model for comparison; may be repeated.",
      valueName: "corpus"))
  var baseline: [String] = []
  @Option(parsing: .unconditional, help: "The n of the n-gram model of --baseline, from 2 to 8 (default: 3).")
  var ngramOrder: Int?

  func validate() throws {
    if title?.isEmpty == true { throw ValidationError("--title is empty; give the page a title, or leave it out.") }
    if (models + baseline + [output] + [csv].compactMap { $0 }).contains("") {
      throw ValidationError("An argument is empty; it must name a file or directory.")
    }
    if let ngramOrder {
      if !(2...8).contains(ngramOrder) { throw ValidationError("--ngram-order must be from 2 to 8, but is \(ngramOrder).") }
      if baseline.isEmpty { throw ValidationError("--ngram-order counts the songs of --baseline, which is not given.") }
    }
    if Terminal.isOutput(csv) { throw ValidationError("--csv must name a file; only the page can go to standard output.") }
    if let csv, Self.place(csv) == Self.place(output) {
      throw ValidationError("--csv and --output name one file; give each its own.")
    }
    let places = models.map { resolvingLinks(FilePath($0)) }
    if let index = places.indices.first(where: { places[..<$0].contains(places[$0]) }) {
      throw ValidationError("\(models[index].shown) is given twice; name each model once.")
    }
  }

  func run() throws {
    for (file, flag) in [(output, "--output"), (csv ?? "-", "--csv")] where !Terminal.isOutput(file) {
      for model in models { try OutputCheck.check(file, flag: flag, model: model) }
      try OutputCheck.check(file, flag: flag, isOutside: baseline)
    }
    let names = Self.names(of: models)
    let columns = RunReport.columns(runs: models.count)
    var runs = try zip(models, names).map { try ReportedRun(FilePath($0), name: $1, columns: columns) }
    if !baseline.isEmpty {
      var measurement = BaselineMeasurement(corpora: baseline, order: ngramOrder ?? 3)
      for index in runs.indices { try measurement.measure(&runs[index], model: models[index]) }
      try measurement.checkFound()
    }
    let report = RunReport(title: title ?? names.joined(separator: ", "), runs: runs, showsText: !noText)
    let page = report.document.html
    if let csv { try AtomicFile.write(to: FilePath(csv)) { try MetricsTable.write(runs, to: &$0) } }
    if Terminal.isOutput(output) { return try Terminal.write(page) }
    try AtomicFile.write(Array(page.utf8), to: FilePath(output))
  }

  /// Where a file is or would be written, whatever the way to it.
  private static func place(_ file: String) -> FilePath { OutputCheck.destination(FilePath(file)).lexicallyNormalized() }

  /// Short names that tell the models apart: the last parts of their paths, or else the whole paths.
  static func names(of models: [String]) -> [String] {
    let short = models.map { FilePath($0).lastComponent?.string ?? $0 }
    return Set(short).count == models.count && !short.contains(".") && !short.contains("..") ? short : models
  }
}
