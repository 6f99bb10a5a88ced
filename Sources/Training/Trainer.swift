internal import Basics
public import Corpora
public import LanguageModel
public import Models

/// Trains a model: the loop.
///
/// ```swift
/// let trainer = try Trainer(corpus: corpus, configuration: Preset.small.configuration)
/// try await trainer.train { event in if case .metrics(let line) = event { print(line.step, line.perplexity) } }
/// let model = await trainer.model
/// ```
/// The result is a function of data, configuration and shards, never of `workers`, of timing, or of whether the run was stopped and resumed
/// from a ``TrainingCheckpoint``.
public actor Trainer {
  /// The settings, with the number of shards resolved.
  public nonisolated let configuration: TrainingConfiguration
  /// The tokenizer of the corpus.
  public nonisolated let tokenizer: Tokenizer
  /// How many steps a whole run has.
  public nonisolated let totalSteps: Int
  /// Steps between two lines of metrics.
  public nonisolated let logEvery: Int
  /// Steps between two regular checkpoints.
  public nonisolated let checkpointEvery: Int
  /// What tells the corpus from others.
  public nonisolated let corpus: CorpusIdentity
  /// How the corpus was read and cleaned; nil for a store of an older version, which does not record it.
  nonisolated let reading: ReadingRecord?

  /// The columns and values that songs are conditioned on; nil: none.
  public nonisolated let conditions: ControlVocabulary?

  /// Which code computes the products of a time step.
  public nonisolated let products: ProductKernel

  private let validationTokens: Tokens?
  /// Whether there are songs to validate on.
  nonisolated var hasHeldOutSongs: Bool { validationTokens != nil }
  package let weights: SharedWeights
  let replicas: ReplicaPool
  private var stream: MinibatchStream
  /// How many minibatches an epoch has.
  func windowCount(ofEpoch epoch: Int) -> Int { stream.windowCount(ofEpoch: epoch) }
  /// What the run has decided so far: all state but the tensors.
  var course: TrainingCourse
  /// The state of the lanes that the next window starts from, unless it begins an epoch.
  var startingState = StartingState.ofLastWindow
  /// Makes the weights to start from.
  let startWeights: @Sendable () -> Weights
  /// Whether histograms are made.
  private var collectsHistograms = false
  /// What the trainer does at this moment.
  var activity = TrainerActivity()
  /// By which the ranks of the run exchange what they compute; nil if there is one rank.
  nonisolated let communicator: (any Communicator)?

  /// - Parameters:
  ///   - workers: threads' worth of parallelism; nil: one for each core that the process may use.
  ///   - products: which code computes the products of a time step. It is recorded with the kernels.
  /// - Throws: `SettingError`, `ModelError`, `CorpusError` or `ResourceError` if the settings do not fit one another or the corpus.
  public init(
    corpus: Corpus, configuration: TrainingConfiguration, workers: Int? = nil, products: ProductKernel = .packed
  ) throws {
    try self.init(TrainingPlan(corpus: corpus, configuration: configuration, workers: workers, products: products))
  }

  /// - Throws: `OpenBLASError.wrongProducts` or `.unreliable` if OpenBLAS fails its self-test; `ResourceError`.
  public init(_ plan: TrainingPlan) throws { try self.init(plan, communicator: nil) }

  /// - Throws: as above; `RankError` if so many ranks cannot share the run.
  package init(_ plan: TrainingPlan, communicator: (any Communicator)?) throws {
    let c = plan.configuration
    let counts = c.startsFromFrequencies ? try plan.corpus.training.counts(vocabularySize: plan.model.vocabularySize) : nil
    try self.init(plan, communicator: communicator) {
      Weights($0, seed: c.seed, range: c.initialRange, forgetBias: c.forgetBias, tokenCounts: counts)
    }
  }

  /// - Parameter start: makes the weights to start from, for the model's sizes.
  package init(
    _ plan: TrainingPlan, communicator: (any Communicator)? = nil, start: @escaping @Sendable (ModelConfiguration) -> Weights
  ) throws {
    try RankPart.check(ranks: communicator?.ranks ?? 1, plan.configuration)
    try Machine.checkLimits()
    try Machine.checkProducts()
    configuration = plan.configuration
    tokenizer = plan.corpus.tokenizer
    corpus = try CorpusIdentity(plan)
    reading = plan.corpus.reading
    validationTokens = plan.validation
    conditions = plan.conditions
    self.communicator = communicator
    var stream = plan.stream
    stream.shards = (communicator?.part ?? .whole).range(of: configuration.shards ?? 1)
    self.stream = stream
    totalSteps = plan.totalSteps
    logEvery = plan.logEvery
    checkpointEvery = plan.checkpointEvery
    products = plan.products
    startWeights = { start(plan.model) }
    course = TrainingCourse(configuration: configuration, totalSteps: totalSteps, checkpointEvery: checkpointEvery)
    let regularization = configuration.regularization, seed = configuration.seed
    weights = SharedWeights(
      start(plan.model), weightDrop: (regularization.weightDrop, seed), products: plan.products, communicator: communicator)
    replicas = ReplicaPool(
      plan.model, steps: configuration.longestWindow, lanes: configuration.batchSize, shards: configuration.shards ?? 1,
      groups: configuration.groups, workers: plan.workers, regularization: (regularization, seed), communicator: communicator)
  }

  /// Enables histograms of weights, gradients and gates, in the steps that end an epoch or the run and in those of `sampleEvery`: see
  /// ``TrainingEvent/histograms(_:step:)``. The trained model stays the same, bit for bit.
  public func collectHistograms() { collectsHistograms = true }

  /// Whether the validation of the last step is still to be made, since it was interrupted or the held-out songs have changed.
  package var isValidationDue: Bool { course.progress.validationDue != nil }

  /// The number of steps taken.
  public var step: Int { course.progress.step }

  /// The model between two steps. If a step is running, this waits for its end. The weights are the average, if there is one.
  public var model: Model {
    get async {
      if communicator != nil { return await checkpoint().model }
      await pauseSteps()
      defer { resumeSteps() }
      return await currentModel()
    }
  }

  private func currentModel() async -> Model {
    var model = Model(
      weights: await resultWeights(), tokenizer: tokenizer, configuration: configuration, step: step, reading: reading,
      conditions: conditions)
    model.products = products
    return model
  }

  /// What is evaluated and saved.
  private func resultWeights() async -> Weights { await weights.resultWeights(averageDecay: configuration.optimizer.averageDecay) }

  /// All of the run between two steps. If a step is running, this waits for its end.
  public func checkpoint() async -> TrainingCheckpoint {
    await askRanks(for: .checkpoint)
    await pauseSteps()
    defer { resumeSteps() }
    return await currentCheckpoint()
  }

  /// Trains to the last step, or until the task is cancelled; then the current step is finished, and a validation is interrupted.
  ///
  /// An interrupted validation is made when training is resumed.
  ///
  /// - Parameter handle: told of every event; what it throws ends the run, which may then be continued by calling this again.
  /// - Throws: `TrainingError.alreadyTraining`, `.diverged` or `.predictsNothing`, `CorpusError` if a store can no longer be read, and what
  ///   `handle` throws.
  @discardableResult
  public func train(_ handle: @Sendable (TrainingEvent) async throws -> Void = { _ in }) async throws -> TrainingSummary {
    try await train(rollingBackTo: nil, measuring: { _, _ in }, handle)
  }

  /// Trains to the last step, and when training goes wrong, goes back to a checkpoint and on with a lower learning rate.
  ///
  /// - Parameters:
  ///   - saved: the checkpoint of a step, or of the last one before it that there is; nil for the beginning.
  ///   - measuring: is called during a validation, on any thread, with how many of its parts are done.
  ///   - handle: told of every event; what it throws ends the run, which may then be continued by calling this again.
  /// - Throws: `TrainingError.alreadyTraining` if this trainer trains already; `.diverged`, `.startsBeyondBounds` or `.predictsNothing` if
  ///   training failed, and again if this is called after that; `CorpusError` if a store can no longer be read; what `saved` and `handle`
  ///   throw.
  @discardableResult
  public func train(
    rollingBackTo saved: (@Sendable (_ step: Int) async throws -> TrainingCheckpoint?)?,
    measuring: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in },
    _ handle: @Sendable (TrainingEvent) async throws -> Void
  ) async throws -> TrainingSummary {
    try activity.begin()
    defer { activity.end() }
    return try await run(rollingBackTo: saved, measuring, handle)
  }

  /// The loop.
  private func run(
    rollingBackTo saved: (@Sendable (Int) async throws -> TrainingCheckpoint?)?, _ measuring: @escaping @Sendable (Int, Int) -> Void,
    _ handle: @Sendable (TrainingEvent) async throws -> Void
  ) async throws -> TrainingSummary {
    var meter = meterOfNow()
    var upcoming = await minibatchOfNow()
    // Nothing was trained yet that could be wrong.
    var lastLoss = 0.0
    // A validation that was interrupted, or failed since the corpus could not be read, is made now.
    if course.progress.validationDue != nil { try await conclude(meter, measuring, handle) }
    var isStopped = await isAnyCancelled()
    while !course.isOver, !isStopped {
      meter.beginStep()
      // A corpus that can no longer be read ends the run here, where all that was learned can be saved.
      let minibatch = try upcoming.minibatch.get()
      let step = await take(minibatch, &upcoming, &meter)
      lastLoss = step.loss
      isStopped = step.isStopped
      try await handle(step.event)
      if course.hasDiverged(canGoBack: saved != nil) {
        try await goBack(to: saved, handle)
        meter = meterOfNow()
        upcoming = await minibatchOfNow()
        if course.progress.validationDue != nil { try await conclude(meter, measuring, handle) }
      } else {
        try await tell(step, &meter, handle)
        try await conclude(meter, measuring, handle)
      }
      // The ranks have agreed on it in the step, or in the validation that was interrupted.
      isStopped = communicator == nil ? Task.isCancelled : isStopped || course.progress.validationDue != nil
    }
    course.progress.tally = meter.tally
    if let fault = course.faultOfResult(lastLoss: lastLoss) { throw failed(fault) }
    let progress = course.progress
    return TrainingSummary(
      steps: progress.step, totalSteps: totalSteps, tokens: progress.tally.tokens, skipped: progress.tally.skipped,
      rollBacks: progress.rollBacks, isStoppedEarly: course.isStoppedEarly, validation: progress.validation?.evaluation,
      bestValidation: progress.bestValidation, seconds: meter.elapsed, isValidationDue: progress.validationDue != nil)
  }

  /// What became of a step.
  private struct Step {
    var loss: Double
    var report: StepReport
    var event: TrainingEvent
    /// Of the gates and gradients, if they are due.
    var histograms: [TensorHistogram]
    /// Whether the run ends after it, since the task of a rank is cancelled.
    var isStopped: Bool
  }

  /// Whether the task is cancelled, or that of another rank: all ranks end after the same step.
  private func isAnyCancelled() async -> Bool { await communicator?.any(Task.isCancelled) ?? Task.isCancelled }

  /// How many tokens all ranks predict with a minibatch.
  private func predictionCount(of minibatch: Minibatch) async -> Int {
    guard let communicator else { return minibatch.predictionCount }
    // Only before a control token there is nothing to predict.
    return conditions == nil ? minibatch.steps * configuration.batchSize : await communicator.sum(minibatch.predictionCount)
  }

  /// Takes a step: forward and back through time on every replica, then one update of what they share, and the next minibatch beside them.
  private func take(_ minibatch: Minibatch, _ upcoming: inout UpcomingMinibatch, _ meter: inout TrainingMeter) async -> Step {
    await beginStep()
    defer { activity.endStep() }
    let stream = upcoming.stream
    async let next = UpcomingMinibatch.assemble(after: stream)
    // The metrics have the rate of a window of the usual length.
    meter.learningRate = course.optimizer.learningRate
    let optimizer = course.optimizer(windowOf: minibatch.steps)
    let makesHistograms = areHistogramsDue(before: stream.position)
    if makesHistograms { await replicas.beginCountingGates() }
    let predicted = await predictionCount(of: minibatch)
    let result = await replicas.train(on: minibatch, predicting: predicted, weights: await weights.prepared(), from: startingState)
    let loss = result.loss
    let gates = makesHistograms ? await replicas.endCountingGates(configuration.cell) : []
    let update: SharedWeights.Update? =
      loss < TrainingCourse.largestLoss
      ? await weights.apply(
        result.gradients, optimizer, workers: replicas.workers, largestNorm: course.largestAppliedNorm, makesHistograms: makesHistograms)
      : nil
    upcoming = await next

    let norm = update?.gradientNorm
    let isApplied = update?.isApplied ?? false
    // The state after a minibatch that was left out is left out too.
    startingState = isApplied ? .afterLastWindow : .ofLastWindow
    course.addStep(epoch: minibatch.epoch, gradientNorm: norm, isApplied: isApplied, following: stream.position)
    let report = meter.add(
      step: step, epoch: minibatch.epoch, predicted: predicted, loss: isApplied ? loss : nil, gradientNorm: norm)
    course.progress.tally = meter.tally
    return Step(
      loss: loss, report: report, event: isApplied ? .step(report) : .skipped(step: step, loss: loss, gradientNorm: norm),
      histograms: isApplied ? gates + (update?.histograms ?? []) : [], isStopped: result.isStopped ?? Task.isCancelled)
  }

  /// Whether the next step is one of which histograms are made.
  ///
  /// - Parameter following: the minibatch that comes after it.
  private func areHistogramsDue(before following: MinibatchStream.Position) -> Bool {
    let step = step + 1
    return collectsHistograms
      && (step == totalSteps || following.window == 0 || configuration.sampleEvery.map { step % $0 == 0 } ?? false)
  }

  /// Hands out the line of metrics, the histograms and the sample of a step, if they are due.
  private func tell(
    _ step: Step, _ meter: inout TrainingMeter, _ handle: @Sendable (TrainingEvent) async throws -> Void
  ) async throws {
    let report = step.report
    if report.step % logEvery == 0 || report.step == totalSteps, let line = meter.metrics(at: report) { try await handle(.metrics(line)) }
    if !step.histograms.isEmpty {
      let all = await TensorHistogram.ofWeights(weights.snapshot(), workers: replicas.workers) + step.histograms
      try await handle(.histograms(all, step: report.step))
    }
    if meter.isSampleDue(at: report) { try await handle(.sample(await currentModel(), report)) }
  }

  /// Ends a step: validates if that is due, and hands out the checkpoint. If the task is cancelled meanwhile, all of this stays due.
  ///
  /// - Throws: `CorpusError` if the held-out songs can no longer be read; the run can then be saved, and goes on with this.
  private func conclude(
    _ meter: TrainingMeter, _ measuring: @escaping @Sendable (Int, Int) -> Void, _ handle: @Sendable (TrainingEvent) async throws -> Void
  ) async throws {
    var isBest = false
    var fault: (any Error)?
    course.progress.tally = meter.tally
    if let due = course.progress.validationDue {
      let found: (Evaluation, seconds: Double)?
      do { found = try await validate(measuring) } catch is CancellationError { return }
      course.progress.validationDue = nil
      if let (evaluation, seconds) = found {
        isBest = course.addValidation(evaluation)
        // A handler that throws must not lose the checkpoint of the best validation.
        do { try await handle(.metrics(meter.metrics(of: evaluation, seconds: seconds, step: step, due))) } catch { fault = error }
      }
    }
    course.progress.tally = meter.tally
    if course.isCheckpointDue(isBest: isBest) {
      let checkpoint = await currentCheckpoint()
      if isFirstRank { try await handle(.checkpoint(checkpoint)) }
    }
    if let fault { throw fault }
  }

  /// Notes an error after which training cannot be continued.
  func failed(_ fault: TrainingError) -> TrainingError {
    activity.fail(fault)
    return fault
  }

  private func meterOfNow() -> TrainingMeter {
    TrainingMeter(configuration: configuration, totalSteps: totalSteps, tally: course.progress.tally)
  }

  private func minibatchOfNow() async -> UpcomingMinibatch {
    stream.position = course.progress.position
    return await UpcomingMinibatch.assemble(after: stream)
  }

  /// - Throws: `CancellationError`, or `CorpusError`.
  private func validate(_ progress: @escaping @Sendable (Int, Int) -> Void) async throws -> (Evaluation, seconds: Double)? {
    guard let validationTokens else { return nil }
    let clock = ContinuousClock(), start = clock.now
    let weights = await resultWeights()
    let evaluation =
      if let communicator {
        try await evaluator.evaluate(validationTokens, weights: weights, among: communicator, progress: progress)
      } else {
        try await evaluator.evaluate(validationTokens, weights: weights, progress: progress)
      }
    return (evaluation, start.duration(to: clock.now).inSeconds)
  }

  /// The evaluation of the held-out songs between two steps; nil if no songs are held out. If a step is running, this waits for its end. It
  /// is measured unless it was after the last step; with several ranks it is nil then.
  ///
  /// - Throws: `CancellationError` once the task is cancelled; `CorpusError` if the held-out songs can no longer be read.
  public func currentValidation() async throws -> Evaluation? {
    await pauseSteps()
    let last = course.progress.validation.flatMap { $0.step == step ? $0.evaluation : nil }
    if communicator != nil {
      resumeSteps()
      return last
    }
    // A snapshot, which stays as it is while training continues.
    let weights = await resultWeights()
    resumeSteps()
    guard last == nil, let validationTokens else { return last }
    return try await evaluator.evaluate(validationTokens, weights: weights) { _, _ in }
  }

  /// Evaluates as training does, on the same workers.
  public nonisolated var evaluator: Evaluator { Evaluator(workers: replicas.workers, products: products) }

  /// Whether this is the rank that saves, samples and reports.
  nonisolated var isFirstRank: Bool { (communicator?.rank ?? 0) == 0 }
}

/// The minibatch that comes next, assembled beside the step before it.
private struct UpcomingMinibatch: Sendable {
  let minibatch: Result<Minibatch, CorpusError>
  /// The stream after it.
  let stream: MinibatchStream

  static func assemble(after stream: MinibatchStream) async -> UpcomingMinibatch {
    var stream = stream
    let minibatch = Result { () throws(CorpusError) in try stream.next() }
    return UpcomingMinibatch(minibatch: minibatch, stream: stream)
  }
}
