public import ArgumentParser
public import Refrain

extension Preset: ExpressibleByArgument {}
extension LearningRateSchedule.Kind: ExpressibleByArgument {}
extension OptimizerConfiguration.Kind: ExpressibleByArgument {}

/// Training settings: a preset, then a file, then flags, each over the one before.
struct ConfigurationFlags: SettingFlags {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The preset whose settings the flags change, as listed above (default: small).", valueName: "name"))
  var preset: Preset?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A JSON file with settings, named like these flags with _ for -, such as a model's config.json.", valueName: "file"))
  var config: String?
  @OptionGroup var sizes: SizeFlags
  @Option(setting: "condition") var condition: ConditionColumns?
  @Option(setting: "batch") var batch: Int?
  @Option(setting: "epochs") var epochs: Int?
  @Option(setting: "steps") var steps: Int?
  @Flag(setting: "random_windows") var randomWindows: Bool?
  @Option(setting: "optimizer") var optimizer: OptimizerConfiguration.Kind?
  @Option(setting: "learning_rate") var learningRate: Float?
  @Option(setting: "rms_decay") var rmsDecay: Float?
  @Option(setting: "epsilon") var epsilon: Float?
  @Flag(setting: "bias_correction") var biasCorrection: Bool?
  @Option(setting: "beta1") var beta1: Float?
  @Option(setting: "beta2") var beta2: Float?
  @Option(setting: "momentum") var momentum: Float?
  @Flag(setting: "centered") var centered: Bool?
  @Option(setting: "average_decay") var averageDecay: Float?
  @Option(setting: "average_patience") var averagePatience: Int?
  @Option(setting: "average_start") var averageStart: Int?
  @Option(setting: "clip_norm") var clipNorm: Float?
  @Option(setting: "clip_value") var clipValue: Float?
  @Option(setting: "schedule") var schedule: LearningRateSchedule.Kind?
  @Option(setting: "warmup_steps") var warmupSteps: Int?
  @Option(setting: "decay") var decay: Float?
  @Option(setting: "decay_after") var decayAfter: Int?
  @Option(setting: "decay_every") var decayEvery: Int?
  @Option(setting: "patience") var patience: Int?
  @Option(setting: "validate_every") var validateEvery: Int?
  @Option(setting: "dropout") var dropout: Float?
  @Option(setting: "dropout_output") var dropoutOutput: Float?
  @Option(setting: "dropout_input") var dropoutInput: Float?
  @Option(setting: "dropout_embedding") var dropoutEmbedding: Float?
  @Option(setting: "weight_drop") var weightDrop: Float?
  @Option(setting: "state_reset") var stateReset: Float?
  @Option(setting: "weight_decay") var weightDecay: Float?
  @Option(setting: "activation_penalty") var activationPenalty: Float?
  @Option(setting: "temporal_penalty") var temporalPenalty: Float?
  @Option(setting: "shards") var shards: Int?
  @Option(setting: "groups") var groups: Int?
  @Option(setting: "seed") var seed: UInt64?
  @Option(setting: "forget_bias") var forgetBias: Float?
  @Option(setting: "init_range") var initRange: Float?
  @Flag(setting: "unigram_bias") var unigramBias: Bool?
  @Option(setting: "log_every") var logEvery: Int?
  @Option(setting: "sample_every") var sampleEvery: Int?
  @Option(setting: "sample_length") var sampleLength: Int?
  @Option(setting: "sample_below_loss") var sampleBelowLoss: Double?
  @Option(setting: "checkpoint_every") var checkpointEvery: Int?
  @Option(setting: "keep_checkpoints") var keepCheckpoints: Int?
  @Option(setting: "spike_deviations") var spikeDeviations: Double?
  @OptionGroup var olderNames: OlderNames

  /// The names that other programs have for these flags.
  struct OlderNames: SettingFlags {
    @Option(olderNames: "batch_size") var batch: Int?
    @Option(olderNames: "lr") var learningRate: Float?
    @Option(olderNames: "clip") var clipNorm: Float?
  }

  /// The flags given here that only some schedules have a use for.
  var decayFlags: [(flag: String, schedules: Set<LearningRateSchedule.Kind>)] {
    [
      decay.map { _ in ("--decay", [.step, .exponential, .plateau]) }, decayAfter.map { _ in ("--decay-after", [.step, .exponential]) },
      decayEvery.map { _ in ("--decay-every", [.step]) },
    ].compactMap(\.self)
  }

  /// Whether the batch was asked for, by a flag or a file.
  var namesBatch: Bool { given["batch"] != nil || config != nil }

  /// - Parameter resumed: the settings of the run to resume, or of the model to train further.
  func configuration(resuming resumed: TrainingConfiguration? = nil) throws -> TrainingConfiguration {
    var result = preset?.configuration ?? resumed ?? Preset.small.configuration
    if let config { try result.update(fromFile: config) }
    let given = given
    // Either of the two limits the length of a run.
    if given["epochs"] != nil { result.steps = nil }
    // The preset's shards and groups go with its batch.
    if given["batch"] != nil {
      result.shards = nil
      result.groups = 1
    }
    let clipping = result.optimizer, norm = given["clip_norm"] as? Float, value = given["clip_value"] as? Float
    // A resumed run's own flag, repeated without the other, changes nothing.
    let isSameClipping =
      resumed != nil && norm ?? clipping.clipNorm == clipping.clipNorm && value ?? clipping.clipValue == clipping.clipValue
    if norm != nil || value != nil, !isSameClipping {
      result.optimizer.clipNorm = nil
      result.optimizer.clipValue = nil
    }
    // An average that is off has no beginning, and other cells have no input gate: the preset's go with them.
    if given["average_decay"] as? Float == 0 {
      result.averagePatience = nil
      result.averageStart = nil
    }
    if let cell = given["cell"] as? RecurrentCell, cell != .lstm { result.isInputCapped = false }
    apply(to: &result)
    if let resumed { result.shards = result.shards ?? resumed.shards }
    return result
  }
}
