import Foundation
import Models
import RefrainCommand
import Testing

/// Every training setting is a flag of `train`, and its help and its key come from the table of settings.
@Suite("Flags of training settings") struct SettingFlagsTests {
  let folder: Folder

  init() throws {
    folder = try Folder()
    try folder.writeSongs()
  }

  /// A value of every setting that no preset has, as a flag and as JSON.
  static let values: [(key: String, flag: String, json: String)] = [
    ("embedding", "7", "7"), ("hidden", "9,9", "[9,9]"), ("layers", "2", "2"), ("cell", "lstm", "\"lstm\""),
    ("learned_state", "", "true"), ("layer_norm", "", "true"), ("capped_input", "", "true"), ("output_sum", "", "true"),
    ("tied", "", "true"), ("batch", "6", "6"), ("window", "5", "5"),
    ("shards", "2", "2"), ("groups", "2", "2"), ("epochs", "4", "4"), ("steps", "2", "2"), ("seed", "17", "17"), ("forget_bias", "2", "2"),
    ("init_range", "0.5", "0.5"), ("unigram_bias", "", "true"), ("learning_rate", "0.25", "0.25"), ("rms_decay", "0.5", "0.5"),
    ("epsilon", "0.125", "0.125"), ("momentum", "0.75", "0.75"), ("centered", "", "true"), ("average_decay", "0.5", "0.5"),
    ("average_patience", "3", "3"), ("clip_norm", "2", "2"), ("clip_value", "3", "3"), ("schedule", "step", "\"step\""),
    ("warmup_steps", "8", "8"), ("decay", "0.75", "0.75"), ("decay_after", "2", "2"), ("decay_every", "3", "3"), ("patience", "5", "5"),
    ("spike_deviations", "4", "4"), ("weight_decay", "0.5", "0.5"), ("dropout", "0.125", "0.125"), ("dropout_output", "0.25", "0.25"),
    ("dropout_input", "0.375", "0.375"), ("dropout_embedding", "0.5", "0.5"), ("weight_drop", "0.625", "0.625"),
    ("state_reset", "0.75", "0.75"), ("activation_penalty", "2", "2"), ("temporal_penalty", "1", "1"), ("log_every", "2", "2"),
    ("sample_every", "3", "3"), ("sample_length", "4", "4"), ("sample_below_loss", "1.5", "1.5"), ("checkpoint_every", "6", "6"),
    ("keep_checkpoints", "7", "7"), ("random_windows", "", "true"), ("bias_correction", "", "true"), ("validate_every", "3", "3"),
    ("average_start", "2", "2"),
    // The only optimizer that has a use for most of the others, and what it ignores.
    ("optimizer", "rmsprop", "\"rmsprop\""), ("beta1", "0.9", "0.9"), ("beta2", "0.999", "0.999"),
  ]

  private func settings(_ model: String) throws -> NSDictionary {
    let object = try JSONSerialization.jsonObject(with: folder.data("\(model)/config.json")) as? [String: Any]
    return try #require(object?["training"] as? NSDictionary)
  }

