internal import ArgumentParser

/// A model's sizes and the window, under all the names that the field has for them.
struct SizeFlags: ParsableArguments {
  @Option(name: [.customLong("embedding"), .customLong("emsize")], parsing: .unconditional, help: "E: the length of a token's embedding.")
  var embedding: Int?
  @Option(
    name: [.customLong("hidden"), .customLong("nhid"), .customLong("rnn_size")], parsing: .unconditional, help: "H: the units of a layer.")
  var hidden: Int?
  @Option(
    name: [.customLong("layers"), .customLong("nlayers"), .customLong("num_layers")], parsing: .unconditional, help: "L: LSTM layers.")
  var layers: Int?
  @Option(
    name: [.customLong("window"), .customLong("bptt"), .customLong("seq_length")], parsing: .unconditional,
    help: "T: time steps of a window.")
  var window: Int?
  @Flag(
    name: .long, inversion: .prefixedNo,
    help: "Take the embedding for the decoder's weight, after a projection from H to E where they differ.")
  var tied: Bool?
}
