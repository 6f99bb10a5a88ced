internal import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
internal import Refrain

struct TuneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune", abstract: "Find the fastest workers, shards and batch for a model on this machine.",
    discussion: """
      Name the corpus and the model's sizes, as for train. tune times training steps of every setting, those of one batch in turn, shows a \
      table and saves the fastest setting of each batch. \
      'refrain train' uses the setting for its sizes and --products unless you pass --shards or --no-tuned. \
      Without a corpus, give the size of the vocabulary with --vocabulary.
      """)

  @Argument(help: ArgumentHelp("Text files and folders, for the size of the vocabulary.", valueName: "corpus"))
  var corpora: [String] = []
  @OptionGroup(title: "Corpus") var corpusFlags: CorpusFlags
  @Option(parsing: .unconditional, help: "V: tokens of the vocabulary, in place of a corpus (default: 10000).") var vocabulary: Int?
  @Option(parsing: .unconditional, help: ArgumentHelp("Sizes to begin from, as for train (default: small).", valueName: "name"))
  var preset: Preset?
  @Option(parsing: .unconditional, help: ArgumentHelp("JSON with settings, such as a model's config.json.", valueName: "file"))
  var config: String?
  @OptionGroup var sizes: SizeFlags
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "B: one batch, to keep it and see what half, twice and four times would give; or several, to be told which (default: train's).",
      valueName: "number,..."))
  var batch: NumberList?
  @Option(olderNames: "batch_size") var olderBatch: NumberList?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "S: shards to try (default: each number of workers, twice that, the largest number of workers, and train's default).",
      valueName: "number,..."))
  var shards: NumberList?
  @Option(
    name: [.customLong("workers"), .customShort("t")], parsing: .unconditional,
    help: ArgumentHelp("Workers to try (default: 1, 2, 4 ... and one for each core).", valueName: "number,..."))
  var workers: NumberList?
  @OptionGroup var productsFlag: ProductsFlag
  @Option(parsing: .unconditional, help: "How many steps of each setting to time.") var repetitions = 5
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Do not save the setting.") var noSave = false
  @Flag(help: "Show no progress.") var quiet = false

  func run() async throws {
    let file = TunedSettingsFile(path: TunedSettingsFile.usualPath)
    Machine.warnOfKernels()
    try Machine.checkProducts()
    // What cannot be saved is to be known now, not at the end.
    var settings = noSave ? [] : try file.read()
    var configuration = (preset ?? .small).configuration
    if let config { try configuration.update(fromFile: config) }
    sizes.apply(to: &configuration)
    // Its own shards are for training with one setting; here several are tried.
    configuration.shards = nil
    configuration.groups = 1
    try configuration.validate()
    let corpus = corpora.isEmpty ? nil : try loadCorpus()
    let vocabulary = vocabulary ?? corpus?.tokenizer.vocabulary.count ?? 10_000
    let asked = (batch ?? olderBatch)?.numbers ?? [configuration.batchSize]
    // Lanes that the corpus can fill.
    let mostLanes = corpus.map { ($0.training.count - 1) / configuration.windowLength } ?? .max

    var sweep = TuningSweep(
      model: configuration.model(vocabularySize: vocabulary), window: configuration.windowLength,
      batches: asked.count == 1 ? TuningSweep.batches(around: asked[0]) : asked)
    sweep.workers = workers?.numbers
    sweep.shards = shards?.numbers
    sweep.repetitions = repetitions
    sweep.products = productsFlag.given ?? .packed
    try sweep.validateNumbers()
    for lanes in asked {
      if let corpus { _ = try MinibatchStream(corpus.training, lanes: lanes, window: sweep.window, shards: 1) }
    }
    // Around the batch that is asked for, those that its shards divide.
    if asked.count == 1 {
      sweep.batches = sweep.batches.filter { $0 == asked[0] || $0 <= mostLanes && !sweep.settings(batch: $0).isEmpty }
    }
    let results = try await sweep.run { batch, count in
      if !quiet { Terminal.writeError("measuring \(count.counted("setting")) with a batch of \(batch)\n") }
    }
    guard let choice = asked.count == 1 ? results.recommended(batch: asked[0]) : results.recommended() else { return }

    let found = Set(results.map(\.batch)).sorted().compactMap { results.recommended(batch: $0) }.map { best in
      TunedSetting(
        machine: Machine.description, model: sweep.model, window: sweep.window, batch: best.batch, shards: best.shards,
        workers: best.workers, products: sweep.products, tokensPerSecond: best.tokensPerSecond,
        isPreferred: asked.count > 1 && best.batch == choice.batch)
    }
    settings.record(found)
    let isSaved = !noSave && !results.isNoisy
    let report = TuneReport(sweep: sweep, results: results, choice: choice, isBatchChosen: asked.count > 1)
    if !json { try Terminal.write(report.text) }
    do {
      if isSaved { try file.write(settings) }
    } catch {
      // What was measured is not lost with it.
      if json { try Terminal.write(Terminal.json(report.object(savedTo: nil)) + "\n") }
      throw error
    }
    if json { try Terminal.write(Terminal.json(report.object(savedTo: isSaved ? file.path : nil)) + "\n") }
    if results.isNoisy {
      Terminal.writeError(
        "warning: the machine was busy, and times of one setting differ by more than a quarter"
          + (noSave ? ".\n" : "; nothing was saved: tune again when it is idle, or with more --repetitions.\n"))
    } else if isSaved, !json {
      let home = homeFolder + "/"
      let place = file.path.hasPrefix(home) ? "~/" + file.path.dropFirst(home.count) : file.path
      try Terminal.write(
        "Saved in \(place); refrain train\(sweep.products.flag) uses it for these sizes unless you pass --shards or --no-tuned.\n")
    }
  }

  private func loadCorpus() throws -> Corpus {
    try corpusFlags.load(
      corpora, cache: CorpusFlags.usualCache, cacheLimit: .max, workers: nil, reporter: PreparationReporter(isQuiet: quiet))
  }

  func validate() throws {
    if vocabulary != nil, !corpora.isEmpty {
      throw ValidationError("--vocabulary stands in place of a corpus; leave out the one or the other.")
    }
  }
}
