internal import Kernels
internal import LanguageModel
internal import Models

/// A layer's time steps in primitive operators, for cells that ONNX's recurrent operators do not have: those with layer normalization or
/// capped input gates.
///
/// ```
/// x Wx of all time steps, normalized where the cells are, with bias      [time, lanes, G H]
/// Scan over time: the state [lanes, H] and a row of x Wx to the next state
/// ```
/// The formulas are those of `LanguageModel/Layers/Cells`; the order of the gates is ours, since no operator asks for another one.
struct ONNXCells {
  private let weights: Weights
  private let layer: Int
  /// The tensors of the layer.
  private(set) var initializers: [ProtobufMessage] = []
  /// The operators outside the Scan, the Scan among them.
  private(set) var nodes: [ProtobufMessage] = []
  /// The operators of a time step.
  private var steps: [ProtobufMessage] = []

  private var model: ModelConfiguration { weights.configuration }
  private var units: Int { model.hiddenSizes[layer] }

  /// The names of what the bodies of all layers share: the number 1, what is added to a variance, and the axis of layers.
  private static let one = "one", epsilon = "variance_epsilon", layerAxis = "layer_axis"

  /// The tensors that all layers share.
  static func sharedInitializers(_ model: ModelConfiguration) -> [ProtobufMessage] {
    func scalar(_ name: String, _ value: Float) -> ProtobufMessage {
      ONNXMessages.tensor(name, shape: [], parts: [SavedTensor("", [1], .floats([value]))])
    }
    // Readers warn of a tensor that nothing uses.
    return [ONNXMessages.tensor(layerAxis, [0])] + (model.isInputCapped ? [scalar(one, 1)] : [])
      + (model.isNormalized ? [scalar(epsilon, LayerNormalization.epsilon)] : [])
  }

  /// - Parameters:
  ///   - input: what the layer reads: [time, lanes, E or H].
  ///   - states: the state before the first time step, h and then c: [1, lanes, H] each.
  ///   - output: h after each time step: [time, lanes, H].
  ///   - finals: the state after the last time step.
  init(_ weights: Weights, layer: Int, input: String, states: [String], output: String, finals: [String]) {
    self.weights = weights
    self.layer = layer
    let products = inputProducts(input)
    // Computed once, and read by each time step.
    let recurrent = add("Transpose", [tensor(.recurrentWeight(layer: layer), shape: [model.cell.gateCount * units, units])], "recurrent")
    let starts = zip(["h", "c"], states).map { add("Squeeze", [$1, Self.layerAxis], "initial_\($0)") }
    let after = starts.indices.map { "\(prefix)final_\($0)" }
    let body = body(recurrent: recurrent, hasCellState: states.count > 1)
    nodes.append(
      ONNXMessages.node(
        "Scan", inputs: starts + [products], outputs: after + [output],
        attributes: [("body", .graph(body)), ("num_scan_inputs", .integer(1))]))
    for (state, final) in zip(after, finals) {
      nodes.append(ONNXMessages.node("Unsqueeze", inputs: [state, Self.layerAxis], outputs: [final]))
    }
  }

  // MARK: - Operators

  private var prefix: String { "layer_\(layer)_" }
  /// What names inside the Scan begin with: a graph's names must not be those of the graph around it.
  private var stepPrefix: String { "layer_\(layer)_step_" }

  /// Adds an operator outside the Scan, and returns the name of its output.
  private mutating func add(
    _ operation: String, _ inputs: [String], _ name: String, attributes: [(name: String, value: ONNXMessages.Attribute)] = []
  ) -> String {
    nodes.append(ONNXMessages.node(operation, inputs: inputs, outputs: [prefix + name], attributes: attributes))
    return prefix + name
  }

  /// Adds an operator of a time step, and returns the name of its output.
  private mutating func step(
    _ operation: String, _ inputs: [String], _ name: String, attributes: [(name: String, value: ONNXMessages.Attribute)] = []
  ) -> String {
    steps.append(ONNXMessages.node(operation, inputs: inputs, outputs: [stepPrefix + name], attributes: attributes))
    return stepPrefix + name
  }

