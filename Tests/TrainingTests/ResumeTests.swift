import Corpora
import Files
import Foundation
import Kernels
import LanguageModel
import Models
import Synchronization
import SystemPackage
import Testing
import Training

/// A run that is stopped and resumed, by any number of workers, ends as one that was not.
@Suite("Exact resume") struct ResumeTests {
  static let text = randomText(words: 700, vocabulary: 60, seed: 11)

  static func configuration(batch: Int = 12, shards: Int = 4, steps: Int = 40) -> TrainingConfiguration {
    var configuration = smallConfiguration(steps: steps, batch: batch, window: 4, shards: shards)
    configuration.hiddenSizes = [8, 11]
    configuration.layerCount = 2
    configuration.isInitialStateLearned = true
    configuration.logEvery = 7
    configuration.sampleBelowLoss = 4.2
    configuration.checkpointEvery = 9
    configuration.optimizer.clipNorm = 0.5
    return configuration
  }

  /// What a run leaves, times aside.
  struct Outcome {
    var checkpoint: TrainingCheckpoint
    var metrics: [Metrics] = []
    var steps: [StepReport] = []
    var samples: [Int] = []
    var summary: TrainingSummary?

    mutating func add(_ log: EventLog) async {
      metrics += await log.metrics.map {
        var line = $0
        line.tokensPerSecond = 0
        line.elapsedSeconds = 0
        return line
      }
      steps += await log.steps
      samples += await log.samples.map(\.report.step)
    }

    func expectSame(as other: Outcome, _ comment: Comment) {
      #expect(checkpoint.isSame(as: other.checkpoint), comment)
      #expect(metrics == other.metrics, comment)
      #expect(steps == other.steps, comment)
      #expect(samples == other.samples, comment)
      #expect(summary?.bestValidation == other.summary?.bestValidation && summary?.validation == other.summary?.validation, comment)
      #expect(summary?.tokens == other.summary?.tokens && summary?.skipped == other.summary?.skipped, comment)
    }
  }

  /// A signal stops a run in the same way.
  @Test("a validation that is interrupted is made by the resumed run", arguments: [1, 2, 3])
  func brokenValidation(number: Int) async throws {
    let corpus = try corpus(Self.text, validationFraction: 0.3), configuration = Self.configuration(steps: 26)
    let plan = try TrainingPlan(corpus: corpus, configuration: configuration, workers: 2)
    let whole = EventLog(), validations = Mutex(0)
    let trainer = try Trainer(plan)
    let expected = try await trainer.train(
      rollingBackTo: nil, measuring: { done, _ in if done == 1 { validations.withLock { $0 += 1 } } }
    ) { await whole.add($0) }
    try #require(validations.withLock { $0 } == 3 && !expected.isInterrupted)
    validations.withLock { $0 = 0 }

    let log = EventLog(), run = Mutex<Task<TrainingSummary, any Error>?>(nil)
    let stopped = try Trainer(plan)
    let task = Task {
      try await stopped.train(
        rollingBackTo: nil,
        measuring: { done, total in
          #expect(total > 1)
          guard done == 1,
            validations.withLock({
              $0 += 1; return $0
            }) == number
          else { return }
          while !run.withLock({ $0?.cancel() != nil }) {}
        }
      ) { await log.add($0) }
    }
    run.withLock { $0 = task }
    let summary = try await task.value
    #expect(summary.isValidationDue && summary.isInterrupted)
    let checkpoint = await stopped.checkpoint(), folder = try TemporaryFolder(), file = folder.path("run").string
    try checkpoint.write(to: file)
    let resumed = try await Trainer(plan, resuming: TrainingCheckpoint(contentsOf: file))
    let end = try await resumed.train { await log.add($0) }
    #expect(!end.isInterrupted && end.validation == expected.validation && end.bestValidation == expected.bestValidation)
    var first = Outcome(checkpoint: await trainer.checkpoint()), second = Outcome(checkpoint: await resumed.checkpoint())
    await first.add(whole)
    await second.add(log)
    second.expectSame(as: first, "validation \(number)")
    #expect(await log.checkpoints.map(\.step) == whole.checkpoints.map(\.step))
  }

