public import Corpora
public import LanguageModel
package import Models

/// A corpus on which models of several sizes were trained for several lengths.
public struct MeasuredCorpus: Sendable, Hashable {
  /// The corpus, for people to read.
  public var title: String
  /// How its text was cut into tokens.
  public var tokenization: Tokenization
  /// The number of tokens to train on.
  public var trainingTokens: Int
  /// The loss of the n-gram model of ``MeasuredCorpus/ngramOrder(of:)`` on the held-out songs, in nats a token.
  public var ngramLossNats: Double
  /// The runs, in any order.
  public var runs: [MeasuredRun]

  /// Creates a corpus.
  public init(title: String, tokenization: Tokenization, trainingTokens: Int, ngramLossNats: Double, runs: [MeasuredRun]) {
    self.title = title
    self.tokenization = tokenization
    self.trainingTokens = trainingTokens
    self.ngramLossNats = ngramLossNats
    self.runs = runs
  }

  /// The n of the n-gram model that runs are compared with: 3 for words and byte pairs, 6 for characters.
  public static func ngramOrder(of tokenization: Tokenization) -> Int { tokenization == .char ? 6 : 3 }

  /// How often a run read the corpus.
  public func epochs(of run: MeasuredRun) -> Double {
    Double(run.steps) * Double(MeasuredRun.positions(of: tokenization)) / Double(trainingTokens)
  }

  /// How far the loss of a run is below that of the n-gram model, in nats a token.
  public func gain(of run: MeasuredRun) -> Double { ngramLossNats - run.lossNats }
}

/// A measured run: the settings of the model, and its loss.
public struct MeasuredRun: Sendable, Hashable {
  /// H: the units of its only layer.
  public var hidden: Int
  /// E: the length of a token's embedding.
  public var embedding: Int
  /// The number of steps.
  public var steps: Int
  /// The lowest of ten validation losses, in nats a token: that of the model that such a run keeps.
  public var lossNats: Double
  /// The dropout probabilities.
  public var regularization: Regularization

  /// Creates a run.
  public init(
    hidden: Int, embedding: Int, steps: Int, lossNats: Double, dropout: Float, dropoutInput: Float = 0, dropoutEmbedding: Float = 0,
    weightDrop: Float = 0
  ) {
    self.hidden = hidden
    self.embedding = embedding
    self.steps = steps
    self.lossNats = lossNats
    regularization = Regularization()
    regularization.layerDropout = dropout
    regularization.inputDropout = dropoutInput
    regularization.embeddingDropout = dropoutEmbedding
    regularization.weightDrop = weightDrop
    regularization.stateReset = 0.01
  }

  /// The lanes and the window of all runs on tokens of a kind.
  static func minibatch(of tokenization: Tokenization) -> (batch: Int, window: Int) {
    if tokenization == .char { (batch: 16, window: 64) } else { (batch: 32, window: 35) }
  }

  /// The tokens of a step.
  static func positions(of tokenization: Tokenization) -> Int {
    let minibatch = minibatch(of: tokenization)
    return minibatch.batch * minibatch.window
  }

  /// The settings of the run for a corpus. A corpus with less than ten windows for each lane gets fewer lanes.
  ///
  /// The run's length, schedule and average are not set: ``TrainingBudget`` plans them.
  package func configuration(for tokenization: Tokenization, tokens: Int) -> TrainingConfiguration {
    var result = Preset.small.configuration
    let minibatch = Self.minibatch(of: tokenization)
    result.embeddingSize = embedding
    result.hiddenSizes = .all(hidden)
    result.layerCount = 1
    result.isTied = tokenization != .char
    result.batchSize = minibatch.batch
    result.windowLength = minibatch.window
    while result.batchSize > 1, tokens / (result.batchSize * result.windowLength) < 10 { result.batchSize /= 2 }
    result.optimizer.learningRate = 0.003
    result.regularization = regularization
    return result
  }
}
