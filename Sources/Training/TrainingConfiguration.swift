public import LanguageModel

/// Everything that the result of training is a function of, besides the data: sizes, rates, lengths, seed and shards.
///
/// In JSON its keys are the names of the command's flags.
public struct TrainingConfiguration: Sendable, Hashable {
  /// E: the length of a token's embedding.
  public var embeddingSize = 128
  /// H: the number of units of all layers, or of each.
  public var hiddenSizes: HiddenSizes = 256
  /// L: the number of LSTM layers.
  public var layerCount = 1
  /// Whether the decoder's weight is the embedding, after a projection where E is not H.
  public var isTied = false
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
  /// - Precondition: the settings are valid.
  public func model(vocabularySize: Int) -> ModelConfiguration {
    ModelConfiguration(
      vocabularySize: vocabularySize, embeddingSize: embeddingSize, hiddenSizes: hiddenSizes.resolved(layerCount: layerCount),
      isTied: isTied)
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
    try positive("--patience", patience)
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
    if !forgetBias.isFinite { throw .invalidSetting(flag: "--forget-bias", found: "\(forgetBias)", expected: "a number") }
    if !(0..<1).contains(optimizer.rmsDecay) {
      throw .invalidSetting(flag: "--rms-decay", found: "\(optimizer.rmsDecay)", expected: "at least 0 and less than 1")
    }
    try schedule.validate()
    let r = regularization
    for (flag, probability) in [
      ("--dropout", r.layerDropout), ("--dropout-output", r.outputDropout ?? 0), ("--dropout-input", r.inputDropout),
      ("--dropout-embedding", r.embeddingDropout), ("--weight-drop", r.weightDrop),
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

extension TrainingConfiguration: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case embedding, hidden, layers, tied, batch, window, epochs, steps, shards, seed
    case learningRate = "learning_rate", rmsDecay = "rms_decay", epsilon, clipNorm = "clip_norm", clipValue = "clip_value"
    case logEvery = "log_every", sampleEvery = "sample_every", sampleLength = "sample_length", sampleBelowLoss = "sample_below_loss"
    case dropout, dropoutOutput = "dropout_output", dropoutInput = "dropout_input", dropoutEmbedding = "dropout_embedding"
    case schedule, warmupSteps = "warmup_steps", decay, decayAfter = "decay_after", decayEvery = "decay_every", patience
    case momentum, centered, averageDecay = "average_decay", averagePatience = "average_patience"
    case forgetBias = "forget_bias", initialRange = "init_range"
    case weightDrop = "weight_drop", weightDecay = "weight_decay"
    case activationPenalty = "activation_penalty", temporalPenalty = "temporal_penalty"
    case checkpointEvery = "checkpoint_every", keepCheckpoints = "keep_checkpoints", spikeDeviations = "spike_deviations"
  }

  /// The keys that a configuration file may have.
  public static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

  /// Keys that are missing keep their defaults; `null` for a key that may be nil means nil.
  public init(from decoder: any Decoder) throws {
    self.init()
    try update(from: decoder)
  }

  /// Replaces what the decoder has keys for.
  public mutating func update(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func read<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
      if values.contains(key) { value = try values.decode(Value.self, forKey: key) }
    }
    try read(.embedding, &embeddingSize)
    try read(.hidden, &hiddenSizes)
    // A list says how many layers there are, unless that is said too.
    if values.contains(.hidden), case .each(let sizes) = hiddenSizes { layerCount = sizes.count }
    try read(.layers, &layerCount)
    try read(.tied, &isTied)
    try read(.batch, &batchSize)
    try read(.window, &windowLength)
    try read(.epochs, &epochs)
    try read(.steps, &steps)
    try read(.shards, &shards)
    try read(.seed, &seed)
    try read(.forgetBias, &forgetBias)
    try read(.initialRange, &initialRange)
    try read(.learningRate, &optimizer.learningRate)
    try read(.rmsDecay, &optimizer.rmsDecay)
    try read(.epsilon, &optimizer.epsilon)
    try read(.momentum, &optimizer.momentum)
    try read(.centered, &optimizer.isCentered)
    try read(.averageDecay, &optimizer.averageDecay)
    try read(.averagePatience, &averagePatience)
    try read(.clipNorm, &optimizer.clipNorm)
    try read(.clipValue, &optimizer.clipValue)
    try read(.schedule, &schedule.kind)
    try read(.warmupSteps, &schedule.warmupSteps)
    try read(.decay, &schedule.decay)
    try read(.decayAfter, &schedule.decayAfter)
    try read(.decayEvery, &schedule.decayEvery)
    try read(.patience, &patience)
    try read(.weightDecay, &optimizer.weightDecay)
    try read(.dropout, &regularization.layerDropout)
    try read(.dropoutOutput, &regularization.outputDropout)
    try read(.dropoutInput, &regularization.inputDropout)
    try read(.dropoutEmbedding, &regularization.embeddingDropout)
    try read(.weightDrop, &regularization.weightDrop)
    try read(.activationPenalty, &regularization.activationPenalty)
    try read(.temporalPenalty, &regularization.temporalPenalty)
    try read(.logEvery, &logEvery)
    try read(.sampleEvery, &sampleEvery)
    try read(.sampleLength, &sampleLength)
    try read(.sampleBelowLoss, &sampleBelowLoss)
    try read(.checkpointEvery, &checkpointEvery)
    try read(.keepCheckpoints, &keepCheckpoints)
    try read(.spikeDeviations, &spikeDeviations)
  }