  /// Adds a parameter's tensor, or some of its elements under another name, and returns the name.
  private mutating func tensor(_ parameter: Parameter, shape: [Int], from start: Int = 0, ending: String = "") -> String {
    let entry = weights.layout[parameter], first = entry.range.lowerBound + start, name = entry.name + ending
    let range = first..<first + shape.reduce(1, *)
    initializers.append(
      ONNXMessages.tensor(name, shape: shape, parts: [SavedTensor(name, [range.count], .buffer(weights.values, range))]))
    return name
  }

  /// (x - mean(x)) / √(variance(x) + ε) along an axis.
  private static func normal(_ x: String, axis: Int) -> (nodes: [ProtobufMessage], output: String) {
    func node(_ operation: String, _ inputs: [String], _ name: String) -> ProtobufMessage {
      let reduces = operation == "ReduceMean"
      return ONNXMessages.node(
        operation, inputs: inputs, outputs: ["\(x)_\(name)"], attributes: reduces ? [("axes", .integers([axis]))] : [])
    }
    let nodes = [
      node("ReduceMean", [x], "mean"), node("Sub", [x, "\(x)_mean"], "centred"),
      node("Mul", ["\(x)_centred", "\(x)_centred"], "square"), node("ReduceMean", ["\(x)_square"], "variance"),
      node("Add", ["\(x)_variance", epsilon], "padded"), node("Sqrt", ["\(x)_padded"], "deviation"),
      node("Div", ["\(x)_centred", "\(x)_deviation"], "normal"),
    ]
    return (nodes, "\(x)_normal")
  }

  /// gain N(x) outside the Scan.
  private mutating func addNormalized(_ x: String, gain: String, _ name: String) -> String {
    let normal = Self.normal(x, axis: 2)
    nodes += normal.nodes
    return add("Mul", [normal.output, gain], name)
  }

  /// gain N(x) in a time step.
  private mutating func stepNormalized(_ x: String, gain: String, _ name: String) -> String {
    let normal = Self.normal(x, axis: 1)
    steps += normal.nodes
    return step("Mul", [normal.output, gain], name)
  }

  // MARK: - The cells

  /// What a time step is given of x Wx: [time, lanes, G H].
  private mutating func inputProducts(_ input: String) -> String {
    let rows = model.cell.gateCount * units
    let weight = add("Transpose", [tensor(.inputWeight(layer: layer), shape: [rows, model.inputSize(layer: layer)])], "input_weight")
    var products = add("MatMul", [input, weight], "products")
    // A plain cell normalizes the sum with h' Wh, and adds the bias to that.
    if model.cell == .rnn { return products }
    if model.isNormalized {
      let gain = Parameter.inputGain(layer: layer)
      if model.cell == .gru {
        products = groups(products, axis: 2, outside: true) { cells, part, rows, name in
          let gain = cells.tensor(gain, shape: [rows.count], from: rows.lowerBound, ending: "_\(name)")
          return cells.addNormalized(part, gain: gain, "normal_products_\(name)")
        }
      } else {
        products = addNormalized(products, gain: tensor(gain, shape: [rows]), "normal_products")
      }
    }
    return add("Add", [products, tensor(.bias(layer: layer), shape: [rows])], "biased_products")
  }

  /// Cuts the products of a GRU into those of r and z and that of n, changes each and joins them again.
  private mutating func groups(
    _ products: String, axis: Int, outside: Bool,
    _ change: (_ cells: inout ONNXCells, _ part: String, _ rows: Range<Int>, _ name: String) -> String
  ) -> String {
    let names = ["gates", "candidate"], rows = [0..<2 * units, 2 * units..<3 * units]
    let sizes = "\(outside ? prefix : stepPrefix)sizes", parts = names.map { "\(products)_\($0)" }
    initializers.append(ONNXMessages.tensor(sizes, rows.map(\.count)))
    let split = ONNXMessages.node("Split", inputs: [products, sizes], outputs: parts, attributes: [("axis", .integer(axis))])
    if outside { nodes.append(split) } else { steps.append(split) }
    var changed: [String] = []
    for (index, name) in names.enumerated() { changed.append(change(&self, parts[index], rows[index], name)) }
    let attributes: [(name: String, value: ONNXMessages.Attribute)] = [("axis", .integer(axis))]
    return outside
      ? add("Concat", changed, "grouped_products", attributes: attributes)
      : step("Concat", changed, "grouped_products", attributes: attributes)
  }

