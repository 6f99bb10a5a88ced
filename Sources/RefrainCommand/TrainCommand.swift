internal import ArgumentParser
internal import Foundation
internal import Refrain
internal import SystemPackage

struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model on text files and folders of songs.",
    discussion: """
      A folder is read for its .txt files; in a file, songs are parted by two blank lines or a line of dashes. The model directory gets \
      config.json, tokenizer.json and model.safetensors, and while training goes on metrics.jsonl and samples.txt.

      Presets:
      \(Preset.allCases.map { "  \($0.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)) \($0.summary)" }.joined(separator: "\n"))
      Costs are those of 10,000 words on two cores of about 90 GFLOP/s each.
      """)

  @Argument(help: ArgumentHelp("Text files and folders.", valueName: "corpus"))
  var corpora: [String]
  @Option(name: .long, parsing: .unconditional, help: ArgumentHelp("The directory to write the model to.", valueName: "directory"))
  var model: String
  @OptionGroup(title: "Corpus") var corpusFlags: CorpusFlags
  @OptionGroup(title: "Training") var configurationFlags: ConfigurationFlags
  @Option(
    name: [.customLong("workers"), .customShort("t")], parsing: .unconditional,
    help: "Threads' worth of parallelism, at most the shards; never part of the result.")
  var workers: Int?
  @Flag(help: "Replace the model that is there, once the new one is saved.")
  var overwrite = false
  @Flag(help: "Print the resolved plan and stop.")
  var dryRun = false
  @Flag(help: "Show errors only.")
  var quiet = false

  func run() async throws {
    let configuration = try configurationFlags.configuration()
    try configuration.validate()
    let corpus = try Corpus(reading: corpora, options: corpusFlags.options)
    let plan = try TrainingPlan(corpus: corpus, configuration: configuration, workers: workers)
    if dryRun {
      try Terminal.write(plan.text)
      return
    }
    let trainer = try Trainer(plan)
    let directory = try RunDirectory(FilePath(model), overwrites: overwrite)
    let reporter = ProgressReporter(isQuiet: quiet)
    await reporter.say(plan.text)

    let run = TrainingRun(trainer: trainer, directory: directory, reporter: reporter)
    Interruption.watch()
    let summary: TrainingSummary
    do {
      summary = try await Interruption.cancelling { try await run.train() }
    } catch {
      await reporter.finish()
      await run.discard()
      throw error
    }
    await reporter.finish()

    let result = await trainer.model
    if summary.isInterrupted, let code = Interruption.exitCode {
      let place = try await run.saveStopped(result)
      await reporter.say("stopped after step \(summary.steps) of \(summary.totalSteps); the model so far is in \(place)")
      throw ExitCode(code)
    }
    try await run.save(result)
    let perSecond = Double(summary.tokens) / max(summary.seconds, 1e-9)
    await reporter.say(
      "trained \(summary.steps.counted("step")) in \(summary.seconds.asTime), \(Int(perSecond).grouped) tokens/s; the model is in \(model)")
    if let best = summary.bestValidation, best.step < summary.steps {
      await reporter.say(
        "validation was best at step \(best.step), perplexity \(best.evaluation.perplexity.shortened); "
          + "to stop there, train again with --steps \(best.step)")
    }
    if summary.skipped > 0 {
      await reporter.say("left out \(summary.skipped.counted("minibatch", "minibatches")) with numbers beyond all bounds")
    }
    if let test = corpus.test {
      let evaluation = try await Evaluator().evaluate(test, weights: result.weights)
      try Terminal.write(
        "test: loss \(evaluation.lossNats.fixed(4)) nats a token, perplexity \(evaluation.perplexity.shortened), "
          + "\(evaluation.tokens.counted("token"))\n")
    }
  }

  func validate() throws {
    if model.isEmpty { throw ValidationError("--model is empty; it must name a directory.") }
  }
}

/// Hands a trainer's events to the directory and the screen.
actor TrainingRun {
  private let trainer: Trainer
  private let directory: RunDirectory
  private let reporter: ProgressReporter
  private var isSkipping = false

  init(trainer: Trainer, directory: sending RunDirectory, reporter: ProgressReporter) {
    self.trainer = trainer
    self.directory = directory
    self.reporter = reporter
  }

  func train() async throws -> TrainingSummary {
    try await trainer.train { event in try await self.handle(event) }
  }

  func save(_ model: Model) throws { try directory.save(model) }
  func saveStopped(_ model: Model) throws -> String { try directory.saveStopped(model).string }
  func discard() { directory.discard() }

  private func handle(_ event: TrainingEvent) async throws {
    switch event {
    case .step(let report):
      isSkipping = false
      await reporter.step(report)
    case .metrics(let line):
      try directory.append(line)
      await reporter.metrics(line, totalSteps: trainer.totalSteps)
    case .sample(let model, let report):
      // Each sample has its own stream of random numbers, fixed by seed and step.
      let seed = model.configuration.seed &+ UInt64(report.step)
      let text = try model.generate(length: model.configuration.sampleLength, seed: seed)
      try directory.append(sample: text, at: report)
      await reporter.say("\n--- sample at step \(report.step), loss \(report.runningLossNats.fixed(3)) ---\n\(text)\n")
    case .checkpoint(let model):
      try directory.save(model)
    case .skipped(let step):
      // The first of several in a row says enough.
      if !isSkipping { await reporter.say("step \(step): the loss or gradient is beyond all bounds; this minibatch is left out") }
      isSkipping = true
    }
  }
}