  @Test func `each flag sets the setting of its name, and a configuration file does the same`() async throws {
    // ConditionCommandTests has the condition, for which songs need columns.
    #expect(Set(Self.values.map(\.key) + ["condition"]) == Set(TrainingSetting.all.map(\.key)))
    let flags = Self.values.flatMap { key, flag, _ in ["--" + key.replacing("_", with: "-")] + (flag.isEmpty ? [] : [flag]) }
    let result = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + flags, in: folder)
    try #require(result.status == 0, "\(result.errors)")
    let json = "{" + (Self.values.map { "\"\($0.key)\":\($0.json)" } + ["\"condition\":null"]).joined(separator: ",") + "}"
    let expected = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? NSDictionary)
    #expect(try settings("m") == expected)
    try folder.write(json, to: "c.json")
    let other = try await Command.run("train", "songs", "--model", "n", "--quiet", "--config", "c.json", in: folder)
    try #require(other.status == 0, "\(other.errors)")
    #expect(try settings("n") == expected)
    #expect(try folder.data("n/model.safetensors") == folder.data("m/model.safetensors"))
  }

  @Test func `the help shows every setting once, with its default, and no older name`() async throws {
    let help = try await Command.run("train", "--help", in: folder).output.split(separator: "\n").joined(separator: " ")
    let text = help.replacing(#/ +/#, with: " ")
    for setting in TrainingSetting.all {
      let flag = "--" + setting.key.replacing("_", with: "-")
      #expect(text.contains("\(flag)/--no-") || text.contains("\(flag) <") || text.contains("\(flag), --no-"), "\(flag)")
      #expect(text.contains("\(setting.help.dropLast()) (default: "), "\(setting.key)")
    }
    for older in ["--lr", "--clip ", "--batch_size", "--emsize", "--nhid", "--rnn_size", "--nlayers", "--bptt", "--seq_length"] {
      #expect(!text.contains(older), "\(older)")
    }
    #expect(text.contains("Seeds the weights and the samples. The same seed gives the same model (default: 1)."))
    #expect(text.contains("The learning rate: the factor of the optimizer's steps (default: the preset's)."))
  }

  @Test("an optimizer is chosen by its name alone", arguments: ["adam", "sgd", "adagrad"])
  func optimizer(name: String) async throws {
    let size = ["--hidden", "8", "--embedding", "8", "--window", "8", "--batch", "4", "--steps", "3", "--random-windows"]
    let train = ["train", "songs", "--model", "m", "--quiet", "--optimizer", name] + size
    let result = try await Command.run(train, in: folder)
    try #require(result.status == 0, "\(result.errors)")
    let found = try settings("m")
    #expect(found["optimizer"] as? String == name && found["rms_decay"] as? Double == 0.9)
    #expect(found["epsilon"] as? Double == (name == "adagrad" ? 1e-10 : 1e-8))
    let rates = ["adam": 0.003, "sgd": 3, "adagrad": 0.05]
    #expect(found["learning_rate"] as? Double == rates[name])
    // A resumed run needs no flag, and takes no other optimizer.
    let other = try await Command.run("train", "--resume", "--model", "m", "--steps", "5", "--optimizer", "rmsprop", in: folder)
    #expect(other.status == 1 && other.errors.contains("--optimizer is rmsprop, but the run to resume has \(name)"), "\(other.errors)")
    let longer = try await Command.run("train", "--resume", "--model", "m", "--steps", "5", "--quiet", in: folder)
    #expect(longer.status == 0, "\(longer.errors)")
    let idle = try await Command.run(["train", "songs", "--model", "n", "--optimizer", name, "--rms-decay", "0.5"] + size, in: folder)
    #expect(idle.status == 1 && idle.errors.contains("--rms-decay is 0.5, but the optimizer \(name) does not use it"), "\(idle.errors)")
  }

  @Test(
    "a value out of range in a configuration file is named by its key and its file",
    arguments: [
      ("{\"batch\": 0}", "\"batch\" must be at least 1, but is 0"), ("{\"layers\": 65}", "\"layers\" must be from 1 to 64, but is 65"),
      ("{\"training\": {\"momentum\": 1}}", "\"momentum\" must be at least 0 and less than 1, but is 1.0"),
    ])
  func outOfRange(json: String, fault: String) async throws {
    try folder.write(json, to: "c.json")
    let result = try await Command.run("train", "songs", "--model", "m", "--config", "c.json", in: folder)
    #expect(result.status == 1 && result.errors == "error: c.json: not a configuration, \(fault); correct it.\n")
  }

  @Test(
    "a present name wins over an older one", arguments: [["--batch", "4", "--batch_size", "6"], ["--batch_size", "6", "--batch", "4"]])
  func older(flags: [String]) async throws {
    let size = ["--hidden", "8", "--embedding", "8", "--window", "8", "--steps", "1", "--tied"]
    let result = try await Command.run(["train", "songs", "--model", "m", "--quiet"] + size + flags, in: folder)
    #expect(try result.status == 0 && settings("m")["batch"] as? Int == 4, "\(result.errors)")
  }

  @Test(
    "the groups of a configuration go with its batch",
    arguments: [
      ([], 0, "in 4 shards on 2 workers"), (["--batch", "16"], 0, "in 2 shards on 2 workers"),
      (["--batch", "16", "--groups", "4"], 1, "--groups must be a power of two that divides the number of shards, 2, but is 4"),
      (["--groups", "3"], 1, "--groups must be a power of two that divides the number of shards, 4, but is 3"),
    ] as [([String], Int32, String)])
  func groups(flags: [String], status: Int32, text: String) async throws {
    try folder.write(#"{"batch": 32, "shards": 4, "groups": 4, "window": 4}"#, to: "c.json")
    let train = ["train", "songs", "--model", "m", "--dry-run", "--no-tuned", "--workers", "2", "--config", "c.json"]
    let result = try await Command.run(train + flags, in: folder)
    #expect(result.status == status && (result.output + result.errors).contains(text), "\(result.output)\(result.errors)")
    // Tuning tries shards of its own, and the default for 16 lanes is two.
    try folder.write(#"{"batch": 16, "shards": 4, "groups": 4, "window": 4}"#, to: "d.json")
    let tune = ["tune", "--vocabulary", "20", "--config", "d.json", "--batch", "4", "--hidden", "4", "--no-save", "--repetitions", "1"]
    let tuned = try await Command.run(tune + ["--workers", "1", "--shards", "1"], in: folder)
    #expect(tuned.status == 0, "\(tuned.errors)")
  }

  @Test func `a plan names the cores that have nothing to do while the layers run`() async throws {
    let info = try await Command.run("info", "--json", in: folder).output
    let report = try #require(try JSONSerialization.jsonObject(with: Data(info.utf8)) as? [String: Any])
    let cores = try #require(report["cores"] as? Int)
    let train = ["train", "songs", "--model", "m", "--dry-run", "--no-tuned", "--batch", "8", "--window", "4", "--hidden", "8"]
    let plan = try await Command.run(train, in: folder)
    let isSaid = plan.output.contains("cores      the layers run on 1 of \(cores) cores, since a batch of 8 lanes has 1 shard;")
    #expect(plan.status == 0 && isSaid == (cores > 1), "\(plan.output)")
    // Whoever names the workers knows.
    let named = try await Command.run(train + ["--workers", "2"], in: folder)
    #expect(named.status == 0 && !named.output.contains("the layers run on"), "\(named.output)")
  }
}