  /// The graph of a time step: from the state and a row of what ``inputProducts(_:)`` made to the next state, and h again.
  private mutating func body(recurrent: String, hasCellState: Bool) -> ProtobufMessage {
    let h = stepPrefix + "h", c = stepPrefix + "c", x = stepPrefix + "x"
    let state = step("MatMul", [h, recurrent], "state_products")
    let next: [String]
    switch model.cell {
    case .lstm: next = lstm(x, state, previousCell: c)
    case .gru: next = [gru(x, state, previousHidden: h)]
    case .rnn: next = [rnn(x, state)]
    }
    // A value is one output only.
    let output = step("Identity", [next[0]], "output")
    func value(_ name: String, _ columns: Int) -> ProtobufMessage {
      ONNXMessages.value(name, .float, [.named("lanes"), .fixed(columns)])
    }
    return ONNXMessages.graph(
      name: stepPrefix + "graph", nodes: steps, initializers: [],
      inputs: (hasCellState ? [h, c] : [h]).map { value($0, units) } + [value(x, model.cell.gateCount * units)],
      outputs: (next + [output]).map { value($0, units) })
  }

  /// Names of some rows of a product, gate by gate.
  private mutating func split(_ products: String, _ names: [String]) -> [String] {
    let parts = names.map { stepPrefix + $0 }
    steps.append(ONNXMessages.node("Split", inputs: [products], outputs: parts, attributes: [("axis", .integer(1))]))
    return parts
  }

  /// h and c.
  private mutating func lstm(_ x: String, _ state: String, previousCell: String) -> [String] {
    var state = state
    if model.isNormalized {
      state = stepNormalized(state, gain: tensor(.recurrentGain(layer: layer), shape: [4 * units]), "normal_state")
    }
    let z = split(step("Add", [x, state], "z"), ["zi", "zf", "zg", "zo"])
    var input = step("Sigmoid", [z[0]], "i")
    let forget = step("Sigmoid", [z[1]], "f"), candidate = step("Tanh", [z[2]], "g"), output = step("Sigmoid", [z[3]], "o")
    if model.isInputCapped { input = step("Min", [input, step("Sub", [Self.one, forget], "room")], "capped") }
    let kept = step("Mul", [forget, previousCell], "kept"), added = step("Mul", [input, candidate], "added")
    let cell = step("Add", [kept, added], "next_c")
    var shown = cell
    if model.isNormalized {
      let scaled = stepNormalized(cell, gain: tensor(.cellGain(layer: layer), shape: [units]), "normal_c")
      shown = step("Add", [scaled, tensor(.cellBias(layer: layer), shape: [units])], "shown")
    }
    return [step("Mul", [output, step("Tanh", [shown], "tanh_c")], "next_h"), cell]
  }

  /// h of a unit with layer normalization.
  private mutating func gru(_ x: String, _ state: String, previousHidden: String) -> String {
    let gain = Parameter.recurrentGain(layer: layer)
    let normal = groups(state, axis: 1, outside: false) { cells, part, rows, name in
      let gain = cells.tensor(gain, shape: [rows.count], from: rows.lowerBound, ending: "_\(name)")
      return cells.stepNormalized(part, gain: gain, "normal_state_\(name)")
    }
    let a = split(x, ["ar", "az", "an"]), m = split(normal, ["mr", "mz", "mn"])
    let reset = step("Sigmoid", [step("Add", [a[0], m[0]], "zr")], "r")
    let update = step("Sigmoid", [step("Add", [a[1], m[1]], "zz")], "z")
    // The candidate has a bias with the state too, which follows the others.
    let bias = tensor(.bias(layer: layer), shape: [units], from: 3 * units, ending: "_state")
    let seen = step("Mul", [reset, step("Add", [m[2], bias], "m")], "seen")
    let candidate = step("Tanh", [step("Add", [a[2], seen], "zn")], "n")
    let difference = step("Sub", [previousHidden, candidate], "difference")
    return step("Add", [candidate, step("Mul", [update, difference], "kept")], "next_h")
  }

  /// h of a plain unit with layer normalization.
  private mutating func rnn(_ x: String, _ state: String) -> String {
    let sum = step("Add", [x, state], "sum")
    let normal = stepNormalized(sum, gain: tensor(.inputGain(layer: layer), shape: [units]), "normal_sum")
    return step("Tanh", [step("Add", [normal, tensor(.bias(layer: layer), shape: [units])], "z")], "next_h")
  }
}
