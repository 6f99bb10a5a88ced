internal import LanguageModel

/// A setting in JSON: its key, and how it is read and written.
private struct Setting: Sendable {
  let key: Key
  let read: @Sendable (KeyedDecodingContainer<Key>, inout TrainingConfiguration) throws -> Void
  let write: @Sendable (TrainingConfiguration, inout KeyedEncodingContainer<Key>) throws -> Void

  /// - Parameter path: where the setting is; of one that may be nil, `null` is nil.
  init<Value: Codable & SendableMetatype>(_ name: String, _ path: any WritableKeyPath<TrainingConfiguration, Value> & Sendable) {
    let key = Key(stringValue: name)
    self.key = key
    read = { values, configuration in configuration[keyPath: path] = try values.decode(Value.self, forKey: key) }
    write = { configuration, values in try values.encode(configuration[keyPath: path], forKey: key) }
  }

  /// All there are, under the names of the command's flags.
  static let all: [Setting] = [
    Setting("embedding", \.embeddingSize),
    Setting("hidden", \.hiddenSizesAndLayers),
    Setting("layers", \.layerCount),
    Setting("tied", \.isTied),
    Setting("cell", \.cell),
    Setting("learned_state", \.isInitialStateLearned),
    Setting("layer_norm", \.isNormalized),
    Setting("batch", \.batchSize),
    Setting("window", \.windowLength),
    Setting("epochs", \.epochs),
    Setting("steps", \.steps),
    Setting("shards", \.shards),
    Setting("seed", \.seed),
    Setting("forget_bias", \.forgetBias),
    Setting("init_range", \.initialRange),
    Setting("unigram_bias", \.startsFromFrequencies),
    Setting("learning_rate", \.optimizer.learningRate),
    Setting("rms_decay", \.optimizer.rmsDecay),
    Setting("epsilon", \.optimizer.epsilon),
    Setting("momentum", \.optimizer.momentum),
    Setting("centered", \.optimizer.isCentered),
    Setting("average_decay", \.optimizer.averageDecay),
    Setting("average_patience", \.averagePatience),
    Setting("clip_norm", \.optimizer.clipNorm),
    Setting("clip_value", \.optimizer.clipValue),
    Setting("schedule", \.schedule.kind),
    Setting("warmup_steps", \.schedule.warmupSteps),
    Setting("decay", \.schedule.decay),
    Setting("decay_after", \.schedule.decayAfter),
    Setting("decay_every", \.schedule.decayEvery),
    Setting("patience", \.patience),
    Setting("weight_decay", \.optimizer.weightDecay),
    Setting("dropout", \.regularization.layerDropout),
    Setting("dropout_output", \.regularization.outputDropout),
    Setting("dropout_input", \.regularization.inputDropout),
    Setting("dropout_embedding", \.regularization.embeddingDropout),
    Setting("weight_drop", \.regularization.weightDrop),
    Setting("state_reset", \.regularization.stateReset),
    Setting("activation_penalty", \.regularization.activationPenalty),
    Setting("temporal_penalty", \.regularization.temporalPenalty),
    Setting("log_every", \.logEvery),
    Setting("sample_every", \.sampleEvery),
    Setting("sample_length", \.sampleLength),
    Setting("sample_below_loss", \.sampleBelowLoss),
    Setting("checkpoint_every", \.checkpointEvery),
    Setting("keep_checkpoints", \.keepCheckpoints),
    Setting("spike_deviations", \.spikeDeviations),
  ]
}

/// The name of a setting.
private struct Key: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension TrainingConfiguration: Codable {
  /// The keys that a configuration file may have.
  public static var keys: [String] { Setting.all.map(\.key.stringValue) }

  /// Keys that are missing keep their defaults; `null` for a key that may be nil means nil.
  public init(from decoder: any Decoder) throws {
    self.init()
    try update(from: decoder)
  }

  /// Replaces what the decoder has keys for.
  public mutating func update(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    for setting in Setting.all where values.contains(setting.key) { try setting.read(values, &self) }
  }

  /// The units of the layers: a list says how many layers there are, unless that is said after it.
  fileprivate var hiddenSizesAndLayers: HiddenSizes {
    get { hiddenSizes }
    set {
      hiddenSizes = newValue
      if case .each(let sizes) = newValue { layerCount = sizes.count }
    }
  }

  /// Writes every key, `null` for nil.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    for setting in Setting.all { try setting.write(self, &values) }
  }
}
