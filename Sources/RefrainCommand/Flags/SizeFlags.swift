public import ArgumentParser
public import Refrain

/// A model's sizes, its cell and the window, under all the names that the field has for them.
struct SizeFlags: ParsableArguments {
  @Option(name: [.customLong("embedding"), .customLong("emsize")], parsing: .unconditional, help: "E: the length of a token's embedding.")
  var embedding: Int?
  @Option(
    name: [.customLong("hidden"), .customLong("nhid"), .customLong("rnn_size")], parsing: .unconditional,
    help: ArgumentHelp("H: the units of all layers, or of each, as in 400,300.", valueName: "number,..."))
  var hidden: HiddenSizes?
  @Option(
    name: [.customLong("layers"), .customLong("nlayers"), .customLong("num_layers")], parsing: .unconditional,
    help: "L: layers (default: as many as --hidden lists sizes).")
  var layers: Int?
  @Option(
    parsing: .unconditional,
    help: "What the layers' units are: lstm, gru, or rnn for the plain recurrent cell, the baseline (default: lstm).")
  var cell: RecurrentCell?
  @Flag(name: .long, inversion: .prefixedNo, help: "Train the state that a text starts from, in place of zeros.")
  var learnedState: Bool?
  @Flag(name: .long, inversion: .prefixedNo, help: "Normalise the layers' products, and the cells of an LSTM, over their units.")
  var layerNorm: Bool?
  @Option(
    name: [.customLong("window"), .customLong("bptt"), .customLong("seq_length")], parsing: .unconditional,
    help: "T: time steps of a window.")
  var window: Int?
  @Flag(
    name: .long, inversion: .prefixedNo,
    help: "Take the embedding for the decoder's weight, after a projection from H to E where they differ.")
  var tied: Bool?

  /// Whether something of the model is given.
  var namesModel: Bool {
    embedding != nil || hidden != nil || layers != nil || cell != nil || learnedState != nil || layerNorm != nil || tied != nil
  }

  /// Replaces what is given.
  func apply(to configuration: inout TrainingConfiguration) {
    configuration.embeddingSize = embedding ?? configuration.embeddingSize
    configuration.hiddenSizes = hidden ?? configuration.hiddenSizes
    if case .each(let sizes) = hidden { configuration.layerCount = sizes.count }
    configuration.layerCount = layers ?? configuration.layerCount
    configuration.cell = cell ?? configuration.cell
    configuration.isInitialStateLearned = learnedState ?? configuration.isInitialStateLearned
    configuration.isNormalized = layerNorm ?? configuration.isNormalized
    configuration.windowLength = window ?? configuration.windowLength
    configuration.isTied = tied ?? configuration.isTied
  }
}

extension RecurrentCell: ExpressibleByArgument {}

extension HiddenSizes: ExpressibleByArgument {
  /// `650` or `400,300`.
  public init?(argument: String) {
    guard let numbers = NumberList.numbers(argument) else { return nil }
    self = numbers.count == 1 ? .all(numbers[0]) : .each(numbers)
  }
}
