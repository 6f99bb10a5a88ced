public import Corpora
public import LanguageModel
public import Models

/// A run that can be made: settings that fit one another, the corpus and the machine. Nothing large is allocated yet.
public struct TrainingPlan: Sendable {
  /// What to train on.
  public let corpus: Corpus
  /// The settings, with the number of shards resolved.
  public let configuration: TrainingConfiguration
  /// The model's sizes.
  public let model: ModelConfiguration
  /// Threads' worth of parallelism.
  public let workers: Int
  /// Which code computes the products of a time step.
  public let products: ProductKernel
  /// How many steps a whole run has.
  public let totalSteps: Int
  /// Steps between two lines of metrics.
  public let logEvery: Int
  /// Steps between two regular checkpoints.
  public let checkpointEvery: Int
  /// The columns and values that songs are conditioned on; nil: none.
  public let conditions: ControlVocabulary?
  /// The tokens to validate on, with control tokens if there are conditions.
  package let validation: Tokens?
  /// The tokens to train on, with control tokens if there are conditions.
  let training: Tokens
  let stream: MinibatchStream

  /// - Parameters:
  ///   - workers: threads' worth of parallelism, never part of the result; nil: one for each core that the process may use.
  ///   - products: which code computes the products of a time step. It is recorded with the kernels.
  ///   - conditions: the values that the model to continue knows, if the configuration has a condition; nil: those of the corpus. A
  ///     value that is not among them counts as one of the others.
  /// - Throws: `SettingError`, `ModelError`, `CorpusError` or `ResourceError` if the settings do not fit one another, the corpus or the
  ///   memory; `ConditionError` if the corpus does not carry what songs are to be conditioned on.
  public init(
    corpus: Corpus, configuration: TrainingConfiguration, workers: Int? = nil, products: ProductKernel = .packed,
    conditions given: ControlVocabulary? = nil
  ) throws {
    try configuration.validate()
    var configuration = configuration
    let shards = configuration.resolvedShards
    configuration.shards = shards
    if let workers, workers < 1 { throw SettingError.invalid(key: "workers", found: "\(workers)", expected: "at least 1") }
    if let given, ConditionColumns(given.columns.map(\.name)) != configuration.condition {
      let own = TrainingConfiguration(sizesOf: configuration.model(vocabularySize: 1), conditions: given)
      throw TrainingError.otherSizes(key: "condition", found: configuration.condition.text, expected: own.condition.text)
    }
    conditions = try configuration.condition.map { try given ?? ControlVocabulary(columns: $0.names, of: corpus) }
    // The columns as the corpus names them.
    configuration.condition = conditions.map { ConditionColumns($0.columns.map(\.name)) }
    model = configuration.model(
      vocabularySize: corpus.tokenizer.vocabulary.count, controlCount: conditions?.tokenCount ?? 0)
    try model.validate()
    // A model that could not be read back is refused before training.
    try corpus.tokenizer.checkSize()
    training = try corpus.tokens(of: .training, conditions: conditions) ?? corpus.training
    validation = try corpus.tokens(of: .validation, conditions: conditions)
    stream = try MinibatchStream(
      training, lanes: configuration.batchSize, window: configuration.windowLength, shards: shards, lengths: configuration.windowLengths)
    // What cannot be measured is to be known now, not at the end of the first epoch.
    if let validation = corpus.validation { _ = try EvaluationWindows(validation, lanes: 1, window: 1) }
    self.corpus = corpus
    self.configuration = configuration
    self.workers = workers ?? Machine.usableCores
    self.products = products
    totalSteps = try configuration.steps ?? stream.steps(of: configuration)
    logEvery = configuration.logEvery ?? max(1, min(100, totalSteps / 100))
    checkpointEvery =
      configuration.checkpointEvery
      ?? model.usualCheckpointSteps(tokensPerStep: Double(configuration.batchSize) * Double(configuration.windowLength))
    try MemoryEstimate.check(bytes: estimatedBytes)
  }

  /// The same plan for a model or run whose songs are conditioned on these values. If the settings name other columns, the plan stays as
  /// it is: then it is not for that model or run.
  func conditioned(on conditions: ControlVocabulary?) throws -> TrainingPlan {
    guard let conditions, conditions != self.conditions, ConditionColumns(conditions.columns.map(\.name)) == configuration.condition
    else {
      return self
    }
    return try TrainingPlan(
      corpus: corpus, configuration: configuration, workers: workers, products: products, conditions: conditions)
  }

  /// About how much memory the process will take: ``estimatedBytes`` in MiB.
  public var estimatedMiB: Int { MemoryEstimate.mebibytes(estimatedBytes) }

  /// What training takes, the network of the validation, the tokens, and a checkpoint's weights and what the optimizer keeps while it is
  /// written, with the average that is saved as the model.
  var estimatedBytes: Double {
    let evaluator = Evaluator()
    let validation =
      corpus.validation == nil
      ? 0
      : MemoryEstimate.evaluation(model, windowLength: evaluator.window, lanes: evaluator.lanes, shards: evaluator.shards)
    let tokens = [self.training, self.validation, corpus.test].reduce(0.0) { $0 + Double($1?.bytesInMemory ?? 0) }
    let training = MemoryEstimate.training(
      model, batchSize: configuration.batchSize, windowLength: configuration.longestWindow, shards: configuration.shards ?? 1,
      groups: configuration.groups, kept: configuration.optimizer.keptBuffers)
    let saved = 1 + configuration.optimizer.keptBuffers + (configuration.optimizer.averageDecay > 0 ? 1 : 0)
    return training + validation + tokens + 4 * Double(saved) * Double(model.parameterCount)
  }
}

extension MinibatchStream {
  /// Random windows are all drawn to count them: more than this would take seconds.
  private static let mostDrawnWindows = 1 << 26

  /// How many steps the epochs of a configuration take.
  ///
  /// - Throws: `SettingError` if these are too many random windows to count.
  fileprivate func steps(of configuration: TrainingConfiguration) throws(SettingError) -> Int {
    let most = max(1, Self.mostDrawnWindows / windowsPerEpoch)
    if configuration.hasRandomWindows, configuration.epochs > most {
      throw .invalid(key: "epochs", found: "\(configuration.epochs)", expected: "at most \(most) with random windows of this corpus")
    }
    return windowCount(ofFirst: configuration.epochs)
  }
}

extension ModelConfiguration {
  /// About five minutes' worth of steps at 100 GFLOP/s, from 50 to 5,000. It depends on sizes alone, not on the machine's speed: the
  /// regular checkpoints are where a diverging run goes back to, and so part of the result.
  fileprivate func usualCheckpointSteps(tokensPerStep: Double) -> Int {
    // Two operations a weight and token forward, four backward; the embedding has no products, but where it is the decoder too.
    let weights = Double(parameterCount) - Double(isTied ? controlCount : inputCount) * Double(embeddingSize)
    return Int(min(5_000, max(50, 3e13 / (6 * weights * tokensPerStep))))
  }
}
