internal import Files
private import Kernels
package import LanguageModel
package import SystemPackage

/// A language model as an ONNX file, to be run by onnxruntime and others.
///
/// | Name | Shape | |
/// |---|---|---|
/// | `tokens` | [time, lanes], int64 | input: the tokens to read |
/// | `initial_h`, `initial_c` | [L, lanes, H] | input: the state before them; zeros to begin |
/// | `logits` | [time, lanes, V] | output: before the softmax, for the token after each |
/// | `final_h`, `final_c` | [L, lanes, H] | output: the state after them, which is the next call's initial one |
///
/// Where layers differ in size, each has its own states, `initial_h_0` and so on, of [1, lanes, H].
///
/// ONNX's LSTM has its gates in the order i, o, f, c, where ours is i, f, g, o; it has two biases, of which the second is zero.
package enum ONNXModel {
  /// Of the standard operators: the first set in which Squeeze takes its axes as an input, which all later ones share.
  private static let operatorSet = 13
  /// A protobuf message cannot be longer.
  static let mostBytes = Int(Int32.max)

  /// Writes the file, whole or not at all.
  ///
  /// - Throws: `FileError`, or `InterchangeError.tooLarge`.
  package static func write(_ weights: Weights, step: Int, to path: FilePath) throws {
    let message = message(weights, step: step)
    if message.byteCount > mostBytes { throw InterchangeError.tooLarge(format: "ONNX", bytes: message.byteCount, limit: mostBytes) }
    try AtomicFile.write(to: path) { try message.write(to: &$0) }
  }

  /// The file's content.
  package static func message(_ weights: Weights, step: Int) -> ProtobufMessage {
    let c = weights.configuration, layers = 0..<c.layerCount
    var initializers = [
      tensor(weights, .embedding, shape: [c.vocabularySize, c.embeddingSize]),
      tensor(weights, .decoderBias, shape: [c.vocabularySize]),
      ONNXMessages.tensor("direction_axis", [1]),
    ]
    if !c.isTied { initializers.append(tensor(weights, .decoderWeight, shape: [c.vocabularySize, c.outputSize])) }
    if c.hasProjection { initializers.append(tensor(weights, .projection, shape: [c.embeddingSize, c.outputSize])) }
    func name(_ parameter: Parameter) -> String { weights.layout[parameter].name }
    var nodes = [ONNXMessages.node("Gather", inputs: [name(.embedding), "tokens"], outputs: ["layer_0_input"])]
    func names(_ state: String) -> [String] { layers.map { c.layerCount == 1 ? state : "\(state)_\($0)" } }
    let states = ["initial_h", "initial_c"].map(names), finals = ["final_h", "final_c"].map(names)
    // Of one size, the layers' states are one tensor.
    let isJoined = c.layerCount > 1 && Set(c.hiddenSizes).count == 1
    if isJoined {
      for (name, parts) in zip(["initial_h", "initial_c"], states) {
        nodes.append(ONNXMessages.node("Split", inputs: [name], outputs: parts, attributes: [("axis", 0)]))
      }
    }
    for layer in layers {
      let tensors = ["weight_ih", "weight_hh", "bias"].map { "lstm.\($0)_l\(layer)" }
      initializers += cells(weights, layer: layer, names: tensors)
      nodes.append(
        ONNXMessages.node(
          "LSTM", inputs: ["layer_\(layer)_input"] + tensors + ["", states[0][layer], states[1][layer]],
          outputs: ["layer_\(layer)_hidden", finals[0][layer], finals[1][layer]], attributes: [("hidden_size", c.hiddenSizes[layer])]))
      // [time, directions, lanes, H] without the directions
      nodes.append(
        ONNXMessages.node("Squeeze", inputs: ["layer_\(layer)_hidden", "direction_axis"], outputs: ["layer_\(layer + 1)_input"]))
    }
    if isJoined {
      for (name, parts) in zip(["final_h", "final_c"], finals) {
        nodes.append(ONNXMessages.node("Concat", inputs: parts, outputs: [name], attributes: [("axis", 0)]))
      }
    }
    var output = "layer_\(c.layerCount)_input"
    if c.hasProjection {
      nodes += product(output, name(.projection), output: "projected")
      output = "projected"
    }
    // The initializer of a tied decoder is the embedding's.
    nodes += product(output, name(.decoderWeight), output: "decoded")
    nodes.append(ONNXMessages.node("Add", inputs: ["decoded", name(.decoderBias)], outputs: ["logits"]))
    func values(_ name: String, _ parts: [String]) -> [ProtobufMessage] {
      if isJoined { return [ONNXMessages.value(name, .float, [.fixed(c.layerCount), .named("lanes"), .fixed(c.hiddenSizes[0])])] }
      return zip(parts, c.hiddenSizes).map { ONNXMessages.value($0, .float, [.fixed(1), .named("lanes"), .fixed($1)]) }
    }
    let graph = ONNXMessages.graph(
      name: "language_model", nodes: nodes, initializers: initializers,
      inputs: [
        ONNXMessages.value("tokens", .int64, [.named("time"), .named("lanes")])
      ] + values("initial_h", states[0]) + values("initial_c", states[1]),
      outputs: [
        ONNXMessages.value("logits", .float, [.named("time"), .named("lanes"), .fixed(c.vocabularySize)])
      ] + values("final_h", finals[0]) + values("final_c", finals[1]))
    return ONNXMessages.model(graph: graph, operatorSet: operatorSet, metadata: [("step", "\(step)")])
  }

  /// output = input weight^T.
  private static func product(_ input: String, _ weight: String, output: String) -> [ProtobufMessage] {
    [
      ONNXMessages.node("Transpose", inputs: [weight], outputs: [output + "_weight"]),
      ONNXMessages.node("MatMul", inputs: [input, output + "_weight"], outputs: [output]),
    ]
  }

  private static func tensor(_ weights: Weights, _ parameter: Parameter, shape: [Int]) -> ProtobufMessage {
    let entry = weights.layout[parameter]
    return ONNXMessages.tensor(
      entry.name, shape: shape, parts: [SavedTensor(entry.name, [entry.range.count], .buffer(weights.values, entry.range))])
  }

  /// W [1, 4H, input], R [1, 4H, H] and B [1, 8H] of a layer.
  private static func cells(_ weights: Weights, layer: Int, names: [String]) -> [ProtobufMessage] {
    let (h, input) = (weights.configuration.hiddenSizes[layer], weights.configuration.inputSize(layer: layer))
    let bias = gates(weights, .bias(layer: layer)) + [SavedTensor("", [4 * h], .floats([Float](repeating: 0, count: 4 * h)))]
    return [
      ONNXMessages.tensor(names[0], shape: [1, 4 * h, input], parts: gates(weights, .inputWeight(layer: layer))),
      ONNXMessages.tensor(names[1], shape: [1, 4 * h, h], parts: gates(weights, .recurrentWeight(layer: layer))),
      ONNXMessages.tensor(names[2], shape: [1, 8 * h], parts: bias),
    ]
  }

  /// A parameter's four gates in ONNX's order.
  private static func gates(_ weights: Weights, _ parameter: Parameter) -> [SavedTensor] {
    let range = weights.layout[parameter].range
    let size = range.count / 4
    // i, o, f, c of i, f, g, o
    return [0, 3, 1, 2].map { gate in
      let start = range.lowerBound + gate * size
      return SavedTensor("", [size], .buffer(weights.values, start..<start + size))
    }
  }
}
