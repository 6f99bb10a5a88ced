package import Corpora
internal import LanguageModel
package import Models

/// The course of a run: what its steps and validations decide. A value without tensors, so that every decision can be tested by itself.
///
/// It decides which minibatches are left out, when the run goes back to a checkpoint and with which learning rate, when early stopping ends
/// it, and when averaging of the weights begins.
package struct TrainingCourse: Sendable {
  package let configuration: TrainingConfiguration
  /// How many steps a whole run has.
  package let totalSteps: Int
  /// Steps between two regular checkpoints.
  package let checkpointEvery: Int
  /// All state of the run but the tensors.
  package var progress = TrainingProgress()

  /// Minibatches in a row that may be left out before the run goes back to a checkpoint, or is given up if it cannot.
  private static let mostSkipped = 20
  private static let mostSkippedBeforeRollBack = 8
  /// How often a run goes back before it is given up.
  private static let mostRollBacks = 3
  /// The perplexity of a minibatch with more nats a token than this is beyond all numbers. Saturated cells keep even such a loss finite.
  package static let largestLoss = 700.0
  /// The square of a larger norm is beyond what RMSProp's Floats hold.
  package static let largestNorm = 1e18

  /// The course of a run that begins.
  package init(configuration: TrainingConfiguration, totalSteps: Int, checkpointEvery: Int) {
    self.configuration = configuration
    self.totalSteps = totalSteps
    self.checkpointEvery = checkpointEvery
  }

  // MARK: - Steps

  /// The optimizer with the learning rate of the next step, if its window has the usual length.
  package var optimizer: OptimizerConfiguration {
    var optimizer = configuration.optimizer
    optimizer.learningRate *=
      progress.rateFactor
      * configuration.schedule.factor(
        step: progress.step, epoch: progress.position.epoch, totalSteps: totalSteps, plateaus: progress.plateaus)
    if !isAveraging { optimizer.averageDecay = 0 }
    return optimizer
  }

  /// The optimizer with the learning rate of the next step.
  ///
  /// - Parameter steps: the time steps of its window.
  package func optimizer(windowOf steps: Int) -> OptimizerConfiguration {
    var optimizer = optimizer
    optimizer.learningRate *= configuration.rateFactor(windowOf: steps)
    return optimizer
  }

  /// Whether the next step is part of the average of the weights, if there is one.
  private var isAveraging: Bool {
    if let start = configuration.averageStart, progress.step + 1 >= start { return true }
    return configuration.averagePatience == nil && configuration.averageStart == nil || progress.isAveraging == true
  }

  /// The largest gradient norm that is usual: what clipping leaves alone always is.
  private var largestUsualNorm: Double {
    max(progress.norms.largest(deviations: configuration.spikeDeviations), configuration.optimizer.clipNorm.map(Double.init) ?? 0)
  }

  /// The largest gradient norm with which the next minibatch is applied.
  package var largestAppliedNorm: Double { min(largestUsualNorm, Self.largestNorm) }

  /// Whether validation has not become better for as long as was to be waited.
  package var isStoppedEarly: Bool { configuration.patience.map { progress.validationsSinceBest >= $0 } ?? false }

  /// Whether no step is left.
  package var isOver: Bool { progress.step >= totalSteps || isStoppedEarly }

  /// Counts a step.
  ///
  /// - Parameters:
  ///   - epoch: that of the minibatch.
  ///   - gradientNorm: the global norm before clipping; nil if the loss was enough to leave the minibatch out.
  ///   - isApplied: whether the weights were updated.
  ///   - following: the minibatch that comes next. A validation is due where it is the first of an epoch, unless the configuration says
  ///     how many steps are between two, and after the last step.
  package mutating func addStep(epoch: Int, gradientNorm: Double?, isApplied: Bool, following: MinibatchStream.Position) {
    let rate = optimizer.learningRate
    let largest = largestUsualNorm
    progress.step += 1
    progress.position = following
    progress.skippedInARow = isApplied ? 0 : progress.skippedInARow + 1
    if let gradientNorm, gradientNorm.isFinite, gradientNorm <= Self.largestNorm { progress.norms.add(gradientNorm, largest: largest) }
    let isRegular = configuration.validateEvery.map { progress.step.isMultiple(of: $0) } ?? (following.window == 0)
    if progress.step == totalSteps || isRegular { progress.validationDue = .init(epoch: epoch, learningRate: rate) }
  }

  /// Whether too many minibatches in a row were left out to continue: the run then goes back to a checkpoint or ends.
  ///
  /// - Parameter canGoBack: whether there may be a checkpoint to go back to.
  package func hasDiverged(canGoBack: Bool) -> Bool {
    progress.skippedInARow >= (canGoBack ? Self.mostSkippedBeforeRollBack : Self.mostSkipped)
  }

  // MARK: - Validations and checkpoints

  /// Counts the validation that was due, and returns whether it is the best so far.
  package mutating func addValidation(_ evaluation: Evaluation) -> Bool {
    let isBest = evaluation.lossNats < progress.bestValidation?.evaluation.lossNats ?? .infinity
    progress.validation = .init(step: progress.step, evaluation: evaluation)
    if isBest { progress.bestValidation = progress.validation }
    progress.addValidation(isBest: isBest)
    if let patience = configuration.averagePatience, progress.validationsSinceBest >= patience { progress.isAveraging = true }
    return isBest
  }

  /// Decides whether the run is to be saved now, and notes the place to go back to.
  ///
  /// - Parameter isBest: whether this step has the best validation so far.
  package mutating func isCheckpointDue(isBest: Bool) -> Bool {
    let isRegular = progress.step % checkpointEvery == 0
    // What is gone back to must be a good place.
    if isRegular, progress.skippedInARow == 0 { progress.rollBackStep = progress.step }
    return (isRegular || isBest) && progress.step < totalSteps
  }

  // MARK: - When training goes wrong

  /// The error if the run cannot go back.
  ///
  /// - Parameter canGoBack: whether there may be a checkpoint to go back to.
  package func faultOfGoingBack(canGoBack: Bool) -> TrainingError? {
    if let fault = faultOfStart { return fault }
    if canGoBack, progress.rollBacks < Self.mostRollBacks { return nil }
    return .diverged(
      step: progress.step, skipped: progress.skippedInARow, rollBacks: progress.rollBacks, learningRate: optimizer.learningRate,
      optimizer: optimizer.kind)
  }

  /// Goes back, with half the learning rate.
  ///
  /// - Parameter earlier: where the run stood then.
  package mutating func goBack(to earlier: TrainingProgress) {
    let failed = progress
    progress = earlier
    // What is learned from the failure, and the time that it took, are kept.
    progress.rollBacks = failed.rollBacks + 1
    progress.rateFactor = failed.rateFactor / 2
    progress.tally.skipped = failed.tally.skipped
    progress.tally.seconds = failed.tally.seconds
  }

  /// The error if no minibatch of the run was ever applied: then the weights are those that training started from.
  private var faultOfStart: TrainingError? {
    guard progress.step > 0, progress.skippedInARow == progress.step else { return nil }
    let defaults = TrainingConfiguration()
    var settings: [TrainingError.UnusualSetting] = []
    func add(_ key: String, _ value: Float?, _ usual: Float?) {
      if let value, value != usual { settings.append(.init(key: key, value: value)) }
    }
    add("init_range", configuration.initialRange, nil)
    add("forget_bias", configuration.forgetBias, defaults.forgetBias)
    add("activation_penalty", configuration.regularization.activationPenalty, 0)
    add("temporal_penalty", configuration.regularization.temporalPenalty, 0)
    return .startsBeyondBounds(step: progress.step, settings: settings)
  }

  /// The error if the final model predicts nothing, where the run was too short to detect that earlier; nil while the run is not over.
  ///
  /// - Parameter lastLoss: of the last minibatch, which tells where nothing is held out.
  package func faultOfResult(lastLoss: Double) -> TrainingError? {
    guard isOver, progress.validationDue == nil else { return nil }
    if let fault = faultOfStart { return fault }
    // With patience the best model is the result.
    let best = configuration.patience.flatMap { _ in progress.bestValidation }
    let last = progress.validation.flatMap { $0.step == progress.step ? $0 : nil }
    let loss = (best ?? last)?.evaluation.lossNats ?? lastLoss
    return loss < Self.largestLoss
      ? nil
      : .predictsNothing(
        step: progress.step, learningRate: optimizer.learningRate, optimizer: optimizer.kind)
  }
}