  /// Trains, through a file at each of the stops.
  func run(
    _ configuration: TrainingConfiguration, workers: [Int], stops: [Int] = []
  ) async throws -> Outcome {
    let folder = try TemporaryFolder()
    let corpus = try corpus(Self.text, validationFraction: 0.1)
    var outcome: Outcome?
    var checkpoint: TrainingCheckpoint?
    for (index, stop) in (stops + [.max]).enumerated() {
      let plan = try TrainingPlan(corpus: corpus, configuration: configuration, workers: workers[index % workers.count])
      let trainer =
        if let checkpoint { try await Trainer(plan, resuming: checkpoint) } else { try Trainer(plan) }
      let log = EventLog()
      let summary = try await Task {
        try await trainer.train { event in
          await log.add(event)
          if case .step(let report) = event, report.step == stop { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
        }
      }.value
      let file = folder.path("run.safetensors").string
      try await trainer.checkpoint().write(to: file)
      let saved = try TrainingCheckpoint(contentsOf: file)
      checkpoint = saved
      var all = outcome ?? Outcome(checkpoint: saved)
      await all.add(log)
      all.checkpoint = saved
      all.summary = summary
      outcome = all
    }
    return try #require(outcome)
  }

  /// Lanes a shard: 3, one, and 16.
  @Test(
    "at any step, with any number of workers, through a file", arguments: [(12, 4), (5, 5), (32, 2)],
    ["plain", "regularized", "tied", "averaged", "corrected", "adam", "sgd", "adagrad", "random windows", "capped and summed"])
  func exactly(sizes: (batch: Int, shards: Int), kind: String) async throws {
    let regularized = kind == "regularized"
    let (batch, shards) = sizes
    var configuration = Self.configuration(batch: batch, shards: shards)
    if regularized { configuration.regularization = regularization() }
    configuration.isTied = kind == "tied"
    if kind == "capped and summed" {
      configuration.isInputCapped = true
      configuration.sumsOutputs = true
      configuration.hiddenSizes = 9
      configuration.regularization = regularization()
    }
    if kind == "averaged" {
      configuration.optimizer.averageDecay = 0.9
      configuration.averagePatience = batch == 5 ? 1 : nil
      configuration.optimizer.momentum = batch == 12 ? 0.5 : 0
      configuration.optimizer.isCentered = true
      configuration.optimizer.epsilon = 1e-4
    }
    if let optimizer = OptimizerConfiguration.Kind(rawValue: kind) { configuration.optimizer.choose(optimizer) }
    if kind == "sgd" {
      configuration.optimizer.learningRate = 0.1
      configuration.optimizer.momentum = batch == 12 ? 0.5 : 0
      configuration.optimizer.averageDecay = 0.9
      configuration.averageStart = 17
    }
    if kind == "adam" { configuration.optimizer.weightDecay = 0.1 }
    if kind == "corrected" {
      configuration.optimizer.correctsBias = true
      configuration.validateEvery = 6
    }
    if kind == "random windows" {
      configuration.hasRandomWindows = true
      configuration.regularization = regularization()
    }
    let whole = try await run(configuration, workers: [shards])
    #expect(whole.checkpoint.step == 40 && whole.metrics.count > 6 && (kind != "plain" || whole.samples.count == 1))
    let epoch = try MinibatchStream(
      corpus(Self.text, validationFraction: 0.1).training, lanes: batch, window: 4, shards: 1, lengths: configuration.windowLengths
    ).windowsPerEpoch
    for stops in [[1], [2, 3, 4], [7, 9, 18], [epoch - 1, epoch, epoch + 1], Array(30..<40)] where stops[0] > 0 {
      let parts = try await run(configuration, workers: [1, shards, 2], stops: stops.filter { $0 < 40 })
      parts.expectSame(as: whole, "stopped after \(stops)")
    }
  }

  @Test func `before the first step too`() async throws {
    let configuration = Self.configuration(steps: 12)
    let corpus = try corpus(Self.text, validationFraction: 0.1)
    let start = try await Trainer(corpus: corpus, configuration: configuration).checkpoint()
    let resumed = try await Trainer(TrainingPlan(corpus: corpus, configuration: configuration, workers: 1), resuming: start)
    try await resumed.train()
    let whole = try Trainer(corpus: corpus, configuration: configuration)
    try await whole.train()
    #expect(await resumed.checkpoint().isSame(as: whole.checkpoint()))
  }

  @Test func `taking checkpoints changes nothing`() async throws {
    var often = Self.configuration(), never = Self.configuration()
    often.checkpointEvery = 1
    never.checkpointEvery = 1_000
    let one = try await run(often, workers: [2]), other = try await run(never, workers: [2])
    #expect(one.checkpoint.model.weights.values.isBitwiseEqual(to: other.checkpoint.model.weights.values))
    #expect(one.steps == other.steps)
  }

  @Test func `a longer run may be made of a shorter one`() async throws {
    let corpus = try corpus(Self.text, validationFraction: 0.1)
    let short = try Trainer(corpus: corpus, configuration: Self.configuration(steps: 20))
    try await short.train()
    let plan = try TrainingPlan(corpus: corpus, configuration: Self.configuration(steps: 40), workers: 2)
    let long = try await Trainer(plan, resuming: short.checkpoint())
    #expect(try await long.train().steps == 40)
    let whole = try Trainer(corpus: corpus, configuration: Self.configuration(steps: 40))
    try await whole.train()
    #expect(await long.model.weights.values.isBitwiseEqual(to: whole.model.weights.values))
  }

  // MARK: - What does not fit

  struct Fault: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var change: @Sendable (inout TrainingConfiguration) -> Void
  }

