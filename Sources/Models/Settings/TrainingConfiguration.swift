package import Corpora
public import LanguageModel

/// Everything that the result of training is a function of, besides the data: sizes, rates, lengths, seed and shards.
///
/// The article <doc:FileFormats> lists the keys, ranges and defaults of the settings in JSON.
public struct TrainingConfiguration: Sendable, Hashable {
  /// E: the length of a token's embedding.
  public var embeddingSize = 128
  /// H: the number of units of all layers, or of each.
  public var hiddenSizes: HiddenSizes = 256
  /// L: the number of layers.
  public var layerCount = 1
  /// Whether the decoder's weight is the embedding, after a projection where E is not H.
  public var isTied = false
  /// What the units of the layers are.
  public var cell = RecurrentCell.lstm
  /// Whether the state that a text starts from is trained, and not zeros.
  public var isInitialStateLearned = false
  /// Whether there is layer normalisation inside the cells.
  public var isNormalized = false
  /// Whether the input gates of an LSTM are at most 1 - f.
  public var isInputCapped = false
  /// Whether the decoder reads the sum of all layers' outputs, and not the last one's.
  public var sumsOutputs = false
  /// The columns whose values songs are conditioned on; nil: none.
  public var condition: ConditionColumns?
  /// B: lanes of a minibatch.
  public var batchSize = 16
  /// T: time steps of a window.
  public var windowLength = 32
  /// Whether the lengths of windows are drawn at random around ``windowLength``, and the learning rate of a step is multiplied by the
  /// length of its window over ``windowLength`` (Merity, Keskar and Socher, "Regularizing and optimizing LSTM language models", 2018). A
  /// replica then takes the memory of ``longestWindow`` time steps.
  public var hasRandomWindows = false
  /// How often to go through the corpus, unless ``steps`` says how long.
  public var epochs = 20
  /// How many minibatches to train on, whatever the number of epochs.
  public var steps: Int?
  /// The optimizer and clipping.
  public var optimizer = OptimizerConfiguration()
  /// How the learning rate changes.
  public var schedule = LearningRateSchedule()
  /// Training ends after so many validations in a row that were no better than the best, whose model is then the result; nil: never.
  public var patience: Int?
  /// The average of the weights begins once so many validations in a row were no better than the best; nil: with the first step.
  public var averagePatience: Int?
  /// The step at which the average of the weights begins at the latest; nil: as ``averagePatience`` says.
  public var averageStart: Int?
  /// Steps between two validations, besides the one after the last step; nil: at the end of each epoch.
  public var validateEvery: Int?
  /// Dropout and penalties.
  public var regularization = Regularization()
  /// S: how many parts a minibatch is cut into; part of the result, since it fixes the order of additions. nil: see
  /// ``resolvedShards``.
  public var shards: Int?
  /// G: how many aligned blocks of shards there are, each of which computes its decoder together; part of the result.
  public var groups = 1
  /// Starts the weights and the samples.
  public var seed: UInt64 = 1
  /// The forget gate's bias at the beginning.
  public var forgetBias: Float = 1
  /// All other weights but the biases begin between this and its negative; nil: 1/√H, of the embedding 0.1.
  public var initialRange: Float?
  /// Whether the decoder's bias begins as the logarithms of the tokens' frequencies, and not as zeros.
  public var startsFromFrequencies = false
  /// Steps between two reports; nil: about once a second.
  public var logEvery: Int?
  /// Steps between two samples; nil: none.
  public var sampleEvery: Int?
  /// Tokens of a sample.
  public var sampleLength = 60
  /// Take one sample as soon as the running loss falls below this many nats a token; nil: none.
  public var sampleBelowLoss: Double?
  /// Steps between two checkpoints; nil: as many as take some minutes.
  public var checkpointEvery: Int?
  /// How many of the last checkpoints are kept, besides the best one.
  public var keepCheckpoints = 2
  /// A minibatch is left out if its gradient norm is so many standard deviations above the usual, and above the clipping norm; 0 for never.
  public var spikeDeviations = 10.0

  /// The defaults.
  public init() {}

  /// The model's sizes, for a vocabulary.
  ///
  /// - Parameter controlCount: the number of control tokens, if songs are conditioned on something.
  /// - Precondition: the settings are valid.
  public func model(vocabularySize: Int, controlCount: Int = 0) -> ModelConfiguration {
    var model = ModelConfiguration(
      vocabularySize: vocabularySize, embeddingSize: embeddingSize, hiddenSizes: hiddenSizes.resolved(layerCount: layerCount),
      isTied: isTied, cell: cell)
    model.isInitialStateLearned = isInitialStateLearned
    model.isNormalized = isNormalized
    model.isInputCapped = isInputCapped
    model.sumsOutputs = sumsOutputs
    model.controlCount = controlCount
    return model
  }

