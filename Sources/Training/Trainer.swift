public import Corpora
package import LanguageModel

/// Trains a model: the loop.
///
/// ```swift
/// let trainer = try Trainer(corpus: corpus, configuration: Preset.small.configuration)
/// try await trainer.train { event in if case .metrics(let line) = event { print(line.step, line.perplexity) } }
/// let model = await trainer.model
/// ```
/// The result is a function of data, configuration and shards, never of `workers` or of timing.
public actor Trainer {
  /// The settings, with the number of shards resolved.
  public nonisolated let configuration: TrainingConfiguration
  /// The tokenizer of the corpus.
  public nonisolated let tokenizer: Tokenizer
  /// How many steps a whole run has.
  public nonisolated let totalSteps: Int
  /// Steps between two lines of metrics.
  public nonisolated let logEvery: Int

  private let validationTokens: [TokenID]?
  private let weights: SharedWeights
  private let replicas: ReplicaPool
  private var stream: MinibatchStream
  private var step = 0
  /// Minibatches in a row that may be skipped before training is given up.
  private static let mostSkipped = 20
  /// The perplexity of a minibatch with more nats a token than this is beyond all numbers. Saturated cells keep even such a loss finite.
  private static let largestLoss = 700.0

  /// - Parameters:
  ///   - workers: threads' worth of parallelism, at most the shards; nil: one a shard.
  /// - Throws: `TrainingError`, `ModelError` or `CorpusError` if the settings do not fit one another or the corpus.
  public init(corpus: Corpus, configuration: TrainingConfiguration, workers: Int? = nil) throws {
    try self.init(TrainingPlan(corpus: corpus, configuration: configuration, workers: workers))
  }

  /// - Throws: `TrainingError.unreliableOpenBLAS` if OpenBLAS fails its self-test.
  public init(_ plan: TrainingPlan) throws {
    try self.init(plan) { Weights($0, seed: plan.configuration.seed) }
  }

  /// - Parameter start: makes the weights to start from, for the model's sizes.
  package init(_ plan: TrainingPlan, start: (ModelConfiguration) -> Weights) throws {
    guard Machine.passesSelfTest else {
      throw TrainingError.unreliableOpenBLAS(
        version: Machine.openBLASVersion, kernels: Machine.openBLASKernels, threading: Machine.openBLASThreading)
    }
    configuration = plan.configuration
    tokenizer = plan.corpus.tokenizer
    validationTokens = plan.corpus.validation
    stream = plan.stream
    totalSteps = plan.totalSteps
    logEvery = plan.logEvery
    weights = SharedWeights(start(plan.model))
    replicas = ReplicaPool(
      plan.model, steps: configuration.windowLength, lanes: configuration.batchSize, shards: configuration.shards ?? 1,
      workers: plan.workers)
  }

  /// The model as it is now.
  public var model: Model {
    get async { Model(weights: await weights.snapshot(), tokenizer: tokenizer, configuration: configuration, step: step) }
  }

  /// Trains to the last step, or until the task is cancelled, after which the step under way is finished.
  ///
  /// - Parameter handle: told of every event; what it throws ends the run.
  /// - Throws: `TrainingError.diverged`, and what `handle` throws.
  @discardableResult
  public func train(_ handle: @Sendable (TrainingEvent) async throws -> Void = { _ in }) async throws -> TrainingSummary {
    var meter = TrainingMeter(configuration: configuration, totalSteps: totalSteps)
    var validation: Evaluation?, best: TrainingSummary.Best?
    var skippedInARow = 0
    var upcoming = stream.next()
    // What was assembled ahead and not trained on comes first if training goes on.
    defer { stream.position = .init(epoch: upcoming.epoch, window: upcoming.window) }
    while step < totalSteps, !Task.isCancelled {
      meter.beginStep()
      let minibatch = upcoming
      async let next = Self.assemble(after: stream)

      // Forward and back through time on every replica, then one update of what they share.
      let loss = await replicas.train(on: minibatch, weights: await weights.prepared(), lastWasApplied: skippedInARow == 0)
      let update =
        loss < Self.largestLoss ? await weights.apply(replicas.gradients, configuration.optimizer, workers: replicas.workers) : nil

      (upcoming, stream) = await next
      step += 1
      let applied = update.flatMap { $0.isApplied ? $0 : nil }
      let report = meter.add(step: step, minibatch: minibatch, loss: applied.map { _ in loss }, gradientNorm: update?.gradientNorm)
      skippedInARow = applied == nil ? skippedInARow + 1 : 0
      try await handle(applied == nil ? .skipped(step: step) : .step(report))
      if skippedInARow == Self.mostSkipped {
        throw TrainingError.diverged(step: step, skipped: skippedInARow, learningRate: configuration.optimizer.learningRate)
      }
      if step % logEvery == 0 || step == totalSteps, let line = meter.metrics(at: report) { try await handle(.metrics(line)) }
      if meter.isSampleDue(at: report) { try await handle(.sample(await model, report)) }
      if step == totalSteps || upcoming.resetsState, let (evaluation, seconds) = try await validate() {
        validation = evaluation
        if evaluation.lossNats < best?.evaluation.lossNats ?? .infinity { best = .init(step: step, evaluation: evaluation) }
        try await handle(.metrics(meter.metrics(of: evaluation, seconds: seconds, at: report)))
      }
      if let every = configuration.checkpointEvery, step % every == 0 { try await handle(.checkpoint(await model)) }
    }
    return TrainingSummary(
      steps: step, totalSteps: totalSteps, tokens: meter.tokens, skipped: meter.skipped, validation: validation,
      bestValidation: best, seconds: meter.elapsed)
  }

  /// The minibatch after the stream's last, assembled while a step runs.
  private static func assemble(after stream: MinibatchStream) async -> (Minibatch, MinibatchStream) {
    var stream = stream
    return (stream.next(), stream)
  }

  private func validate() async throws -> (Evaluation, seconds: Double)? {
    guard let validationTokens else { return nil }
    let clock = ContinuousClock(), start = clock.now
    let evaluation = try await Evaluator().evaluate(validationTokens, weights: weights.snapshot())
    return (evaluation, start.duration(to: clock.now).inSeconds)
  }
}