  static let faults = [
    Fault(testDescription: "\"hidden\" is 9, but the run to resume has 8,11") { $0.hiddenSizes = 9 },
    Fault(testDescription: "\"embedding\" is 7, but the run to resume has 6") { $0.embeddingSize = 7 },
    Fault(testDescription: "\"hidden\" is 8, but the run to resume has 8,11") { ($0.hiddenSizes, $0.layerCount) = ([8], 1) },
    Fault(testDescription: "\"learned_state\" is false, but the run to resume has true") { $0.isInitialStateLearned = false },
    Fault(testDescription: "\"layer_norm\" is true, but the run to resume has false") { $0.isNormalized = true },
    Fault(testDescription: "\"capped_input\" is true, but the run to resume has false") { $0.isInputCapped = true },
    Fault(testDescription: "\"cell\" is gru, but the run to resume has lstm") { $0.cell = .gru },
    Fault(testDescription: "\"tied\" is true, but the run to resume has false") { $0.isTied = true },
    Fault(testDescription: "\"batch\" is 8, but the run to resume has 12") { $0.batchSize = 8 },
    Fault(testDescription: "\"window\" is 5, but the run to resume has 4") { $0.windowLength = 5 },
    Fault(testDescription: "\"shards\" is 2, but the run to resume has 4") { $0.shards = 2 },
    Fault(testDescription: "\"groups\" is 2, but the run to resume has 1") { $0.groups = 2 },
    Fault(testDescription: "\"seed\" is 9, but the run to resume has 1") { $0.seed = 9 },
    Fault(testDescription: "\"rms_decay\" is 0.5, but the run to resume has 0.9") { $0.optimizer.rmsDecay = 0.5 },
    Fault(testDescription: "\"momentum\" is 0.5, but the run to resume has 0.0") { $0.optimizer.momentum = 0.5 },
    Fault(testDescription: "\"centered\" is true, but the run to resume has false") { $0.optimizer.isCentered = true },
    Fault(testDescription: "\"average_decay\" is 0.5, but the run to resume has 0.0") { $0.optimizer.averageDecay = 0.5 },
    Fault(testDescription: "\"forget_bias\" is 2.0, but the run to resume has 1.0") { $0.forgetBias = 2 },
    Fault(testDescription: "\"init_range\" is 0.25, but the run to resume has none") { $0.initialRange = 0.25 },
    Fault(testDescription: "\"unigram_bias\" is true, but the run to resume has false") { $0.startsFromFrequencies = true },
    Fault(testDescription: "\"optimizer\" is adam, but the run to resume has rmsprop") { $0.optimizer.choose(.adam) },
    Fault(testDescription: "\"bias_correction\" is true, but the run to resume has false") { $0.optimizer.correctsBias = true },
    Fault(testDescription: "\"random_windows\" is true, but the run to resume has false") { $0.hasRandomWindows = true },
    Fault(testDescription: "\"epsilon\" is 0.1, but the run to resume has 1e-08") { $0.optimizer.epsilon = 0.1 },
  ]

  @Test("a setting that a run keeps may not change", arguments: faults)
  func fixedSettings(fault: Fault) async throws {
    let corpus = try corpus(Self.text, validationFraction: 0.1)
    let saved = try await Trainer(corpus: corpus, configuration: Self.configuration()).checkpoint()
    var changed = Self.configuration()
    fault.change(&changed)
    let plan = try TrainingPlan(corpus: corpus, configuration: changed)
    let error = await #expect(throws: TrainingCheckpointError.self) { try await Trainer(plan, resuming: saved) }
    #expect(error?.description == fault.testDescription + ", and a run keeps this setting; leave it out, or train a new model.")
  }

  @Test func `the sum of outputs may not change either`() async throws {
    let corpus = try corpus(Self.text, validationFraction: 0.1)
    var configuration = Self.configuration()
    configuration.hiddenSizes = 8
    let saved = try await Trainer(corpus: corpus, configuration: configuration).checkpoint()
    configuration.sumsOutputs = true
    let plan = try TrainingPlan(corpus: corpus, configuration: configuration)
    let error = await #expect(throws: TrainingCheckpointError.self) { try await Trainer(plan, resuming: saved) }
    #expect(error?.description.hasPrefix("\"output_sum\" is true, but the run to resume has false, ") == true)
  }

