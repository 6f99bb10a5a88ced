import Foundation
import LanguageModel
import Models
import Testing

@Suite("The table of training settings") struct TrainingSettingTests {
  @Test func `keys are the field's words with underscores, each once`() {
    let keys = TrainingSetting.all.map(\.key)
    #expect(Set(keys).count == keys.count && keys.count > 40)
    for key in keys { #expect(key.wholeMatch(of: /[a-z]+(_[a-z]+)*/) != nil, "\(key)") }
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
    "sample_length": 4, "sample_below_loss": 1.5, "checkpoint_every": 6, "keep_checkpoints": 7,
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
