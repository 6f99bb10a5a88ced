internal import Basics
public import Corpora
package import LanguageModel
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

  private let validationTokens: Tokens?
  /// Whether there are songs to validate on.
  nonisolated var hasHeldOutSongs: Bool { validationTokens != nil }
  package let weights: SharedWeights
  let replicas: ReplicaPool
  private var stream: MinibatchStream
  /// How many minibatches an epoch has.
  var windowsPerEpoch: Int { stream.windowsPerEpoch }
  /// All state but the tensors.
  var progress = TrainingProgress()
  /// Whether the state that the next window starts from is in place: after a minibatch that was left out, or when it was saved or restored.
  var isStateSettled = true
  /// Whether all of the run is as between two steps, so that it can be saved; not after an error in the midst of one.
  package private(set) var isBetweenSteps = true
  /// Makes the weights to start from.
  let startWeights: @Sendable () -> Weights
  /// Minibatches in a row that may be left out before training goes back to a checkpoint, or is given up if it cannot.
  static let mostSkipped = 20, mostSkippedBeforeRollBack = 8
  /// The perplexity of a minibatch with more nats a token than this is beyond all numbers. Saturated cells keep even such a loss finite.
  private static let largestLoss = 700.0
  /// The square of a larger norm is beyond what RMSProp's Floats hold.
  private static let largestNorm = 1e18

  /// - Parameters:
  ///   - workers: threads' worth of parallelism, at most the shards; nil: one a shard.
  /// - Throws: `TrainingError`, `ModelError` or `CorpusError` if the settings do not fit one another or the corpus.
  public init(corpus: Corpus, configuration: TrainingConfiguration, workers: Int? = nil) throws {
    try self.init(TrainingPlan(corpus: corpus, configuration: configuration, workers: workers))
  }

  /// - Throws: `TrainingError.wrongProducts` or `.unreliableOpenBLAS` if OpenBLAS fails its self-test; `ResourceError`.
  public init(_ plan: TrainingPlan) throws {
    let c = plan.configuration
    let counts = c.startsFromFrequencies ? try plan.corpus.training.counts(vocabularySize: plan.model.vocabularySize) : nil
    try self.init(plan) { Weights($0, seed: c.seed, range: c.initialRange, forgetBias: c.forgetBias, tokenCounts: counts) }
  }

  /// - Parameter start: makes the weights to start from, for the model's sizes.
  package init(_ plan: TrainingPlan, start: @escaping @Sendable (ModelConfiguration) -> Weights) throws {
    try Machine.checkLimits()
    try Machine.checkProducts()
    configuration = plan.configuration
    tokenizer = plan.corpus.tokenizer
    corpus = try CorpusIdentity(plan.corpus)
    reading = plan.corpus.reading
    validationTokens = plan.corpus.validation
    stream = plan.stream
    totalSteps = plan.totalSteps
    logEvery = plan.logEvery
    checkpointEvery = plan.checkpointEvery
    startWeights = { start(plan.model) }
    let regularization = configuration.regularization, seed = configuration.seed
    weights = SharedWeights(start(plan.model), weightDrop: (regularization.weightDrop, seed))
    replicas = ReplicaPool(
      plan.model, steps: configuration.windowLength, lanes: configuration.batchSize, shards: configuration.shards ?? 1,
      workers: plan.workers, regularization: (regularization, seed))
  }

  /// The number of steps taken.
  public var step: Int { progress.step }

  /// The model as it is now; its weights are the average, if there is one.
  public var model: Model {
    get async {
      Model(
        weights: await resultWeights(), tokenizer: tokenizer, configuration: configuration, step: progress.step, reading: reading)
    }
  }

  /// What is evaluated and saved.
  private func resultWeights() async -> Weights { await weights.resultWeights(averageDecay: configuration.optimizer.averageDecay) }

  /// Trains to the last step, or until the task is cancelled; then the current step is finished, and a validation is interrupted.
  ///
  /// An interrupted validation is made when training is resumed.
  ///
  /// - Parameter handle: told of every event; what it throws ends the run, which may then be gone on with by calling this again.
  /// - Throws: `TrainingError.diverged` or `.predictsNothing`, `CorpusError` if a store can no longer be read, and what `handle` throws.
  @discardableResult
  public func train(_ handle: @Sendable (TrainingEvent) async throws -> Void = { _ in }) async throws -> TrainingSummary {
    try await train(rollingBackTo: nil, measuring: { _, _ in }, handle)
  }

  /// Trains to the last step, and when training goes wrong, goes back to a checkpoint and on with a lower learning rate.
  ///
  /// - Parameters:
  ///   - saved: the checkpoint of a step, or of the last one before it that there is; nil for the beginning.
  ///   - measuring: is called during a validation, on any thread, with how many of its parts are done.
  ///   - handle: told of every event; what it throws ends the run, which may then be gone on with by calling this again.
  /// - Throws: `TrainingError.diverged` or `.predictsNothing`, `CorpusError` if a store can no longer be read, and what `saved` and `handle` throw.
  @discardableResult
  public func train(
    rollingBackTo saved: (@Sendable (_ step: Int) async throws -> TrainingCheckpoint?)?,
    measuring: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in },
    _ handle: @Sendable (TrainingEvent) async throws -> Void
  ) async throws -> TrainingSummary {
    var meter = TrainingMeter(configuration: configuration, totalSteps: totalSteps, tally: progress.tally)
    stream.position = progress.position
    var upcoming: Result<Minibatch, CorpusError>
    (upcoming, stream) = await Self.assemble(after: stream)
    // Nothing was trained yet that could be wrong.
    var lastLoss = 0.0
    // A validation that was interrupted, or failed since the corpus could not be read, is made now.
    if progress.validationDue != nil { try await conclude(meter, measuring, handle) }
    while progress.step < totalSteps, !isStoppedEarly, !Task.isCancelled {
      meter.beginStep()
      let optimizer = self.optimizer
      meter.learningRate = optimizer.learningRate
      // A corpus that can no longer be read ends the run here, where all that was learned can be saved.
      isBetweenSteps = true
      let minibatch = try upcoming.get(), following = stream.position
      isBetweenSteps = false
      async let next = Self.assemble(after: stream)

      // Forward and back through time on every replica, then one update of what they share.
      let loss = await replicas.train(on: minibatch, weights: await weights.prepared(), lastWasApplied: !isStateSettled)
      let largestNorm = largestUsualNorm
      let update: SharedWeights.Update? =
        loss < Self.largestLoss
        ? await weights.apply(replicas.gradients, optimizer, workers: replicas.workers, largestNorm: min(largestNorm, Self.largestNorm))
        : nil

      (upcoming, stream) = await next
      lastLoss = loss
      let isApplied = update?.isApplied ?? false
      progress.step += 1
      progress.position = following
      progress.skippedInARow = isApplied ? 0 : progress.skippedInARow + 1
      if let norm = update?.gradientNorm, norm.isFinite, norm <= Self.largestNorm { progress.norms.add(norm, largest: largestNorm) }
      isStateSettled = !isApplied
      let step = progress.step
      let report = meter.add(step: step, minibatch: minibatch, loss: isApplied ? loss : nil, gradientNorm: update?.gradientNorm)
      progress.tally = meter.tally
      // Before any handler, so that one that throws does not lose the validation.
      if step == totalSteps || following.window == 0 {
        progress.validationDue = .init(epoch: report.epoch, learningRate: meter.learningRate)
      }
      try await handle(isApplied ? .step(report) : .skipped(step: step, loss: loss, gradientNorm: update?.gradientNorm))
      if progress.skippedInARow >= (saved == nil ? Self.mostSkipped : Self.mostSkippedBeforeRollBack) {
        try await rollBack(to: saved, handle)
        meter = TrainingMeter(configuration: configuration, totalSteps: totalSteps, tally: progress.tally)
        stream.position = progress.position
        (upcoming, stream) = await Self.assemble(after: stream)
        if progress.validationDue != nil { try await conclude(meter, measuring, handle) }
        continue
      }

      if step % logEvery == 0 || step == totalSteps, let line = meter.metrics(at: report) { try await handle(.metrics(line)) }
      if meter.isSampleDue(at: report) { try await handle(.sample(await model, report)) }
      try await conclude(meter, measuring, handle)
    }
    isBetweenSteps = true
    progress.tally = meter.tally
    if progress.step == totalSteps || isStoppedEarly, progress.validationDue == nil { try checkResult(lastLoss: lastLoss) }
    return TrainingSummary(
      steps: progress.step, totalSteps: totalSteps, tokens: progress.tally.tokens, skipped: progress.tally.skipped,
      rollBacks: progress.rollBacks, isStoppedEarly: isStoppedEarly, validation: progress.validation?.evaluation,
      bestValidation: progress.bestValidation, seconds: meter.elapsed, isValidationDue: progress.validationDue != nil)
  }

  /// Ends a step: validates if that is due, and hands out the checkpoint. If the task is cancelled meanwhile, all of this stays due.
  ///
  /// - Throws: `CorpusError` if the held-out songs can no longer be read; the run can then be saved, and goes on with this.
  private func conclude(
    _ meter: TrainingMeter, _ measuring: @escaping @Sendable (Int, Int) -> Void, _ handle: @Sendable (TrainingEvent) async throws -> Void
  ) async throws {
    let step = progress.step
    var isBest = false
    var fault: (any Error)?
    progress.tally = meter.tally
    if let due = progress.validationDue {
      isBetweenSteps = true
      let found: (Evaluation, seconds: Double)?
      do { found = try await validate(measuring) } catch is CancellationError { return }
      isBetweenSteps = false
      progress.validationDue = nil
      if let (evaluation, seconds) = found {
        isBest = evaluation.lossNats < progress.bestValidation?.evaluation.lossNats ?? .infinity
        progress.validation = .init(step: step, evaluation: evaluation)
        if isBest { progress.bestValidation = progress.validation }
        progress.addValidation(isBest: isBest)
        if let patience = configuration.averagePatience, progress.validationsSinceBest >= patience { progress.isAveraging = true }
        // A handler that throws must not lose the checkpoint of the best validation.
        do { try await handle(.metrics(meter.metrics(of: evaluation, seconds: seconds, step: step, due))) } catch { fault = error }
      }
    }
    progress.tally = meter.tally
    let isRegular = step % checkpointEvery == 0
    // What is gone back to must be a good place.
    if isRegular, progress.skippedInARow == 0 { progress.rollBackStep = step }
    if isRegular || isBest, step < totalSteps { try await handle(.checkpoint(await checkpoint())) }
    if let fault { throw fault }
  }

  /// Refuses the result of a run that was too short to be found diverging on its way.
  ///
  /// - Parameter lastLoss: of the last minibatch, which tells where nothing is held out.
  /// - Throws: `TrainingError.startsBeyondBounds` if every minibatch was left out; `TrainingError.predictsNothing`.
  private func checkResult(lastLoss: Double) throws(TrainingError) {
    if let fault = faultOfStart { throw fault }
    // With patience the best model is the result.
    let best = configuration.patience.flatMap { _ in progress.bestValidation }
    let last = progress.validation.flatMap { $0.step == progress.step ? $0 : nil }
    let loss = (best ?? last)?.evaluation.lossNats ?? lastLoss
    if !(loss < Self.largestLoss) { throw .predictsNothing(step: progress.step, learningRate: optimizer.learningRate) }
  }

  /// Whether validation has not become better for as long as was to be waited.
  private var isStoppedEarly: Bool { configuration.patience.map { progress.validationsSinceBest >= $0 } ?? false }

  /// The minibatch after the stream's last, assembled while a step runs.
  private static func assemble(after stream: MinibatchStream) async -> (Result<Minibatch, CorpusError>, MinibatchStream) {
    var stream = stream
    return (Result { () throws(CorpusError) in try stream.next() }, stream)
  }

  /// - Throws: `CancellationError`, or `CorpusError`.
  private func validate(_ progress: @escaping @Sendable (Int, Int) -> Void) async throws -> (Evaluation, seconds: Double)? {
    guard let validationTokens else { return nil }
    let clock = ContinuousClock(), start = clock.now
    let evaluation = try await Evaluator().evaluate(validationTokens, weights: resultWeights(), progress: progress)
    return (evaluation, start.duration(to: clock.now).inSeconds)
  }

  /// The held-out songs' evaluation as it is now, if there are any; measured anew unless it was after the last step.
  ///
  /// - Throws: `CancellationError` once the task is cancelled; `CorpusError` if the held-out songs can no longer be read.
  public func currentValidation() async throws -> Evaluation? {
    if let last = progress.validation, last.step == progress.step { return last.evaluation }
    return try await validate { _, _ in }?.0
  }
}
