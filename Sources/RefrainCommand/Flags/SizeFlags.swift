public import ArgumentParser
public import Refrain

/// A model's sizes, its cell and the window.
struct SizeFlags: SettingFlags {
  @Option(setting: "embedding") var embedding: Int?
  @Option(setting: "hidden") var hidden: HiddenSizes?
  @Option(setting: "layers") var layers: Int?
  @Option(setting: "cell") var cell: RecurrentCell?
  @Flag(setting: "learned_state") var learnedState: Bool?
  @Flag(setting: "layer_norm") var layerNorm: Bool?
  @Flag(setting: "capped_input") var cappedInput: Bool?
  @Flag(setting: "output_sum") var outputSum: Bool?
  @Option(setting: "window") var window: Int?
  @Flag(setting: "tied") var tied: Bool?
  @OptionGroup var olderNames: OlderNames

  /// The names that other programs have for these flags.
  struct OlderNames: SettingFlags {
    @Option(olderNames: "emsize") var embedding: Int?
    @Option(olderNames: "nhid", "rnn_size") var hidden: HiddenSizes?
    @Option(olderNames: "nlayers", "num_layers") var layers: Int?
    @Option(olderNames: "bptt", "seq_length") var window: Int?
  }

  /// Whether something of the model is given.
  var namesModel: Bool { given.keys.contains { $0 != "window" } }
  /// Whether the window is given.
  var namesWindow: Bool { given.keys.contains("window") }
}

extension RecurrentCell: ExpressibleByArgument {}

extension HiddenSizes: ExpressibleByArgument {
  /// `650` or `400,300`.
  public init?(argument: String) {
    guard let numbers = NumberList.numbers(argument) else { return nil }
    self = numbers.count == 1 ? .all(numbers[0]) : .each(numbers)
  }
}
