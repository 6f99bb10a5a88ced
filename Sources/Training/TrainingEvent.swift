public import Models

/// What a training run tells while it goes on.
public enum TrainingEvent: Sendable {
  /// A step was taken.
  case step(StepReport)
  /// It is time for a line of metrics: the mean of the steps since the last one.
  case metrics(Metrics)
  /// How the weights, gradients and gates of this step are spread. Only a trainer that collects histograms tells it.
  case histograms([TensorHistogram], step: Int)
  /// A sample is due, of the model as it is now.
  case sample(Model, StepReport)
  /// The run as it is now should be saved.
  case checkpoint(TrainingCheckpoint)
  /// A minibatch was left out because its loss or gradient was beyond all bounds; the norm is nil where the loss was enough to tell.
  case skipped(step: Int, loss: Double, gradientNorm: Double?)
  /// Minibatch after minibatch was left out: the run went back to an earlier step, and goes on with another learning rate.
  case rolledBack(from: Int, to: Int, learningRate: Float)
}

/// One step.
public struct StepReport: Sendable, Hashable {
  /// How many steps were taken, this one included.
  public var step: Int
  /// How many there will be.
  public var totalSteps: Int
  /// How many times the corpus was gone through before.
  public var epoch: Int
  /// Tokens trained on so far.
  public var tokens: Int
  /// Mean cross-entropy of the minibatch in nats a token.
  public var lossNats: Double
  /// The mean of the last losses, each counting 2% less than the next: steadier than one minibatch's.
  public var runningLossNats: Double
  /// The gradient's global norm before clipping.
  public var gradientNorm: Double

  /// A report with these figures.
  public init(
    step: Int, totalSteps: Int, epoch: Int, tokens: Int, lossNats: Double, runningLossNats: Double, gradientNorm: Double
  ) {
    self.step = step
    self.totalSteps = totalSteps
    self.epoch = epoch
    self.tokens = tokens
    self.lossNats = lossNats
    self.runningLossNats = runningLossNats
    self.gradientNorm = gradientNorm
  }
}

/// A line of `metrics.jsonl`.
public struct Metrics: Sendable, Hashable, Codable {
  /// What the loss was measured on.
  public enum Kind: String, Sendable, Hashable, Codable {
    /// Minibatches, before each was learned from.
    case train
    /// The held-out songs.
    case validation
  }
  /// Training or validation.
  public var kind: Kind
  /// Steps taken.
  public var step: Int
  /// Times that the corpus was gone through before.
  public var epoch: Int
  /// Tokens trained on so far, or tokens predicted in validation.
  public var tokens: Int
  /// Mean cross-entropy in nats a token.
  public var lossNats: Double
  /// exp(nats).
  public var perplexity: Double
  /// Since the last line, or in validation.
  public var tokensPerSecond: Double
  /// Of the last step, before clipping.
  public var gradientNorm: Double
  /// The optimizer's learning rate; with random windows, that of a window of the usual length.
  public var learningRate: Float
  /// Since training began.
  public var elapsedSeconds: Double

  private enum CodingKeys: String, CodingKey {
    case kind, step, epoch, tokens, perplexity
    case lossNats = "loss_nats", tokensPerSecond = "tokens_per_second", gradientNorm = "gradient_norm"
    case learningRate = "learning_rate", elapsedSeconds = "elapsed_seconds"
  }
}

/// How a training run ended.
public struct TrainingSummary: Sendable, Hashable {
  /// Steps taken.
  public var steps: Int
  /// Steps that were planned.
  public var totalSteps: Int
  /// Tokens trained on.
  public var tokens: Int
  /// Minibatches left out.
  public var skipped: Int
  /// How often the run went back to a checkpoint.
  public var rollBacks: Int
  /// Whether validation had not become better for as long as was to be waited.
  public var isStoppedEarly: Bool
  /// The last validation, if there are held-out songs.
  public var validation: Evaluation?
  /// The best validation of the run.
  public var bestValidation: Best?
  /// Wall-clock time.
  public var seconds: Double
  /// Whether a cancellation interrupted the validation of the last step; it is made when training is resumed.
  public var isValidationDue: Bool
  /// A validation, and the step after which it was made.
  public struct Best: Sendable, Hashable, Codable {
    /// Steps taken before.
    public var step: Int
    /// What was measured.
    public var evaluation: Evaluation
  }

  /// Whether the task was cancelled before the end.
  public var isInterrupted: Bool { isValidationDue || steps < totalSteps && !isStoppedEarly }
}
