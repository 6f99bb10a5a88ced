import Foundation
import LanguageModel
import Models
import Testing

@Suite("The configuration") struct TrainingConfigurationTests {
  static func roundTrip(_ configuration: TrainingConfiguration) throws -> TrainingConfiguration {
    try JSONDecoder().decode(TrainingConfiguration.self, from: JSONEncoder().encode(configuration))
  }

  @Test("a preset survives JSON", arguments: Preset.allCases)
  func presets(preset: Preset) throws {
    #expect(try Self.roundTrip(preset.configuration) == preset.configuration)
    try preset.configuration.validate()
    #expect(!preset.summary.contains("\n") && preset.summary.contains("\(preset.configuration.hiddenSizes) units"))
  }

  @Test func `every setting survives JSON, and there is a key for each`() throws {
    var configuration = TrainingConfiguration()
    configuration.embeddingSize = 3
    configuration.hiddenSizes = 5
    configuration.layerCount = 7
    configuration.batchSize = 22
    configuration.windowLength = 13
    configuration.epochs = 17
    configuration.steps = 19
    configuration.shards = 11
    configuration.seed = .max
    configuration.isTied = true
    configuration.optimizer.learningRate = 0.1
    configuration.optimizer.rmsDecay = 0.95
    configuration.optimizer.epsilon = 1e-10
    configuration.optimizer.clipNorm = nil
    configuration.optimizer.clipValue = 0.3
    configuration.logEvery = 23
    configuration.sampleEvery = 29
    configuration.sampleLength = 31
    configuration.sampleBelowLoss = 1.25
    configuration.checkpointEvery = 37
    configuration.keepCheckpoints = 41
    configuration.spikeDeviations = 2.5
    configuration.optimizer.weightDecay = 0.01
    configuration.schedule.kind = .cosine
    configuration.schedule.warmupSteps = 43
    configuration.schedule.decay = 0.75
    configuration.schedule.decayAfter = 47
    configuration.schedule.decayEvery = 53
    configuration.patience = 59
    configuration.regularization.layerDropout = 0.1
    configuration.regularization.outputDropout = 0.2
    configuration.regularization.inputDropout = 0.3
    configuration.regularization.embeddingDropout = 0.4
    configuration.regularization.weightDrop = 0.5
    configuration.regularization.activationPenalty = 2
    configuration.regularization.temporalPenalty = 1
    configuration.regularization.stateReset = 0.6
    configuration.startsFromFrequencies = true
    configuration.optimizer.momentum = 0.9
    configuration.optimizer.isCentered = true
    configuration.optimizer.averageDecay = 0.999
    configuration.averagePatience = 61
    configuration.forgetBias = -1.5
    configuration.initialRange = 0.08
    configuration.isInitialStateLearned = true
    configuration.isNormalized = true
    configuration.isInputCapped = true
    configuration.sumsOutputs = true
    configuration.condition = ["artist", "genre"]
    configuration.optimizer.kind = .sgd
    configuration.optimizer.correctsBias = true
    configuration.optimizer.beta1 = 0.8
    configuration.optimizer.beta2 = 0.9
    configuration.hasRandomWindows = true
    configuration.validateEvery = 67
    configuration.averageStart = 71
    #expect(try Self.roundTrip(configuration) == configuration)
    let data = try JSONEncoder().encode(configuration)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "embedding", "hidden", "layers", "tied", "condition", "cell", "learned_state", "layer_norm", "batch", "window", "epochs", "steps",
        "capped_input", "output_sum", "shards", "groups", "seed",
        "learning_rate",
        "rms_decay",
        "epsilon",
        "clip_norm", "clip_value", "log_every", "sample_every", "sample_length", "sample_below_loss", "checkpoint_every",
        "keep_checkpoints", "spike_deviations", "dropout", "dropout_output", "dropout_input", "dropout_embedding", "weight_drop",
        "weight_decay", "activation_penalty", "temporal_penalty", "schedule", "warmup_steps", "decay", "decay_after", "decay_every",
        "patience", "momentum", "centered", "average_decay", "average_patience", "forget_bias", "init_range",
        "state_reset", "unigram_bias", "optimizer", "bias_correction", "beta1", "beta2", "random_windows", "validate_every",
        "average_start",
      ])
    #expect(Set(TrainingConfiguration.keys) == Set(object.keys))
  }

  @Test func `keys that are missing keep their defaults, and null takes one away`() throws {
    func decode(_ json: String) throws -> TrainingConfiguration {
      try JSONDecoder().decode(TrainingConfiguration.self, from: Data(json.utf8))
    }
    #expect(try decode("{}") == TrainingConfiguration())
    var expected = TrainingConfiguration()
    expected.hiddenSizes = 77
    expected.optimizer.clipNorm = nil
    expected.optimizer.learningRate = 0.25
    #expect(try decode(#"{"hidden": 77, "clip_norm": null, "learning_rate": 0.25}"#) == expected)
    #expect(throws: DecodingError.self) { try decode(#"{"hidden": "many"}"#) }
    #expect(throws: DecodingError.self) { try decode(#"{"hidden": null}"#) }
    #expect(throws: DecodingError.self) { try decode(#"{"seed": -1}"#) }
  }

  @Test("a forget bias is for an LSTM alone", arguments: [RecurrentCell.gru, .rnn])
  func forgetBias(cell: RecurrentCell) throws {
    var configuration = TrainingConfiguration()
    configuration.forgetBias = 2
    try configuration.validate()
    configuration.cell = cell
    let error = #expect(throws: SettingError.self) { try configuration.validate() }
    #expect(
      error?.description
        == "\"forget_bias\" must be 1, since only the cells of an LSTM have a forget gate, but is 2.0; choose another value.")
    configuration.forgetBias = 1
    try configuration.validate()
  }

  @Test("capped input gates are for an LSTM alone", arguments: [RecurrentCell.gru, .rnn])
  func cappedInput(cell: RecurrentCell) throws {
    var configuration = TrainingConfiguration()
    configuration.isInputCapped = true
    try configuration.validate()
    configuration.cell = cell
    let sentence =
      "\"capped_input\" caps the input gates of an LSTM, but \"cell\" is \(cell); leave \"capped_input\" out, or choose the cell lstm."
    let error = #expect(throws: SettingError.self) { try configuration.validate() }
    #expect(error?.description == sentence)
    let model = #expect(throws: ModelError.self) { try configuration.model(vocabularySize: 9).validate() }
    #expect(model?.description == sentence)
  }

  @Test func `a sum of outputs needs layers of one size`() throws {
    var configuration = TrainingConfiguration()
    configuration.sumsOutputs = true
    configuration.hiddenSizes = [5, 5]
    configuration.layerCount = 2
    try configuration.validate()
    try configuration.model(vocabularySize: 9).validate()
    configuration.hiddenSizes = [5, 6]
    let sentence =
      "\"output_sum\" needs layers of one size, but \"hidden\" is 5,6; leave \"output_sum\" out, or give all layers the same size."
    let error = #expect(throws: SettingError.self) { try configuration.validate() }
    #expect(error?.description == sentence)
    let model = #expect(throws: ModelError.self) { try configuration.model(vocabularySize: 9).validate() }
    #expect(model?.description == sentence)
  }

  @Test func `the preset classic is the textbook's`() {
    let classic = Preset.classic.configuration
    #expect(classic.layerCount == 1)
    #expect(classic.optimizer.learningRate == 0.001)
    #expect(classic.optimizer.rmsDecay == 0.9)
    #expect(classic.optimizer.epsilon == 1e-8)
    #expect(classic.optimizer.clipValue == 6)
    #expect(classic.optimizer.clipNorm == nil)
    #expect(classic.steps == 5_000)
    #expect(classic.sampleEvery == 100)
    #expect(classic.sampleBelowLoss != nil)
    #expect(classic.shards == 1)
  }

  @Test func `the defaults are the design's`() {
    let configuration = TrainingConfiguration()
    #expect(configuration.optimizer.rmsDecay == 0.9 && configuration.optimizer.epsilon == 1e-8)
    #expect(configuration.optimizer.clipNorm == 5 && configuration.optimizer.clipValue == nil)
  }

  @Test(
    "the default number of shards leaves each at least 8 lanes, on any machine",
    arguments: [(1, 1), (7, 1), (8, 1), (15, 1), (16, 2), (20, 2), (24, 2), (32, 4), (50, 2), (60, 4), (64, 8), (100, 4), (256, 32)])
  func shards(batch: Int, expected: Int) {
    var configuration = TrainingConfiguration()
    configuration.batchSize = batch
    #expect(configuration.resolvedShards == expected)
    configuration.shards = 5
    #expect(configuration.resolvedShards == 5)
  }
}
