internal import ArgumentParser
internal import Basics
internal import Files
internal import Foundation
internal import Refrain
internal import SystemPackage
internal import Training

struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model on files and folders of songs, or a store.",
    discussion: """
      Reads what 'refrain prepare' reads, or a store that it wrote. In a text file, songs are separated by two blank lines or a line of \
      dashes. The model directory gets config.json, tokenizer.json and model.safetensors, and while training goes on metrics.jsonl, \
      samples.txt and checkpoints, from which --resume goes on with a run that was stopped, however it was stopped.

      Either of --clip-norm and --clip-value replaces the preset's clipping; give both to use both.

      Presets:
      \(Preset.allCases.map { "  \($0.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)) \($0.summary)" }.joined(separator: "\n"))
      Costs are those of 10,000 words on two cores of about 90 GFLOP/s each.
      """)

  @Argument(
    help: ArgumentHelp("Files and folders, or one prepared store; with --resume those of the run, if none are given.", valueName: "corpus"))
  var corpora: [String] = []
  @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("The directory to write the model to.", valueName: "directory"))
  var model: String
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Fine-tune this model: begin with its weights, settings and vocabulary, to which the corpus's new tokens are added.",
      valueName: "directory"))
  var from: String?
  @OptionGroup(title: "Corpus") var corpusFlags: CorpusFlags
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Where corpora of more than 32 MiB are kept prepared for the next run (default: ~/.cache/refrain).", valueName: "directory"))
  var cache: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The size limit of the cache, such as 500MB or 20GB; the least recently used stores are removed (default: 10GB).",
      valueName: "size"))
  var cacheLimit: ByteCount?
  @Flag(help: "Read the corpus into memory, whatever its size.")
  var noCache = false
  @OptionGroup(title: "Training") var configurationFlags: ConfigurationFlags
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Plan the run for this many minutes: measure the speed, then set the steps, a cosine schedule, an average of the weights and the \
      validations. Settings that flags or --config give keep their values (default: the preset's length).
      """,
      valueName: "minutes"))
  var minutes: Double?
  @Option(
    name: [.customLong("workers"), .customShort("t")], parsing: .unconditional,
    help: "Threads' worth of parallelism; never part of the result (default: one for each core that the process may use).")
  var workers: Int?
  @OptionGroup(title: "Training") var productsFlag: ProductsFlag
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Write TensorBoard event files to this directory: metrics, samples, and histograms of weights, gradients and gates. Default: none. "
        + "Not saved with the run; repeat it with --resume.",
      valueName: "directory"))
  var tensorboard: String?
  @Flag(help: "Do not take the batch, shards and workers that tune saved for these sizes.")
  var noTuned = false
  @Flag(help: "Replace the model that is there, once the new one is saved.")
  var overwrite = false
  @Flag(help: "Go on with the run in the model directory, from its newest whole checkpoint, or begin if it has none.")
  var resume = false
  @Flag(help: "Resume even if the corpus is not the one that the run began with; words that the run does not know become <unk>.")
  var allowChangedCorpus = false
  @Flag(help: "Print the resolved plan and stop.")
  var dryRun = false
  @Flag(help: "Show only errors, and warnings about what cannot be read or saved.")
  var quiet = false

  /// Said of a signal before the first step.
  var stopped: String? {
    quiet ? nil : resume ? "stopped before the first step; the run is as it was" : "stopped before the first step; no model was written"
  }

  func run() async throws {
    let start = ContinuousClock.now
    Interruption.leaveAtOnce(saying: stopped)
    if resume { return try await resumeRun() }
    let base = try FineTuning(from)
    var configuration = try configurationFlags.configuration(resuming: base?.configuration)
    try configuration.validate()
    try base?.check(configuration)
    let corpus = try await Ranks.afterFirst { try loadCorpus(base, condition: configuration.condition) }
    if let base, !quiet { base.warnOfReading(corpora, corpus) }
    let tuned = try await Ranks.agreed(tunedSetting(configuration, corpus))
    if let tuned {
      configuration.batchSize = tuned.batch
      configuration.shards = tuned.shards
    }
    let unlimited = try TrainingPlan(
      corpus: corpus, configuration: configuration, workers: workers ?? (Ranks.current == nil ? tuned?.workers : nil),
      products: productsFlag.given ?? .packed,
      conditions: base?.model.conditions)
    // Measuring for --minutes trains on all ranks.
    try await checkAgreement(unlimited, step: 0)
    let (plan, budget) = try await budgeted(unlimited, base: base, since: start)
    let tunedNote = tuned.map { "tuned      --batch \($0.batch) --shards \($0.shards), as tune found it; --no-tuned leaves that\n" } ?? ""
    let note = tunedNote + budget
    // The vocabulary of --from cannot be made smaller.
    let advice = base == nil && (dryRun || !quiet) ? try plan.vocabularyAdvice(isPrepared: Corpus.isStore(corpora[0])) : nil
    let idle = workers == nil ? plan.idleCores.map { "cores      \($0)\n" } ?? "" : ""
    if dryRun {
      _ = try base?.model.startWeights(for: plan)
      let proportion = advice.map { "proportion \($0)\n" } ?? ""
      return try Terminal.show((base.map { try $0.text(plan) } ?? "") + plan.text + proportion + note + idle)
    }
    if !quiet {
      Machine.warnOfKernels()
      warnOfIdleFlags(plan)
      if let advice { Terminal.warn(advice) }
      Terminal.writeError(note + idle)
    }
    try await checkAgreement(plan, step: 0)
    let ranks = Ranks.current
    let trainer = try base.map { try Trainer(plan, from: $0.model, communicator: ranks) } ?? Trainer(plan, communicator: ranks)
    Interruption.keep()
    try await Ranks.checkSignals()
    if !Ranks.isFirst { return try await follow(trainer) }
    var record = self.record
    record.baseVocabulary = base?.known
    try record.checkSize()
    let directory = try RunDirectory(FilePath(model), overwrites: overwrite)
    directory.record = record
    let reporter = ProgressReporter(isQuiet: quiet)
    if let base { await reporter.say(String(try base.text(plan).dropLast())) }
    let run = TrainingRun(trainer: trainer, directory: directory, reporter: reporter, model: model, tensorBoard: tensorboard)
    try await lead(trainer) { try await run.run(plan) }
    if let base { try await report(base, plan, reporter) }
  }

  /// Says how far a finished run has moved the model that it began from.
  func report(_ base: FineTuning, _ plan: TrainingPlan, _ reporter: ProgressReporter) async throws {
    if quiet { return }
    let result = try Model(directory: model)
    let text = try await reporter.measure("comparing", model: model) { try await base.report(plan, result: result, progress: $0) }
    await reporter.say(text)
  }

  /// Tells what was asked for and cannot happen: a decay that the schedule lacks, dropout where there is no place for it, an average after
  /// the end, or what a validation decides where nothing is held out.
  func warnOfIdleFlags(_ plan: TrainingPlan) {
    let configuration = plan.configuration, schedule = configuration.schedule.kind
    let idle = configurationFlags.decayFlags.filter { !$0.schedules.contains(schedule) }.map(\.flag)
    if !idle.isEmpty {
      let verb = idle.count == 1 ? "has" : "have"
      Terminal.warn("\(idle.joined(separator: " and ")) \(verb) no effect with --schedule \(schedule.rawValue)")
    }
    if configurationFlags.dropout != nil, configuration.layerCount == 1, configuration.regularization.outputDropout != nil {
      Terminal.warn("--dropout has no effect on one layer if --dropout-output is given")
    }
    if let start = configuration.averageStart, start > plan.totalSteps, configuration.averagePatience == nil {
      Terminal.warn("--average-start \(start) is after the last step, \(plan.totalSteps), so that there will be no average")
    }
    if plan.corpus.validation != nil {
      guard let patience = configuration.patience, let waiting = configuration.averagePatience, waiting >= patience else { return }
      return Terminal.warn(
        "--patience \(patience) ends the run before --average-patience \(waiting) can begin an average; raise --patience")
    }
    var flags: [String] = []
    if configurationFlags.patience ?? 0 > 0 { flags.append("--patience") }
    if configuration.averagePatience != nil { flags.append("--average-patience") }
    if configurationFlags.validateEvery != nil { flags.append("--validate-every") }
    if schedule == .plateau { flags.append("--schedule plateau") }
    guard !flags.isEmpty else { return }
    Terminal.warn(
      "\(flags.joined(separator: " and ")) wait\(flags.count == 1 ? "s" : "") for a validation, and no songs are held out for one; "
        + "give --validation or --validation-fraction")
  }

  /// The corpus, by way of the cache if it is large.
  ///
  /// - Parameters:
  ///   - condition: what songs are conditioned on.
  ///   - tokenizer: what the run began with, if it is to be kept though the corpus has changed.
  ///   - reading: how the run's corpus was read, if it is resumed.
  func loadCorpus(
    _ base: FineTuning? = nil, condition: ConditionColumns?, keeping tokenizer: Tokenizer? = nil, reading: ReadingOptions? = nil,
    readingRevision: Int? = nil, rules: LexingRules? = nil
  ) throws -> Corpus {
    let sources = corpora + corpusFlags.validation + corpusFlags.test
    try OutputCheck.check(model: model, isOutside: sources)
    if let tensorboard {
      try OutputCheck.check(tensorboard, flag: "--tensorboard", isNoneOf: model)
      if let kind = FileKind(of: FilePath(tensorboard)), kind != .folder {
        let text: Sentence = "\(tensorboard): --tensorboard must name a directory, but this is a \(kind.rawValue); choose another name."
        throw ValidationError(text.text)
      }
      try OutputCheck.check(tensorboard, flag: "--tensorboard", isOutside: sources)
    }
    do {
      return try load(base, condition: condition?.names ?? [], tokenizer, reading, readingRevision, rules)
    } catch CorpusError.keptColumnNotFound(let name) where base != nil && condition?.names.contains(name) == true {
      // A model that knows values may learn from songs that have none.
      let text: Sentence = "no song of the corpus has a value in \(name); every song gets the control token for other values"
      if !quiet { Terminal.warn(text.text) }
      let others = condition?.names.filter { $0 != name }
      return try loadCorpus(
        base, condition: others.map { ConditionColumns($0) }, keeping: tokenizer, reading: reading, readingRevision: readingRevision,
        rules: rules)
    }
  }

  private func load(
    _ base: FineTuning?, condition: [String], _ tokenizer: Tokenizer?, _ reading: ReadingOptions?, _ readingRevision: Int?,
    _ rules: LexingRules?
  ) throws -> Corpus {
    try corpusFlags.load(
      corpora, base: base, condition: condition, reading: reading, keeping: tokenizer,
      cache: noCache ? nil : cache ?? CorpusFlags.usualCache,
      cacheLimit: cacheLimit?.bytes,
      isCacheFixed: resume && dryRun, readingRevision: readingRevision, rules: rules, workers: nil,
      reporter: PreparationReporter(isQuiet: quiet))
  }

  /// What tune saved for this training, where neither the flags nor the settings say otherwise.
  ///
  /// The workers that are asked for have no say in it, since batch and shards are part of the result and they never are.
  private func tunedSetting(_ configuration: TrainingConfiguration, _ corpus: Corpus) -> TunedSetting? {
    guard !noTuned, configuration.shards == nil else { return nil }
    let settings: [TunedSetting]
    do {
      settings = try TunedSettingsFile(path: TunedSettingsFile.usualPath).read()
    } catch {
      if !quiet { Terminal.warn("\(error) Training continues without the tuned settings.") }
      return nil
    }
    let model = configuration.model(vocabularySize: corpus.tokenizer.vocabulary.count), window = configuration.windowLength
    func best(batch: Int?) -> TunedSetting? {
      settings.best(for: model, window: window, batch: batch, products: productsFlag.given ?? .packed)
    }
    let setting = (configurationFlags.namesBatch ? nil : best(batch: nil)) ?? best(batch: configuration.batchSize)
    // A batch that another corpus could fill may be too large for this one.
    return setting.flatMap { $0.batch <= (corpus.training.count - 1) / window ? $0 : nil }
  }

  func validate() throws {
    try validateMinutes()
    if model.isEmpty { throw ValidationError("--model is empty; it must name a directory.") }
    try ModelName.check(model)
    if resume, overwrite { throw ValidationError("--resume goes on with a run and --overwrite begins a new one; give one of them.") }
    if let tensorboard, tensorboard.isEmpty { throw ValidationError("--tensorboard is empty; it must name a directory.") }
    if corpora.isEmpty, !resume { throw ValidationError("Missing the corpus: name at least one text file or folder.") }
    let flags = configurationFlags
    if from != nil, flags.forgetBias != nil || flags.initRange != nil || flags.unigramBias != nil {
      throw ValidationError("--from begins with a model's weights; leave out --forget-bias, --init-range and --unigram-bias.")
    }
    if allowChangedCorpus, !resume { throw ValidationError("--allow-changed-corpus is for --resume.") }
  }
}