  /// Writes every key, `null` for nil.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(embeddingSize, forKey: .embedding)
    try values.encode(hiddenSizes, forKey: .hidden)
    try values.encode(layerCount, forKey: .layers)
    try values.encode(isTied, forKey: .tied)
    try values.encode(batchSize, forKey: .batch)
    try values.encode(windowLength, forKey: .window)
    try values.encode(epochs, forKey: .epochs)
    try values.encode(steps, forKey: .steps)
    try values.encode(shards, forKey: .shards)
    try values.encode(seed, forKey: .seed)
    try values.encode(forgetBias, forKey: .forgetBias)
    try values.encode(initialRange, forKey: .initialRange)
    try values.encode(optimizer.learningRate, forKey: .learningRate)
    try values.encode(optimizer.rmsDecay, forKey: .rmsDecay)
    try values.encode(optimizer.epsilon, forKey: .epsilon)
    try values.encode(optimizer.momentum, forKey: .momentum)
    try values.encode(optimizer.isCentered, forKey: .centered)
    try values.encode(optimizer.averageDecay, forKey: .averageDecay)
    try values.encode(averagePatience, forKey: .averagePatience)
    try values.encode(optimizer.clipNorm, forKey: .clipNorm)
    try values.encode(optimizer.clipValue, forKey: .clipValue)
    try values.encode(schedule.kind, forKey: .schedule)
    try values.encode(schedule.warmupSteps, forKey: .warmupSteps)
    try values.encode(schedule.decay, forKey: .decay)
    try values.encode(schedule.decayAfter, forKey: .decayAfter)
    try values.encode(schedule.decayEvery, forKey: .decayEvery)
    try values.encode(patience, forKey: .patience)
    try values.encode(optimizer.weightDecay, forKey: .weightDecay)
    try values.encode(regularization.layerDropout, forKey: .dropout)
    try values.encode(regularization.outputDropout, forKey: .dropoutOutput)
    try values.encode(regularization.inputDropout, forKey: .dropoutInput)
    try values.encode(regularization.embeddingDropout, forKey: .dropoutEmbedding)
    try values.encode(regularization.weightDrop, forKey: .weightDrop)
    try values.encode(regularization.activationPenalty, forKey: .activationPenalty)
    try values.encode(regularization.temporalPenalty, forKey: .temporalPenalty)
    try values.encode(logEvery, forKey: .logEvery)
    try values.encode(sampleEvery, forKey: .sampleEvery)
    try values.encode(sampleLength, forKey: .sampleLength)
    try values.encode(sampleBelowLoss, forKey: .sampleBelowLoss)
    try values.encode(checkpointEvery, forKey: .checkpointEvery)
    try values.encode(keepCheckpoints, forKey: .keepCheckpoints)
    try values.encode(spikeDeviations, forKey: .spikeDeviations)
  }
}
