public import Basics
public import Models

/// Why training cannot begin or continue.
public enum TrainingError: Error, Equatable, CustomStringConvertible, SentenceError {
  /// Fine-tuning with a size that is not the model's.
  case otherSizes(key: String, found: String, expected: String)
  /// Fine-tuning with a vocabulary that does not begin with the model's.
  case otherVocabulary
  /// The trainer is already training.
  case alreadyTraining
  /// Minibatch after minibatch had a loss or gradient beyond all bounds, also after going back to a checkpoint this many times.
  case diverged(step: Int, skipped: Int, rollBacks: Int = 0, learningRate: Float, optimizer: OptimizerConfiguration.Kind = .rmsprop)
  /// No minibatch had a loss and a gradient within bounds, so no weight ever changed: a lower learning rate would not help.
  case startsBeyondBounds(step: Int, settings: [UnusualSetting])
  /// At the end of training the loss was beyond all bounds: the model predicts nothing.
  case predictsNothing(step: Int, learningRate: Float, optimizer: OptimizerConfiguration.Kind = .rmsprop)

  /// A setting that may have made a loss beyond all bounds.
  public struct UnusualSetting: Sendable, Equatable {
    /// The setting's key.
    public var key: String
    /// Its value.
    public var value: Float

    /// A setting with its value.
    public init(key: String, value: Float) {
      self.key = key
      self.value = value
    }
  }

  /// One sentence: what was expected, what was found, what to do.
  public var description: String { sentence.text }

  package var sentence: Sentence {
    switch self {
    case .otherSizes(let key, let found, let expected):
      """
      \(key: key) is \(found), but the model to train further has \(expected), and this cannot change; leave \(key: key) out, or \
      train a new model.
      """
    case .otherVocabulary:
      """
      the corpus's vocabulary does not begin with the model's; read it with the model's tokens (CorpusOptions.keep), or train a new model.
      """
    case .alreadyTraining:
      "this trainer is already training; wait until that run ends, or create another trainer."
    case .startsBeyondBounds(let step, let settings):
      """
      training diverged at step \(step.grouped): \(step) minibatches in a row, all since the start, had a loss or gradient beyond all \
      bounds; \(whole: Self.advice(settings)).
      """
    case .predictsNothing(let step, let rate, let optimizer):
      """
      training ended at step \(step.grouped) with a loss beyond all bounds; start again with a lower \(key: "learning_rate"), which is \
      \(rate) where \(whole: Self.usualRate(optimizer)).
      """
    case .diverged(let step, let skipped, let rollBacks, let rate, let optimizer):
      "training diverged at step \(step.grouped): \(skipped) minibatches in a row had a loss or gradient beyond all bounds"
        + (rollBacks == 0 ? "" : ", also after going back to a checkpoint \(rollBacks) times, with half the learning rate each time")
        + "; lower \(key: "learning_rate"), which is \(rate) where \(whole: Self.usualRate(optimizer)), or \(key: "clip_norm")."
    }
  }

  private static func usualRate(_ optimizer: OptimizerConfiguration.Kind) -> String {
    switch optimizer {
    case .rmsprop, .adam: "0.002 or 0.003 is usual"
    case .sgd, .adagrad: "\(optimizer.learningRate) is usual with \(optimizer.rawValue)"
    }
  }

  private static func advice(_ settings: [UnusualSetting]) -> Sentence {
    guard let first = settings.first else { return "check the weights that training starts from, and the corpus" }
    return settings.dropFirst().reduce("choose a smaller \(key: first.key), which is \(first.value)") { advice, setting in
      advice + ", or a smaller \(key: setting.key), which is \(setting.value)"
    }
  }
}
