public import LanguageModel

/// Everything that the result of training is a function of, besides the data: sizes, rates, lengths, seed and shards.
///
/// In JSON its keys are the names of the command's flags.
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
  /// B: lanes of a minibatch.
  public var batchSize = 16
  /// T: time steps of a window.
  public var windowLength = 32
  /// How often to go through the corpus, unless ``steps`` says how long.
  public var epochs = 20
  /// How many minibatches to train on, whatever the number of epochs.
  public var steps: Int?
  /// RMSProp and clipping.
  public var optimizer = OptimizerConfiguration()
  /// How the learning rate changes.
  public var schedule = LearningRateSchedule()
  /// Training ends after so many validations in a row that were no better than the best, whose model is then the result; nil: never.
  public var patience: Int?
  /// The average of the weights begins once so many validations in a row were no better than the best; nil: with the first step.
  public var averagePatience: Int?
  /// Dropout and penalties.
  public var regularization = Regularization()
  /// S: how many parts a minibatch is cut into; part of the result, since it fixes the order of additions. nil: one a physical core,
  /// or as many as divide the batch.
  public var shards: Int?
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

  /// Weights of more than about 50 saturate every unit, and give a loss beyond all bounds.
  private static let largestInitialRange: Float = 1_000

  /// The defaults.
  public init() {}

  /// The model's sizes, for a vocabulary.
  ///
  /// - Precondition: the settings are valid.
  public func model(vocabularySize: Int) -> ModelConfiguration {
    var model = ModelConfiguration(
      vocabularySize: vocabularySize, embeddingSize: embeddingSize, hiddenSizes: hiddenSizes.resolved(layerCount: layerCount),
      isTied: isTied, cell: cell)
    model.isInitialStateLearned = isInitialStateLearned
    model.isNormalized = isNormalized
    return model
  }

  /// - Throws: `TrainingError.invalidSetting` for a number that cannot be, named as the command's flag.
  public func validate() throws(TrainingError) {
    func positive(_ flag: String, _ value: Int?) throws(TrainingError) {
      if let value, value < 1 { throw .invalidSetting(flag: flag, found: "\(value)", expected: "at least 1") }
    }
    func positive(_ flag: String, _ value: Float?) throws(TrainingError) {
      if let value, !(value > 0) || !value.isFinite { throw .invalidSetting(flag: flag, found: "\(value)", expected: "a number above 0") }
    }
    try positive("--embedding", embeddingSize)
    for size in hiddenSizes.numbers { try positive("--hidden", size) }
    try positive("--layers", layerCount)
    if layerCount > ModelConfiguration.mostLayers {
      throw .invalidSetting(flag: "--layers", found: "\(layerCount)", expected: "at most \(ModelConfiguration.mostLayers)")
    }
    if case .each(let sizes) = hiddenSizes, sizes.count != layerCount {
      throw .invalidSetting(flag: "--layers", found: "\(layerCount)", expected: "\(sizes.count), as many as --hidden lists sizes")
    }
    try positive("--batch", batchSize)
    try positive("--window", windowLength)
    try positive("--epochs", epochs)
    try positive("--steps", steps)
    try positive("--shards", shards)
    try positive("--log-every", logEvery)
    try positive("--sample-every", sampleEvery)
    try positive("--sample-length", sampleLength)
    try positive("--checkpoint-every", checkpointEvery)
    try positive("--keep-checkpoints", keepCheckpoints)
    if let patience, patience < 1 {
      throw .invalidSetting(flag: "--patience", found: "\(patience)", expected: "at least 1, or 0 for a run that does not end early")
    }
    try positive("--average-patience", averagePatience)
    if averagePatience != nil, optimizer.averageDecay == 0 {
      throw .invalidSetting(flag: "--average-decay", found: "0", expected: "above 0, up to 1, where there is --average-patience")
    }
    if !(0...1).contains(optimizer.averageDecay) {
      throw .invalidSetting(flag: "--average-decay", found: "\(optimizer.averageDecay)", expected: "from 0 to 1")
    }
    if !(0..<1).contains(optimizer.momentum) {
      throw .invalidSetting(flag: "--momentum", found: "\(optimizer.momentum)", expected: "at least 0 and less than 1")
    }
    if !(spikeDeviations >= 0) || !spikeDeviations.isFinite {
      throw .invalidSetting(flag: "--spike-deviations", found: "\(spikeDeviations)", expected: "a number of 0 or more")
    }
    try positive("--learning-rate", optimizer.learningRate)
    try positive("--epsilon", optimizer.epsilon)
    try positive("--clip-norm", optimizer.clipNorm)
    try positive("--clip-value", optimizer.clipValue)
    try positive("--init-range", initialRange)
    if let range = initialRange, range > Self.largestInitialRange {
      throw .invalidSetting(flag: "--init-range", found: "\(range)", expected: "at most \(Int(Self.largestInitialRange))")
    }
    if cell != .lstm, forgetBias != 1 {
      throw .invalidSetting(
        flag: "--forget-bias", found: "\(forgetBias)", expected: "left out, since only the cells of an LSTM have a forget gate")
    }
    if !forgetBias.isFinite { throw .invalidSetting(flag: "--forget-bias", found: "\(forgetBias)", expected: "a number") }
    if !(0..<1).contains(optimizer.rmsDecay) {
      throw .invalidSetting(flag: "--rms-decay", found: "\(optimizer.rmsDecay)", expected: "at least 0 and less than 1")
    }
    try schedule.validate()
    let r = regularization
    for (flag, probability) in [
      ("--dropout", r.layerDropout), ("--dropout-output", r.outputDropout ?? 0), ("--dropout-input", r.inputDropout),
      ("--dropout-embedding", r.embeddingDropout), ("--weight-drop", r.weightDrop), ("--state-reset", r.stateReset),
    ] where !(0..<1).contains(probability) {
      throw .invalidSetting(flag: flag, found: "\(probability)", expected: "at least 0 and less than 1")
    }
    for (flag, value) in [
      ("--activation-penalty", r.activationPenalty), ("--temporal-penalty", r.temporalPenalty), ("--weight-decay", optimizer.weightDecay),
    ] where !(value >= 0) || !value.isFinite {
      throw .invalidSetting(flag: flag, found: "\(value)", expected: "a number of 0 or more")
    }
    if optimizer.learningRate * optimizer.weightDecay >= 1 {
      throw .invalidSetting(flag: "--weight-decay", found: "\(optimizer.weightDecay)", expected: "less than 1 / --learning-rate")
    }
    if let loss = sampleBelowLoss, !(loss > 0) || !loss.isFinite {
      throw .invalidSetting(flag: "--sample-below-loss", found: "\(loss)", expected: "a number above 0")
    }
    if let shards, batchSize % shards != 0 { throw .batchNotDivisible(batch: batchSize, shards: shards) }
  }

  /// ``shards`` if given, or the largest number up to `cores` that divides the batch.
  public func resolvedShards(cores: Int) -> Int {
    shards ?? (1...max(1, min(cores, batchSize))).last { batchSize % $0 == 0 } ?? 1
  }
}
