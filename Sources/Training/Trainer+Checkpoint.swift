private import Corpora
internal import Kernels
internal import LanguageModel
package import Models

extension Trainer {
  /// A trainer that goes on where a run was stopped, with any number of workers.
  ///
  /// - Parameters:
  ///   - plan: of the same corpus, and of the same settings apart from those that ``TrainingCheckpoint/check(_:allowsChangedCorpus:)``
  ///     lets change.
  ///   - allowsChangedCorpus: whether to go on with another corpus of the same vocabulary (see `CorpusOptions.keep(_:)`), at the
  ///     beginning of the epoch if it is shorter.
  /// - Throws: `TrainingCheckpointError` if the plan is not of the checkpoint's run; `OpenBLASError.unreliable`.
  public init(_ plan: TrainingPlan, resuming checkpoint: TrainingCheckpoint, allowsChangedCorpus: Bool = false) async throws {
    try await self.init(plan, resuming: checkpoint, allowsChangedCorpus: allowsChangedCorpus, communicator: nil)
  }

  package init(
    _ plan: TrainingPlan, resuming checkpoint: TrainingCheckpoint, allowsChangedCorpus: Bool = false, communicator: (any Communicator)?
  ) async throws {
    try self.init(plan.conditioned(on: checkpoint.conditions), communicator: communicator)
    try checkpoint.check(self, allowsChangedCorpus: allowsChangedCorpus)
    await restore(checkpoint)
  }

  /// All of the run as it is between two steps.
  func currentCheckpoint() async -> TrainingCheckpoint {
    let lanes = await replicas.settle(startingState)
    startingState = .ofLastWindow
    return TrainingCheckpoint(
      configuration: configuration, tokenizer: tokenizer, conditions: conditions, corpus: corpus, kernels: .current(products: products),
      reading: reading, progress: course.progress,
      optimizer: await weights.optimizerState(), lanes: lanes)
  }

  /// Restores the state of the checkpoint.
  ///
  /// If the held-out songs have changed since, the checkpoint's validations cannot be compared with later ones. Then the restored weights
  /// are validated first, and this validation is the best until a better one comes.
  private func restore(_ checkpoint: TrainingCheckpoint) async {
    await weights.restore(checkpoint.optimizer)
    await replicas.restore(checkpoint.lanes, lanes: configuration.batchSize)
    startingState = .ofLastWindow
    var progress = checkpoint.progress
    // The corpus may have changed since, to one with fewer windows.
    if progress.position.window >= windowCount(ofEpoch: progress.position.epoch) { progress.position.window = 0 }
    let areValidationsComparable = checkpoint.corpus.hasSameHeldOutSet(as: corpus)
    if !areValidationsComparable { progress.forgetValidations() }
    course.progress = progress
    if !areValidationsComparable, hasHeldOutSongs, progress.step > 0 {
      // At the beginning of an epoch, the last step belongs to the one before.
      let epoch = max(0, progress.position.epoch - (progress.position.window == 0 ? 1 : 0))
      course.progress.validationDue = .init(epoch: epoch, learningRate: course.optimizer.learningRate)
    }
  }

  /// Goes back to the last regular checkpoint, or to the beginning, with half the learning rate.
  ///
  /// - Throws: `TrainingError.diverged` if there is nothing to go back to or it was done often enough; `.startsBeyondBounds`.
  func goBack(
    to saved: (@Sendable (_ step: Int) async throws -> TrainingCheckpoint?)?, _ handle: @Sendable (TrainingEvent) async throws -> Void
  ) async throws {
    let before = course
    if let fault = before.faultOfGoingBack(canGoBack: saved != nil) { throw failed(fault) }
    let checkpoint = try await shared(isFirstRank ? saved?(before.progress.rollBackStep) : nil)
    // Nobody may read while tensors and counts are replaced.
    await beginStep()
    if let checkpoint {
      await restore(checkpoint)
    } else {
      let start = startWeights()
      await weights.restore(
        OptimizerState(
          weights: start, squares: FloatBuffer(count: start.layout.count), updates: 0,
          lastUpdate: Array(repeating: 0, count: start.configuration.inputCount)))
      // The first window of an epoch starts from zeros by itself.
      startingState = .ofLastWindow
      course.progress = TrainingProgress()
    }
    let restored = course.progress
    course = before
    course.goBack(to: restored)
    activity.endStep()
    try await handle(.rolledBack(from: before.progress.step, to: step, learningRate: course.optimizer.learningRate))
  }
}

extension TrainingCheckpoint {
  /// Whether a run can be gone on with by a trainer. Sizes, batch, window, shards, seed and RMSProp's constants are the run's for good;
  /// its length, the learning rate, the clipping and what is reported may change.
  ///
  /// - Throws: `TrainingCheckpointError` for the first that does not fit.
  func check(_ trainer: Trainer, allowsChangedCorpus: Bool) throws(TrainingCheckpointError) {
    try checkSettings(trainer.configuration)
    func changed(_ found: CorpusIdentity) -> TrainingCheckpointError {
      found.hasSameReadingRevision(corpus)
        ? .corpusChanged(tokens: found.tokens, checkpointTokens: corpus.tokens)
        : .readingChanged(revision: found.readingRevision ?? 1, checkpointRevision: corpus.readingRevision ?? 1)
    }
    guard tokenizer == trainer.tokenizer else {
      if allowsChangedCorpus {
        throw .vocabularyChanged(count: trainer.tokenizer.vocabulary.count, checkpointCount: tokenizer.vocabulary.count)
      }
      throw changed(trainer.corpus)
    }
    guard corpus.isSameCorpus(as: trainer.corpus) || allowsChangedCorpus else { throw changed(trainer.corpus) }
    if trainer.totalSteps < step {
      let length = trainer.configuration
      throw .alreadyBeyond(steps: trainer.totalSteps, epochs: length.steps == nil ? length.epochs : nil, step: step)
    }
  }

  /// - Throws: `TrainingCheckpointError.fixedSetting` for a setting that may not change on the way.
  package func checkSettings(_ given: TrainingConfiguration) throws(TrainingCheckpointError) {
    guard let difference = TrainingSetting.firstDifference(configuration, given, of: [.model, .run]) else { return }
    throw .fixedSetting(key: difference.key, checkpoint: difference.one, given: difference.other)
  }
}
