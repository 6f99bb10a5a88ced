package import Corpora

/// Where a run stands between two steps: all of its state but the tensors.
///
/// There is no generator's state in it, since every random number is a function of seed, stream and step alone.
package struct TrainingProgress: Sendable, Hashable, Codable {
  package init() {}

  /// Steps taken.
  package var step = 0
  /// The minibatch that comes next.
  package var position = MinibatchStream.Position()
  /// Counts and averages.
  package var tally = TrainingTally()
  /// The usual gradient norm.
  package var norms = NormStatistics()
  /// Minibatches left out one after the other, up to now.
  package var skippedInARow = 0
  /// How often the run went back to a checkpoint.
  package var rollBacks = 0
  /// The step to go back to: that of the last regular checkpoint.
  package var rollBackStep = 0
  /// What the learning rate is multiplied by, after going back.
  package var rateFactor: Float = 1
  /// A validation that belongs to the last step and is still to be made; nil between most steps.
  package var validationDue: ValidationDue?
  /// The last validation, and the step after which it was made.
  package var validation: TrainingSummary.Best?
  /// The best validation of the run.
  package var bestValidation: TrainingSummary.Best?
  /// Whether the average of the weights has begun, where it waits for validations that get no better. Optional, since older checkpoints do
  /// not say.
  package var isAveraging: Bool?

  /// Validations that were no better than the best before: of the whole run, and in a row up to now. Optional, since older checkpoints
  /// have no such counts.
  private var plateauCounts: [Int]?

  /// Validations that were no better than the best before them.
  package var plateaus: Int { plateauCounts?.first ?? 0 }
  /// The same, in a row up to now.
  package var validationsSinceBest: Int { plateauCounts?.last ?? 0 }

  /// Counts a validation.
  mutating func addValidation(isBest: Bool) {
    plateauCounts = [plateaus + (isBest ? 0 : 1), isBest ? 0 : validationsSinceBest + 1]
  }

  /// Forgets all validations, which measured other songs. The count of those in a row that were no better starts from zero. The learning
  /// rate stays as plateaus have lowered it, and an average that has begun continues.
  mutating func forgetValidations() {
    validationDue = nil
    validation = nil
    bestValidation = nil
    if plateauCounts != nil { plateauCounts = [plateaus, 0] }
  }

  private enum CodingKeys: String, CodingKey {
    case step, position, tally, norms, validation
    case skippedInARow = "skipped_in_a_row", rollBacks = "roll_backs", rollBackStep = "roll_back_step"
    case rateFactor = "rate_factor", bestValidation = "best_validation", plateauCounts = "plateaus"
    case isAveraging = "averaging", validationDue = "validation_due"
  }

  /// What the line of metrics of a validation tells of the step before it.
  package struct ValidationDue: Sendable, Hashable, Codable {
    /// The epoch of the step.
    package var epoch: Int
    /// The learning rate in it.
    package var learningRate: Float

    private enum CodingKeys: String, CodingKey {
      case epoch, learningRate = "learning_rate"
    }
  }

  /// - Throws: `TrainingCheckpointError` for numbers that cannot be; a file's are not trusted.
  func check(path: String) throws(TrainingCheckpointError) {
    func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(TrainingCheckpointError) {
      if !range.contains(value) { throw .malformed(path: path, fault: "\(name) is \(value)") }
    }
    let most = 1 << 53
    try check("step", step, 0...most)
    try check("position.epoch", position.epoch, 0...most)
    try check("position.window", position.window, 0...most)
    try check("validation_due.epoch", validationDue?.epoch ?? 0, 0...most)
    try check("skipped_in_a_row", skippedInARow, 0...most)
    try check("roll_backs", rollBacks, 0...most)
    try check("roll_back_step", rollBackStep, 0...step)
    try check("tally.tokens", tally.tokens, 0...most)
    try check("tally.skipped", tally.skipped, 0...most)
    try check("tally.line.steps", tally.line.steps, 0...most)
    try check("tally.line.tokens", tally.line.tokens, 0...most)
    if let plateauCounts, plateauCounts.count != 2 { throw .malformed(path: path, fault: "plateaus is not two numbers") }
    try check("plateaus", plateaus, 0...most)
    try check("plateaus", validationsSinceBest, 0...most)
    for count in plateauCounts ?? [] { try check("plateaus", count, 0...most) }
    guard norms.isPlausible else { throw .malformed(path: path, fault: "norms are none that can be") }
    guard rateFactor > 0, rateFactor <= 1 else { throw .malformed(path: path, fault: "rate_factor is \(rateFactor)") }
    guard tally.seconds.isFinite, tally.seconds >= 0, tally.line.seconds.isFinite else {
      throw .malformed(path: path, fault: "a time is not a number")
    }
  }
}