  /// The default settings, with the sizes and the cell of a model, and the columns that it is conditioned on.
  package init(sizesOf model: ModelConfiguration, conditions: ControlVocabulary? = nil) {
    condition = conditions.map { ConditionColumns($0.columns.map(\.name)) }
    embeddingSize = model.embeddingSize
    hiddenSizes = HiddenSizes(model.hiddenSizes)
    layerCount = model.layerCount
    isTied = model.isTied
    cell = model.cell
    isInitialStateLearned = model.isInitialStateLearned
    isNormalized = model.isNormalized
    isInputCapped = model.isInputCapped
    sumsOutputs = model.sumsOutputs
  }

  /// The same settings, with the sizes of the layers as one number if they are equal, and else as a list.
  ///
  /// - Precondition: the settings are valid.
  var withListedSizes: TrainingConfiguration {
    var configuration = self
    configuration.hiddenSizes = HiddenSizes(hiddenSizes.resolved(layerCount: layerCount))
    return configuration
  }

  /// - Throws: `SettingError` for the first setting that is outside its range or does not fit another.
  public func validate() throws(SettingError) {
    for setting in TrainingSetting.all { try setting.check(self) }
    if case .each(let sizes) = hiddenSizes, sizes.count != layerCount {
      throw .invalid(key: "layers", found: "\(layerCount)", expected: "\(sizes.count), the number of hidden sizes in the list")
    }
    for (key, value) in [("average_patience", averagePatience), ("average_start", averageStart)] where value != nil {
      if optimizer.averageDecay == 0 { throw .averageWithoutDecay(key: key) }
    }
    if let (key, users) = optimizer.idleSetting {
      throw .unusedSetting(
        key: key, found: TrainingSetting.named(key)?.text(self) ?? "", optimizer: optimizer.kind.rawValue, users: users.map(\.rawValue))
    }
    if !cell.hasForgetGate, forgetBias != 1 {
      throw .invalid(key: "forget_bias", found: "\(forgetBias)", expected: "1, since only the cells of an LSTM have a forget gate")
    }
    if isInputCapped, !cell.hasInputGate { throw .cappedInput(cell: cell.rawValue) }
    if sumsOutputs, Set(hiddenSizes.numbers).count > 1 { throw .outputSum(hidden: hiddenSizes.numbers) }
    if optimizer.learningRate * largestRateFactor * optimizer.weightDecay >= 1 {
      let rate = hasRandomWindows ? "the learning rate of the longest window" : "the learning rate"
      throw .invalid(key: "weight_decay", found: "\(optimizer.weightDecay)", expected: "less than 1 divided by \(rate)")
    }
    if let shards, batchSize % shards != 0 { throw .batchNotDivisible(batch: batchSize, shards: shards) }
    let shards = resolvedShards
    if groups.nonzeroBitCount != 1 || shards % groups != 0 {
      throw .invalid(key: "groups", found: "\(groups)", expected: "a power of two that divides the number of shards, \(shards)")
    }
  }

  /// The lengths of random windows; nil: all windows have ``windowLength``.
  package var windowLengths: WindowLengths? { hasRandomWindows ? WindowLengths(base: windowLength, seed: seed) : nil }

  /// The most time steps that a window may have: T, or T + 20 with random windows.
  public var longestWindow: Int { windowLengths?.most ?? windowLength }

  /// What the learning rate of a step is multiplied by, for a window of so many time steps.
  package func rateFactor(windowOf steps: Int) -> Float { hasRandomWindows ? Float(steps) / Float(windowLength) : 1 }

  private var largestRateFactor: Float { rateFactor(windowOf: longestWindow) }

  /// ``shards`` if given, or the default: the largest power of two that divides the batch into shards of at least 8 lanes, else 1. It does
  /// not depend on the machine, and so neither does the result.
  public var resolvedShards: Int {
    if let shards { return shards }
    var count = 1
    while batchSize % (2 * count) == 0, batchSize / (2 * count) >= Self.leastLanes { count *= 2 }
    return count
  }

  /// Fewer lanes in a shard would make its products slow.
  private static let leastLanes = 8
}
