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
    let c = weights.configuration
    var initializers = [
      tensor(weights, .embedding, shape: [c.vocabularySize, c.embeddingSize]),
      tensor(weights, .decoderBias, shape: [c.vocabularySize]),
      ONNXMessages.tensor("direction_axis", [1]),
    ]
    if !c.isTied { initializers.append(tensor(weights, .decoderWeight, shape: [c.vocabularySize, c.hiddenSize])) }
    if c.hasProjection { initializers.append(tensor(weights, .projection, shape: [c.embeddingSize, c.hiddenSize])) }
    var nodes = [ONNXMessages.node("Gather", inputs: [Parameter.embedding.name, "tokens"], outputs: ["layer_0_input"])]
    let states = ["initial_h", "initial_c"].map { name in (0..<c.layerCount).map { c.layerCount == 1 ? name : "\(name)_\($0)" } }
    if c.layerCount > 1 {
      for (name, parts) in zip(["initial_h", "initial_c"], states) {
        nodes.append(ONNXMessages.node("Split", inputs: [name], outputs: parts, attributes: [("axis", 0)]))
      }
    }
    let finals = ["final_h", "final_c"].map { name in (0..<c.layerCount).map { c.layerCount == 1 ? name : "\(name)_\($0)" } }
    for layer in 0..<c.layerCount {
      let names = ["weight_ih", "weight_hh", "bias"].map { "lstm.\($0)_l\(layer)" }
      initializers += cells(weights, layer: layer, names: names)
      nodes.append(
        ONNXMessages.node(
          "LSTM", inputs: ["layer_\(layer)_input"] + names + ["", states[0][layer], states[1][layer]],
          outputs: ["layer_\(layer)_hidden", finals[0][layer], finals[1][layer]], attributes: [("hidden_size", c.hiddenSize)]))
      // [time, directions, lanes, H] without the directions
      nodes.append(
        ONNXMessages.node("Squeeze", inputs: ["layer_\(layer)_hidden", "direction_axis"], outputs: ["layer_\(layer + 1)_input"]))
    }
    if c.layerCount > 1 {
      for (name, parts) in zip(["final_h", "final_c"], finals) {
        nodes.append(ONNXMessages.node("Concat", inputs: parts, outputs: [name], attributes: [("axis", 0)]))
      }
    }
    var output = "layer_\(c.layerCount)_input"
    if c.hasProjection {
      nodes += product(output, Parameter.projection, output: "projected")
      output = "projected"
    }
    // The initializer of a tied decoder is the embedding's.
    nodes += product(output, c.isTied ? .embedding : .decoderWeight, output: "decoded")
    nodes.append(ONNXMessages.node("Add", inputs: ["decoded", Parameter.decoderBias.name], outputs: ["logits"]))
    let state: [ONNXMessages.Dimension] = [.fixed(c.layerCount), .named("lanes"), .fixed(c.hiddenSize)]
    let graph = ONNXMessages.graph(
      name: "language_model", nodes: nodes, initializers: initializers,
      inputs: [
        ONNXMessages.value("tokens", .int64, [.named("time"), .named("lanes")]), ONNXMessages.value("initial_h", .float, state),
        ONNXMessages.value("initial_c", .float, state),
      ],
      outputs: [
        ONNXMessages.value("logits", .float, [.named("time"), .named("lanes"), .fixed(c.vocabularySize)]),
        ONNXMessages.value("final_h", .float, state), ONNXMessages.value("final_c", .float, state),
      ])
    return ONNXMessages.model(graph: graph, operatorSet: operatorSet, metadata: [("step", "\(step)")])
  }

  /// output = input weight^T.
  private static func product(_ input: String, _ weight: Parameter, output: String) -> [ProtobufMessage] {
    [
      ONNXMessages.node("Transpose", inputs: [weight.name], outputs: [output + "_weight"]),
      ONNXMessages.node("MatMul", inputs: [input, output + "_weight"], outputs: [output]),
    ]
  }

  private static func tensor(_ weights: Weights, _ parameter: Parameter, shape: [Int]) -> ProtobufMessage {
    let range = weights.layout[parameter].range
    return ONNXMessages.tensor(
      parameter.name, shape: shape, parts: [SavedTensor(parameter.name, [range.count], .buffer(weights.values, range))])
  }

  /// W [1, 4H, input], R [1, 4H, H] and B [1, 8H] of a layer.
  private static func cells(_ weights: Weights, layer: Int, names: [String]) -> [ProtobufMessage] {
    let (h, input) = (weights.configuration.hiddenSize, weights.configuration.inputSize(layer: layer))
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
      return SavedTensor(parameter.name, [size], .buffer(weights.values, start..<start + size))
    }
  }
}
