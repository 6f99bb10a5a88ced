public import Corpora
public import LanguageModel

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
  /// How many steps a whole run has.
  public let totalSteps: Int
  /// Steps between two lines of metrics.
  public let logEvery: Int
  let stream: MinibatchStream

  /// - Parameter workers: at most the shards; nil: one a shard.
  /// - Throws: `TrainingError`, `ModelError` or `CorpusError` if the settings do not fit one another, the corpus or the memory.
  public init(corpus: Corpus, configuration: TrainingConfiguration, workers: Int? = nil) throws {
    try configuration.validate()
    var configuration = configuration
    let shards = configuration.resolvedShards(cores: Machine.physicalCores)
    configuration.shards = shards
    if let workers, workers < 1 { throw TrainingError.invalidSetting(flag: "--workers", found: "\(workers)", expected: "at least 1") }
    if let workers, workers > shards { throw TrainingError.tooManyWorkers(workers: workers, shards: shards) }
    model = configuration.model(vocabularySize: corpus.tokenizer.vocabulary.count)
    try model.validate()
    stream = try MinibatchStream(
      corpus.training, lanes: configuration.batchSize, window: configuration.windowLength, shards: shards)
    // What cannot be measured is to be known now, not at the end of the first epoch.
    if let validation = corpus.validation { _ = try EvaluationWindows(validation, lanes: 1, window: 1) }
    self.corpus = corpus
    self.configuration = configuration
    self.workers = workers ?? shards
    let (product, overflow) = configuration.epochs.multipliedReportingOverflow(by: stream.windowsPerEpoch)
    totalSteps = configuration.steps ?? (overflow ? .max : product)
    logEvery = configuration.logEvery ?? max(1, min(100, totalSteps / 100))
    let memory = Machine.physicalMemory
    if estimatedBytes > memory {
      throw TrainingError.tooLargeForMemory(neededMiB: estimatedMiB, availableMiB: Int(memory / 1_048_576))
    }
  }

  /// About how much memory the process will take: ``estimatedBytes`` in MiB.
  public var estimatedMiB: Int { Int((estimatedBytes / 1_048_576).rounded(.up)) }

  /// Weights and running squares; a gradient a shard, without the embedding; activations and blocks of logits, of training and of
  /// validation; the tokens; and what the program and its libraries take by themselves. A Double, since sizes may be absurd.
  var estimatedBytes: Double {
    let (v, e, h) = (Double(model.vocabularySize), Double(model.embeddingSize), Double(model.hiddenSize))
    let shards = Double(configuration.shards ?? 1), parameters = Double(model.parameterCount)
    func network(_ positions: Double, _ groups: Double, gradients: Double) -> Double {
      let activations = positions * h * (6 * Double(model.layerCount) + gradients)
      let projection = min(positions, v * groups) * (4 * h + (1 + gradients) * e)
      return activations + projection + min(positions, 256 * groups) * v
    }
    let positions = Double(configuration.batchSize) * Double(configuration.windowLength)
    let evaluator = Evaluator()
    let validation =
      corpus.validation == nil ? 0 : network(Double(evaluator.lanes * evaluator.window), Double(evaluator.shards), gradients: 0)
    let tokens = Double(corpus.training.count + (corpus.validation?.count ?? 0) + (corpus.test?.count ?? 0))
    return 4 * (2 * parameters + shards * (parameters - v * e) + network(positions, shards, gradients: 1) + validation + tokens) + 40
      * 1_048_576
  }
}