  @Test func `another corpus is refused unless that is said, and another vocabulary always`() async throws {
    let original = try corpus(Self.text)
    let saved = try await Trainer(corpus: original, configuration: Self.configuration()).checkpoint()
    func resume(_ text: String, allowing: Bool) async throws -> Trainer {
      let plan = try TrainingPlan(corpus: corpus(text), configuration: Self.configuration())
      return try await Trainer(plan, resuming: saved, allowsChangedCorpus: allowing)
    }
    // The same counts, in another order.
    let lines = Self.text.split(separator: "\n")
    let reordered = lines.reversed().joined(separator: "\n") + "\n"
    #expect(try corpus(reordered).tokenizer == original.tokenizer)
    let error = await #expect(throws: TrainingCheckpointError.self) { try await resume(reordered, allowing: false) }
    #expect(
      error?.description
        == "the corpus is not the one that this run began with; restore the corpus and the options that it was read with, or allow "
        + "a changed corpus.")
    #expect(try await resume(reordered, allowing: true).model.step == 0)
    let more = Self.text + "something that was never said before\n"
    await #expect(
      throws: TrainingCheckpointError.corpusChanged(tokens: try corpus(more).training.count, checkpointTokens: original.training.count)
    ) { try await resume(more, allowing: false) }
    let count = original.tokenizer.vocabulary.count
    await #expect(throws: TrainingCheckpointError.vocabularyChanged(count: count + 6, checkpointCount: count)) {
      try await resume(more, allowing: true)
    }
  }

  @Test func `fewer steps than were taken are refused`() async throws {
    let corpus = try corpus(Self.text)
    let trainer = try Trainer(corpus: corpus, configuration: Self.configuration(steps: 9))
    try await trainer.train()
    let saved = await trainer.checkpoint()
    let plan = try TrainingPlan(corpus: corpus, configuration: Self.configuration(steps: 5))
    await #expect(throws: TrainingCheckpointError.alreadyBeyond(steps: 5, epochs: nil, step: 9)) {
      try await Trainer(plan, resuming: saved)
    }
  }

  /// The corpus is a store whose held-out part is cut off when the first validation comes, and brought back.
  @Test func `a run whose held-out songs cannot be read is saved, and validates when it goes on`() async throws {
    let folder = try TemporaryFolder(), source = folder.path("songs.txt"), store = folder.path("s.store")
    let songs = (0..<30).map { randomText(words: 40, vocabulary: 30, seed: $0) }
    try writeUnsynced(Array(songs.joined(separator: "\n\n\n").utf8), to: source)
    let options = CorpusOptions(minimumCount: 1, validationFraction: 0.2)
    try Corpus.prepare([source.string], options: options, to: store.string)
    let corpus = try Corpus(store: store.string), whole = try readFile(store)
    var configuration = smallConfiguration(steps: 1)
    configuration.steps = nil
    configuration.epochs = 3
    configuration.checkpointEvery = 7
    configuration.patience = 2
    configuration.schedule.kind = .cosine
    let plan = try TrainingPlan(corpus: corpus, configuration: configuration)

    let file = try FileDescriptor.open(store, .readWrite)
    /// - Parameter lastWhole: the step after which the held-out part is cut off.
    func train(_ trainer: Trainer, _ outcome: inout Outcome?, lastWhole: Int? = nil) async throws {
      let log = EventLog()
      let result = await Task {
        try await trainer.train { event in
          await log.add(event)
          guard case .step(let report) = event, report.step == lastWhole else { return }
          try file.resize(to: Int64(4_096 + 2 * corpus.training.count))
        }
      }.result
      let checkpoint = await trainer.checkpoint()
      var all = outcome ?? Outcome(checkpoint: checkpoint)
      await all.add(log)
      all.checkpoint = checkpoint
      all.summary = try? result.get()
      outcome = all
      _ = try result.get()
    }
    var expected: Outcome?, found: Outcome?
    try await train(Trainer(plan), &expected)

    let trainer = try Trainer(plan)
    let epoch = try #require(expected).checkpoint.step / 3
    await #expect(throws: CorpusError.self) { try await train(trainer, &found, lastWhole: epoch) }
    let saved = folder.path("c.safetensors").string
    try await trainer.checkpoint().write(to: saved)
    let step = try TrainingCheckpoint(contentsOf: saved).step
    #expect(step == epoch, "at the end of the first epoch")
    try file.writeAll(toAbsoluteOffset: 0, whole)
    try file.close()
    try await train(Trainer(plan, resuming: TrainingCheckpoint(contentsOf: saved)), &found)
    try #require(found).expectSame(as: try #require(expected), "as if nothing had been")
  }
}
