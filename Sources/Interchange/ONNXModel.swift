internal import Files
private import Kernels
package import LanguageModel
internal import Models
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
/// A GRU or a plain cell has no c: no `initial_c` and no `final_c`. ONNX's gates are in another order than ours: of an LSTM i, o, f, c for
/// our i, f, g, o, of a GRU z, r, h for our r, z, n. It has two biases. The second one is zero but for the candidate of a GRU.
///
/// Cells that the recurrent operators do not have, with layer normalization or capped input gates, are made of primitive operators: see
/// ``ONNXCells``. Inputs and outputs are the same.
package enum ONNXModel {
  /// Of the standard operators: the first set in which Squeeze takes its axes as an input, which all later ones share.
  private static let operatorSet = 13
  /// In which order the operators have the gates of their cells.
  private static let gateOrder: [CellGate] = [.input, .output, .forget, .update, .reset, .candidate]
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
    ]
    initializers += c.needsPrimitives ? ONNXCells.sharedInitializers(c) : [ONNXMessages.tensor("direction_axis", [1])]
    if !c.isTied { initializers.append(tensor(weights, .decoderWeight, shape: [c.vocabularySize, c.outputSize])) }
    if c.hasProjection { initializers.append(tensor(weights, .projection, shape: [c.embeddingSize, c.outputSize])) }
    func name(_ parameter: Parameter) -> String { weights.layout[parameter].name }
    var nodes = [ONNXMessages.node("Gather", inputs: [name(.embedding), "tokens"], outputs: ["layer_0_input"])]
    func names(_ state: String) -> [String] { layers.map { c.layerCount == 1 ? state : "\(state)_\($0)" } }
    let kinds = c.cell.hasCellState ? ["h", "c"] : ["h"]
    let initial = kinds.map { "initial_\($0)" }, final = kinds.map { "final_\($0)" }
    let states = initial.map(names), finals = final.map(names)
    // Of one size, the layers' states are one tensor.
    let isJoined = c.layerCount > 1 && Set(c.hiddenSizes).count == 1
    if isJoined {
      for (name, parts) in zip(initial, states) {
        nodes.append(ONNXMessages.node("Split", inputs: [name], outputs: parts, attributes: [("axis", .integer(0))]))
      }
    }
    for layer in layers {
      if c.needsPrimitives {
        let cells = ONNXCells(
          weights, layer: layer, input: "layer_\(layer)_input", states: states.map { $0[layer] }, output: "layer_\(layer + 1)_input",
          finals: finals.map { $0[layer] })
        initializers += cells.initializers
        nodes += cells.nodes
        continue
      }
      let tensors = ["weight_ih", "weight_hh", "bias"].map { "\(c.cell.rawValue).\($0)_l\(layer)" }
      initializers += cells(weights, layer: layer, names: tensors)
      nodes.append(
        ONNXMessages.node(
          c.cell.title, inputs: ["layer_\(layer)_input"] + tensors + [""] + states.map { $0[layer] },
          outputs: ["layer_\(layer)_hidden"] + finals.map { $0[layer] },
          attributes: [("hidden_size", .integer(c.hiddenSizes[layer]))]
            + (c.cell.gates.contains(.reset) ? [("linear_before_reset", .integer(1))] : [])))
      // [time, directions, lanes, H] without the directions
      nodes.append(
        ONNXMessages.node("Squeeze", inputs: ["layer_\(layer)_hidden", "direction_axis"], outputs: ["layer_\(layer + 1)_input"]))
    }
    if isJoined {
      for (name, parts) in zip(final, finals) {
        nodes.append(ONNXMessages.node("Concat", inputs: parts, outputs: [name], attributes: [("axis", .integer(0))]))
      }
    }
    var output = "layer_\(c.layerCount)_input"
    if c.hasOutputSum {
      nodes.append(ONNXMessages.node("Sum", inputs: layers.map { "layer_\($0 + 1)_input" }, outputs: ["summed"]))
      output = "summed"
    }
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
      ] + zip(initial, states).flatMap(values),
      outputs: [
        ONNXMessages.value("logits", .float, [.named("time"), .named("lanes"), .fixed(c.vocabularySize)])
      ] + zip(final, finals).flatMap(values))
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

  /// W [1, G H, input], R [1, G H, H] and B [1, 2 G H] of a layer.
  private static func cells(_ weights: Weights, layer: Int, names: [String]) -> [ProtobufMessage] {
    let h = weights.configuration.hiddenSizes[layer]
    let input = weights.configuration.inputSize(layer: layer)
    let cell = weights.configuration.cell, rows = cell.gateCount * h, apart = (cell.partCount - cell.gateCount) * h
    let end = weights.layout[.bias(layer: layer)].range.upperBound
    let second = [
      SavedTensor("", [rows - apart], .floats([Float](repeating: 0, count: rows - apart))),
      SavedTensor("", [apart], .buffer(weights.values, end - apart..<end)),
    ]
    return [
      ONNXMessages.tensor(names[0], shape: [1, rows, input], parts: gates(weights, .inputWeight(layer: layer), of: rows * input)),
      ONNXMessages.tensor(names[1], shape: [1, rows, h], parts: gates(weights, .recurrentWeight(layer: layer), of: rows * h)),
      ONNXMessages.tensor(names[2], shape: [1, 2 * rows], parts: gates(weights, .bias(layer: layer), of: rows) + second),
    ]
  }

  /// A parameter's gates in ONNX's order, of its first so many elements.
  private static func gates(_ weights: Weights, _ parameter: Parameter, of count: Int) -> [SavedTensor] {
    let start = weights.layout[parameter].range.lowerBound, cell = weights.configuration.cell
    let size = count / cell.gateCount
    let order = gateOrder.compactMap { cell.gates.firstIndex(of: $0) }
    precondition(order.count == cell.gateCount, "a \(cell.title) has a gate that ONNX's operators do not have")
    return order.map { SavedTensor("", [size], .buffer(weights.values, start + $0 * size..<start + ($0 + 1) * size)) }
  }
}

extension ModelConfiguration {
  /// Whether the cells are none that ONNX's recurrent operators have.
  fileprivate var needsPrimitives: Bool { isNormalized || isInputCapped }
}
