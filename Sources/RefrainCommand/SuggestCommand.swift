internal import ArgumentParser
internal import Basics
internal import Foundation
internal import Refrain

struct SuggestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suggest", abstract: "Suggest sizes, rates and dropout for a corpus and a training time.",
    discussion: """
      Measures how fast models of several sizes train on this machine, which takes some seconds, and looks up in a table of measured runs \
      how good a model is after as many epochs. Prints the sizes side by side, the one to choose with the perplexity to expect on the \
      held-out songs, and the command that trains it. No model is saved.
      """)

  @Argument(help: ArgumentHelp("Files and folders, or one prepared store.", valueName: "corpus"))
  var corpora: [String] = []
  @Option(parsing: .unconditional, help: "The length of the run in minutes.") var minutes: Double
  @OptionGroup(title: "Corpus") var corpusFlags: CorpusFlags
  @Option(
    name: [.customLong("workers"), .customShort("t")], parsing: .unconditional,
    help: "Threads' worth of parallelism; never part of the result (default: one for each core).")
  var workers: Int?
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Show no progress.") var quiet = false

  func run() async throws {
    let clock = ContinuousClock(), start = clock.now
    Machine.warnOfKernels()
    try Machine.checkProducts()
    let reporter = PreparationReporter(isQuiet: quiet)
    let corpus = try corpusFlags.load(corpora, cache: CorpusFlags.usualCache, workers: nil, reporter: reporter)
    // What train takes to read the corpus again, and to measure the speed.
    let budget = TrainingBudget(minutes: minutes), elapsed = start.duration(to: clock.now).inSeconds + min(5, budget.seconds / 30)
    let suggestion: SizeSuggestion
    do {
      suggestion = try await SizeSuggestion(corpus: corpus, budget: budget, workers: workers, elapsed: elapsed) { hidden in
        if !quiet { Terminal.writeError("measuring the speed of 1 x \(hidden.grouped)\n") }
      }
    } catch CorpusError.tooSmall(let tokens, let needed, _, _) {
      throw TooFewTokensError(corpora: corpora, tokens: tokens, needed: needed)
    }
    var arguments = corpora + corpusFlags.arguments
    if corpusFlags.reading.skipUnreadable { arguments.append("--skip-unreadable") }
    if let workers { arguments += ["--workers", "\(workers)"] }
    let report = SuggestionReport(suggestion: suggestion, corpus: corpus, minutes: minutes, arguments: arguments, corpora: corpora.count)
    try json ? Terminal.write(Terminal.json(report.object) + "\n") : Terminal.show(report.text)
  }

  func validate() throws {
    if corpora.isEmpty { throw ValidationError("Missing the corpus: name at least one text file or folder.") }
    try Minutes.check(minutes)
    if let workers, workers < 1 { throw ValidationError("--workers must be at least 1, but is \(workers).") }
  }
}

/// The corpus is too small for a run of any size.
private struct TooFewTokensError: Error, CustomStringConvertible {
  var corpora: [String]
  var tokens, needed: Int

  var description: String {
    let sentence: Sentence = """
      \(list: corpora): there are \(tokens.counted("token")) to train on, and a run needs at least \(needed.grouped); add songs.
      """
    return sentence.text
  }
}
