import Foundation
import LanguageModel
import Models
import Testing

@Suite("The table of training settings") struct TrainingSettingTests {
  @Test func `keys are the field's words with underscores, each once`() {
    let keys = TrainingSetting.all.map(\.key)
    #expect(Set(keys).count == keys.count && keys.count > 40)
    for key in keys { #expect(key.wholeMatch(of: /[a-z]+[0-9]?(_[a-z]+)*/) != nil, "\(key)") }
    #expect(TrainingSetting.named("rms_decay")?.key == "rms_decay" && TrainingSetting.named("rmsDecay") == nil)
  }

  @Test func `a help is sentences, and a setting that may be absent says what happens then`() {
    for setting in TrainingSetting.all {
      #expect(setting.help.hasSuffix(".") && setting.help.first?.isUppercase == true, "\(setting.key)")
      #expect((setting.unset != nil) == setting.typeName.hasSuffix("or null"), "\(setting.key)")
    }
  }

  /// All settings with values that no default has.
  static let unusual: [String: any Sendable] = [
    "embedding": 7, "hidden": HiddenSizes([9, 8]), "layers": 2, "cell": RecurrentCell.gru, "learned_state": true, "layer_norm": true,
    "capped_input": true, "output_sum": true,
    "tied": true, "batch": 6, "window": 5, "shards": 3, "groups": 2, "epochs": 4, "steps": 11, "seed": UInt64.max, "forget_bias": Float(2),
    "init_range": Float(0.5), "unigram_bias": true, "learning_rate": Float(0.25), "rms_decay": Float(0.5), "epsilon": Float(0.125),
    "momentum": Float(0.75), "centered": true, "average_decay": Float(0.5), "average_patience": 3, "clip_norm": Float(2),
    "clip_value": Float(3), "schedule": LearningRateSchedule.Kind.cosine, "warmup_steps": 8, "decay": Float(0.5), "decay_after": 2,
    "decay_every": 3, "patience": 5, "spike_deviations": 4.0, "weight_decay": Float(0.5), "dropout": Float(0.125),
    "dropout_output": Float(0.25), "dropout_input": Float(0.375), "dropout_embedding": Float(0.5), "weight_drop": Float(0.625),
    "state_reset": Float(0.75), "activation_penalty": Float(2), "temporal_penalty": Float(1), "log_every": 2, "sample_every": 3,
    "optimizer": OptimizerConfiguration.Kind.adam, "bias_correction": true, "beta1": Float(0.5), "beta2": Float(0.25),
    "random_windows": true, "validate_every": 9, "average_start": 10, "sample_length": 4, "sample_below_loss": 1.5, "checkpoint_every": 6,
    "keep_checkpoints": 7,
    "condition": ConditionColumns("Artist, genre"),
  ]

  @Test("a value is set, written to JSON and read back, and no other setting changes", arguments: TrainingSetting.all.map(\.key))
  func roundTrip(key: String) throws {
    let setting = try #require(TrainingSetting.named(key)), value = try #require(Self.unusual[key])
    let start = TrainingConfiguration()
    var changed = start
    setting.set(value, &changed)
    #expect(changed != start && setting.text(changed) != setting.text(start))
    for other in TrainingSetting.all where other.key != key && !(key == "hidden" && other.key == "layers") {
      #expect(other.text(changed) == other.text(start), "\(other.key)")
    }
    let json = try JSONEncoder().encode(changed)
    #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: json) == changed)
    let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
    #expect(Set(object.keys) == Set(TrainingSetting.all.map(\.key)))
    // Only this key: the others keep their defaults.
    let single = try JSONSerialization.data(withJSONObject: [key: try #require(object[key])])
    #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: single) == changed)
  }

  @Test(
    "a value outside its range is named with its key and the range",
    arguments: [
      ("layers", 65, "65", "from 1 to 64"), ("hidden", HiddenSizes([4, -1]), "-1", "at least 1"),
      ("momentum", Float(1), "1.0", "at least 0 and less than 1"), ("decay", Float(0), "0.0", "above 0 and at most 1"),
      ("average_decay", Float(1.5), "1.5", "from 0 to 1"), ("weight_decay", -Float.infinity, "-inf", "a number of 0 or more"),
      ("forget_bias", Float.nan, "nan", "a number"), ("warmup_steps", -1, "-1", "at least 0"), ("decay_after", -2, "-2", "at least 0"),
      ("patience", -1, "-1", "at least 1, or 0 for none"), ("sample_below_loss", -0.5, "-0.5", "a number above 0"),
      ("init_range", Float(1_001), "1001.0", "above 0 and at most 1000"),
      ("dropout_output", Float(-1), "-1.0", "at least 0 and less than 1"),
      ("condition", ConditionColumns("genre,genre"), "genre,genre", "1 to 18 different names"),
      ("condition", ConditionColumns("artist,"), "artist,", "1 to 18 different names"),
    ] as [(String, any Sendable, String, String)])
  func range(key: String, value: any Sendable, found: String, expected: String) throws {
    let setting = try #require(TrainingSetting.named(key))
    var configuration = TrainingConfiguration()
    setting.set(value, &configuration)
    let error = SettingError.invalid(key: key, found: found, expected: expected)
    #expect(throws: error) { try setting.check(configuration) }
    #expect(throws: error) { try configuration.validate() }
    #expect(setting.range == expected)
  }

  struct Idle: Sendable, CustomTestStringConvertible {
    var kind: OptimizerConfiguration.Kind
    var testDescription: String
    var change: @Sendable (inout OptimizerConfiguration) -> Void
  }
  static let idle = [
    Idle(
      kind: .adam,
      testDescription: #""rms_decay" is 0.5, but the optimizer adam does not use it; leave it out, or set "optimizer" to rmsprop."#
    ) { $0.rmsDecay = 0.5 },
    Idle(
      kind: .sgd,
      testDescription: #""centered" is true, but the optimizer sgd does not use it; leave it out, or set "optimizer" to rmsprop."#
    ) { $0.isCentered = true },
    Idle(
      kind: .adagrad,
      testDescription:
        #""bias_correction" is true, but the optimizer adagrad does not use it; leave it out, or set "optimizer" to rmsprop."#
    ) { $0.correctsBias = true },
    Idle(
      kind: .adagrad,
      testDescription: #""momentum" is 0.5, but the optimizer adagrad does not use it; leave it out, or set "optimizer" to rmsprop or sgd."#
    ) { $0.momentum = 0.5 },
    Idle(
      kind: .rmsprop,
      testDescription: #""beta1" is 0.5, but the optimizer rmsprop does not use it; leave it out, or set "optimizer" to adam."#
    ) { $0.beta1 = 0.5 },
    Idle(kind: .sgd, testDescription: #""beta2" is 0.5, but the optimizer sgd does not use it; leave it out, or set "optimizer" to adam."#)
    {
      $0.beta2 = 0.5
    },
    Idle(
      kind: .sgd,
      testDescription:
        #""epsilon" is 0.5, but the optimizer sgd does not use it; leave it out, or set "optimizer" to rmsprop or adam or adagrad."#
    ) { $0.epsilon = 0.5 },
  ]

  @Test("a setting that the optimizer would ignore is refused", arguments: idle)
  func idleSettings(idle: Idle) throws {
    var configuration = TrainingConfiguration()
    configuration.optimizer.choose(idle.kind)
    try configuration.validate()
    idle.change(&configuration.optimizer)
    let error = #expect(throws: SettingError.self) { try configuration.validate() }
    #expect(error?.description == idle.testDescription)
  }

  @Test("choosing an optimizer makes any preset valid for it, and leaves sizes alone", arguments: Preset.allCases)
  func choosing(preset: Preset) throws {
    for kind in OptimizerConfiguration.Kind.allCases {
      let start = preset.configuration
      var configuration = start
      configuration.optimizer.choose(kind)
      try configuration.validate()
      // The same again changes nothing.
      let chosen = configuration
      configuration.optimizer.choose(kind)
      #expect(configuration == chosen && (kind != .rmsprop || configuration == start))
      #expect(configuration.optimizer.clipNorm == start.optimizer.clipNorm && configuration.hiddenSizes == start.hiddenSizes)
      #expect((configuration.optimizer.learningRate == start.optimizer.learningRate) == (kind == .rmsprop || kind == .adam))
      // The key comes before the others, so that those that are given with it stand.
      let text = #"{"beta1": 0, "optimizer": "adam", "epsilon": 0.25, "learning_rate": 0.5}"#
      let read = try JSONDecoder().decode(TrainingConfiguration.self, from: Data(text.utf8)).optimizer
      #expect(read.kind == .adam && read.beta1 == 0 && read.epsilon == 0.25 && read.learningRate == 0.5)
    }
  }

  @Test("the average's settings need an average", arguments: ["average_patience", "average_start"])
  func averages(key: String) throws {
    var configuration = TrainingConfiguration()
    try #require(TrainingSetting.named(key)).set(3, &configuration)
    let error = #expect(throws: SettingError.self) { try configuration.validate() }
    #expect(error?.description == "\"\(key)\" needs an average; set \"average_decay\" above 0, or leave \"\(key)\" out.")
    configuration.optimizer.averageDecay = 0.5
    try configuration.validate()
  }

  @Test func `weight decay leaves something of a weight in the longest random window`() throws {
    var configuration = TrainingConfiguration()
    configuration.windowLength = 10
    configuration.optimizer.learningRate = 0.01
    configuration.optimizer.weightDecay = 40
    try configuration.validate()
    configuration.hasRandomWindows = true
    #expect(configuration.longestWindow == 30)
    let expected = "less than 1 divided by the learning rate of the longest window"
    #expect(throws: SettingError.invalid(key: "weight_decay", found: "40.0", expected: expected)) { try configuration.validate() }
  }

  @Test func `the defaults and the presets are within all ranges`() throws {
    try TrainingConfiguration().validate()
    for preset in Preset.allCases { try preset.configuration.validate() }
  }

  @Test("a patience of 0 is none", arguments: [0, 1, 4])
  func patience(value: Int) throws {
    let read = try JSONDecoder().decode(TrainingConfiguration.self, from: Data("{\"patience\": \(value)}".utf8))
    #expect(read.patience == (value == 0 ? nil : value))
  }

  @Test func `the first setting that differs is found, by who may change it`() {
    var one = TrainingConfiguration(), other = TrainingConfiguration()
    func difference(_ lifetimes: Set<TrainingSetting.Lifetime>) -> String? {
      TrainingSetting.firstDifference(one, other, of: lifetimes).map { "\($0.key) \($0.one) \($0.other)" }
    }
    #expect(difference([.model, .run, .changeable]) == nil)
    other.optimizer.learningRate = 0.5
    #expect(difference([.model, .run]) == nil && difference([.changeable]) == "learning_rate 0.002 0.5")
    other.layerCount = 2
    #expect(difference([.model]) == "layers 1 2" && difference([.run]) == nil)
    // Two ways to write the same sizes.
    one.layerCount = 2
    one.hiddenSizes = .each([256, 256])
    #expect(difference([.model, .run]) == nil)
    other.seed = 3
    #expect(difference([.model, .run]) == "seed 1 3")
  }

  @Test func `the article on file formats shows the table`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/Refrain/Refrain.docc/FileFormats.md").standardized
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.contains(TrainingSetting.markdown), "the table is now:\n\(TrainingSetting.markdown)")
  }
}
