internal import Files
private import Kernels
package import LanguageModel
package import SystemPackage

/// A PyTorch state_dict in a safetensors file, to be read as a language model of an embedding, recurrent layers and a decoder.
///
/// The layers' tensors are told by the names that `torch.nn.LSTM` gives them, and `nn.GRU` and `nn.RNN` too (the shapes tell which), whatever the module that holds it is called; layers of
/// different sizes are modules of one layer each in an `nn.ModuleList`. Of the matrices
/// besides, [V, E] is the embedding and [V, H] the decoder; where E is H, the one with `emb` or `encoder` in its name is the embedding.
/// Tied weights are one matrix that is both, or two that are the same; where E is not H, a third one of [E, H] is the projection between,
/// which has no bias. A vector of V is the decoder's bias, which may be missing. There are two biases a layer, of which Refrain needs the
/// sum, or one, or none; of a GRU's candidate it needs both. The gains of layer normalisation, which PyTorch's modules have not, are told by
/// the names that Refrain gives them. Nothing in the file is trusted.
package struct StateDictionary: ~Copyable {
  private let reader: SafetensorsReader
  private let path: String
  /// The model's sizes.
  package let configuration: ModelConfiguration
  /// The tensors whose sum each parameter is.
  private let sources: [Parameter: [SafetensorsHeader.Tensor]]

  /// Text by key, as the writer of the file left it.
  package var metadata: [String: String] { reader.header.metadata }

  /// - Parameter embedding: the name of the embedding, where it cannot be told.
  /// - Throws: `FileError`, `SafetensorsError`, `ModelError` or `InterchangeError`.
  package init(_ path: FilePath, embedding: String? = nil) throws {
    let reader = try SafetensorsReader(path)
    let tensors = reader.header.tensors
    let cells = try Cells(tensors, path: path.string)
    if let embedding, cells.names.contains(embedding), let tensor = tensors.first(where: { $0.name == embedding }) {
      throw InterchangeError.mismatch(
        path: path.string, tensor: embedding, expected: "the embedding", found: "\(tensor.dtype) \(tensor.shape) of the recurrent layers")
    }
    var others = tensors.filter { !cells.names.contains($0.name) }
    if let copy = try Self.copy(among: others, of: embedding, width: cells.inputSize, reader) { others.removeAll { $0 == copy } }
    let outer = try OuterTensors(
      others, inputSize: cells.inputSize, outputSize: cells.outputSize, embedding: embedding, path: path.string)
    var configuration = ModelConfiguration(
      vocabularySize: outer.embedding.shape[0], embeddingSize: cells.inputSize, hiddenSizes: cells.hiddenSizes,
      isTied: outer.decoder == nil, cell: cells.cell)
    configuration.isNormalized = cells.isNormalized
    try configuration.validate()
    var sources = cells.sources
    sources[.embedding] = [outer.embedding]
    sources[.projection] = outer.projection.map { [$0] }
    sources[.decoderWeight] = outer.decoder.map { [$0] }
    sources[.decoderBias] = outer.bias.map { [$0] } ?? []
    let layout = ParameterLayout(configuration)
    let known = Set(layout.entries.map(\.parameter))
    for entry in layout.entries where entry.parameter.isOfNormalization && sources[entry.parameter] == nil {
      throw InterchangeError.missing(path: path.string, tensor: entry.name)
    }
    for (parameter, tensors) in sources {
      if let tensor = tensors.first, !known.contains(parameter), parameter.isOfNormalization {
        throw InterchangeError.extra(path: path.string, tensor: tensor.name)
      }
      for tensor in tensors { try Self.check(tensor, shape: configuration.fileShape(layout[parameter]), path: path.string) }
    }
    (self.path, self.configuration, self.sources) = (path.string, configuration, sources)
    self.reader = reader
  }

  /// Of two matrices with the same shape and elements, as a state_dict has them where weights are tied, the one that is not to be kept.
  private static func copy(
    among tensors: [SafetensorsHeader.Tensor], of name: String?, width: Int, _ reader: borrowing SafetensorsReader
  ) throws -> SafetensorsHeader.Tensor? {
    let matrices = tensors.filter { $0.shape.count == 2 && $0.shape[1] == width }
    // More are no model that is known, and need not be read.
    if matrices.count > 3 { return nil }
    for (index, first) in matrices.enumerated() {
      for second in matrices[(index + 1)...] where second.shape == first.shape && second.dtype == first.dtype {
        if try reader.bytes(of: first) == reader.bytes(of: second) { return second.name == name ? first : second }
      }
    }
    return nil
  }

  private static func check(_ tensor: SafetensorsHeader.Tensor, shape: [Int], path: String) throws(InterchangeError) {
    guard tensor.shape == shape, ElementTypes.known.contains(tensor.dtype) else {
      throw .mismatch(path: path, tensor: tensor.name, expected: "F32 \(shape)", found: "\(tensor.dtype) \(tensor.shape)")
    }
  }

  /// Reads the weights.
  ///
  /// - Throws: `FileError`, or `ModelError` for a value that is not a finite number.
  package func weights() throws -> Weights {
    var weights = Weights(zeros: configuration)
    for entry in weights.layout.entries {
      for tensor in sources[entry.parameter] ?? [] {
        let elements = ElementTypes.floats(try reader.bytes(of: tensor), dtype: tensor.dtype)
        if case .bias(let layer) = entry.parameter {
          weights.addBias(elements, layer: layer, isSecond: tensor.name.contains("bias_hh"))
        } else {
          weights.add(elements, to: entry.range)
        }
        guard weights.values.isFinite(in: entry.range) else { throw ModelError.notFinite(path: path, tensor: tensor.name) }
      }
    }
    return weights
  }
}

/// The tensors of the recurrent layers.
private struct Cells {
  var sources: [Parameter: [SafetensorsHeader.Tensor]] = [:]
  var names: Set<String> = []
  var inputSize = 0
  var hiddenSizes: [Int] = []
  var cell = RecurrentCell.lstm
  var isNormalized: Bool { sources.keys.contains(where: \.isOfNormalization) }
  var outputSize: Int { hiddenSizes[hiddenSizes.count - 1] }

  init(_ tensors: [SafetensorsHeader.Tensor], path: String) throws(InterchangeError) {
    var module: Substring?, layerCount = 0, isList = false
    for tensor in tensors {
      let dot = tensor.name.lastIndex(of: ".").map { tensor.name.index(after: $0) } ?? tensor.name.startIndex
      guard let (kind, number) = Self.kind(tensor.name[dot...]) else { continue }
      // lstm.2.weight_ih_l0 is of the third of a list of modules with a layer each.
      var owner = tensor.name[..<dot], layer = number
      let place = Self.place(in: owner)
      if let place, layer == 0, module == nil || isList { (owner, layer, isList) = (place.list, place.number, true) }
      if module == nil { module = owner }
      guard module == owner else { throw .unsupported(path: path, tensor: tensor.name, what: "a second recurrent network") }
      guard let layer else { throw .unsupported(path: path, tensor: tensor.name, what: "a network \(kind)") }
      let parameter: Parameter =
        switch kind {
        case "weight_ih": .inputWeight(layer: layer)
        case "weight_hh": .recurrentWeight(layer: layer)
        case "gain_ih": .inputGain(layer: layer)
        case "gain_hh": .recurrentGain(layer: layer)
        case "gain_c": .cellGain(layer: layer)
        case "bias_c": .cellBias(layer: layer)
        default: .bias(layer: layer)
        }
      sources[parameter, default: []].append(tensor)
      names.insert(tensor.name)
      layerCount = max(layerCount, layer + 1)
    }
    guard let module else { throw .noLayers(path: path) }
    for layer in 0..<layerCount {
      for (parameter, name) in [(Parameter.inputWeight(layer: layer), "weight_ih_l"), (.recurrentWeight(layer: layer), "weight_hh_l")]
      where sources[parameter] == nil {
        throw .missing(path: path, tensor: isList ? "\(module)\(layer).\(name)0" : "\(module)\(name)\(layer)")
      }
    }
    for layer in 0..<layerCount {
      guard let input = sources[.inputWeight(layer: layer)]?.first, let recurrent = sources[.recurrentWeight(layer: layer)]?.first,
        recurrent.shape.count == 2, input.shape.count == 2
      else { throw .noLayers(path: path) }
      // A size that no model has must not get as far as a product.
      if let size = (recurrent.shape + input.shape).first(where: { !(1...4 * ModelConfiguration.largestSize).contains($0) }) {
        throw .mismatch(path: path, tensor: recurrent.name, expected: "of sizes from 1 up", found: "of size \(size)")
      }
      let hiddenSize = recurrent.shape[1]
      if layer == 0 { inputSize = input.shape[1] }
      hiddenSizes.append(hiddenSize)
      // The shapes of the other layers are checked against those of such cells.
      if layer == 0 { cell = RecurrentCell.allCases.first { $0.gateCount * hiddenSize == recurrent.shape[0] } ?? .lstm }
    }
  }

  /// The list and the place in it of a module whose name, with a dot at its end, is a number; nil of others.
  private static func place(in module: Substring) -> (list: Substring, number: Int)? {
    let name = module.dropLast(), dot = name.lastIndex(of: ".").map { name.index(after: $0) } ?? name.startIndex
    guard let number = number(name[dot...]) else { return nil }
    return (name[..<dot], number)
  }

  /// The number of a layer: no more than a model may have, so that a name cannot ask for memory.
  private static func number(_ text: Substring) -> Int? {
    Int(text).flatMap { (0..<ModelConfiguration.mostLayers).contains($0) && "\($0)" == text ? $0 : nil }
  }

  /// Which tensor of a layer a name is of; without a layer's number, what kind of network it is of. nil if it is of none.
  private static func kind(_ name: Substring) -> (kind: String, layer: Int?)? {
    if name.hasPrefix("weight_hr_l") { return ("with a projection (proj_size)", nil) }
    for kind in ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "gain_ih", "gain_hh", "gain_c", "bias_c"] where name.hasPrefix(kind + "_l")
    {
      let rest = name.dropFirst(kind.count + 2)
      if rest.hasSuffix("_reverse") { return ("in two directions", nil) }
      if let layer = number(rest) { return (kind, layer) }
    }
    return nil
  }
}

extension Parameter {
  /// Whether only a layer with layer normalisation has it.
  fileprivate var isOfNormalization: Bool {
    switch self {
    case .inputGain, .recurrentGain, .cellGain, .cellBias: true
    default: false
    }
  }
}

/// The tensors around the layers.
private struct OuterTensors {
  let embedding: SafetensorsHeader.Tensor
  /// nil: the embedding.
  let decoder: SafetensorsHeader.Tensor?
  /// Before a tied decoder.
  let projection: SafetensorsHeader.Tensor?
  let bias: SafetensorsHeader.Tensor?

  init(
    _ tensors: [SafetensorsHeader.Tensor], inputSize: Int, outputSize: Int, embedding name: String?, path: String
  ) throws(InterchangeError) {
    let matrices = tensors.filter { $0.shape.count == 2 }
    guard let first = matrices.first else { throw .missing(path: path, tensor: "embedding.weight") }
    if let third = matrices.dropFirst(2).first { throw .extra(path: path, tensor: third.name) }
    let last = matrices[matrices.count - 1]
    func mismatch(_ tensor: SafetensorsHeader.Tensor, expected: String) -> InterchangeError {
      .mismatch(path: path, tensor: tensor.name, expected: expected, found: "\(tensor.dtype) \(tensor.shape)")
    }
    if let name, !matrices.contains(where: { $0.name == name }) {
      if let other = tensors.first(where: { $0.name == name }) { throw mismatch(other, expected: "the embedding, a matrix") }
      throw .noSuchEmbedding(path: path, tensor: name, matrices: matrices.map(\.name))
    }
    func hasItsName(_ tensor: SafetensorsHeader.Tensor) -> Bool {
      let text = tensor.name.lowercased()
      return text.contains("emb") || text.contains("encoder")
    }
    func isEmbedding(_ tensor: SafetensorsHeader.Tensor) -> Bool {
      if let name { return tensor.name == name }
      return inputSize == outputSize ? hasItsName(tensor) : tensor.shape[1] == inputSize
    }
    if matrices.count == 1 {
      // One matrix for both can only be where both have the same shape.
      guard inputSize == outputSize else { throw .missing(path: path, tensor: isEmbedding(first) ? "decoder.weight" : "embedding.weight") }
      (embedding, decoder, projection) = (first, nil, nil)
    } else {
      if name == nil, inputSize != outputSize, !isEmbedding(first), !isEmbedding(last) {
        let likely = matrices.first(where: hasItsName) ?? first
        throw mismatch(likely, expected: "of \(inputSize) columns, as the first layer's input has,")
      }
      guard isEmbedding(first) != isEmbedding(last) else { throw .ambiguous(path: path, tensors: matrices.map(\.name)) }
      let (own, other) = isEmbedding(first) ? (first, last) : (last, first)
      embedding = own
      // A decoder has a row a token, a projection one a number of the embedding.
      let isProjection =
        inputSize != outputSize && other.shape == [inputSize, outputSize]
        && (other.shape[0] != own.shape[0] || other.name.lowercased().contains("proj"))
      (decoder, projection) = isProjection ? (nil, other) : (other, nil)
      if !isProjection, other.shape[0] != own.shape[0] {
        throw mismatch(other, expected: "of \(own.shape[0]) rows, as the embedding \(own.name) has,")
      }
    }
    let others = tensors.filter { $0.shape.count != 2 }
    let rows = (decoder ?? embedding).shape[0]
    let vector = others.first { $0.shape == [rows] }
    bias = vector
    if vector == nil, others.count == 1, others[0].shape.count == 1, others[0].name.hasSuffix("bias") {
      throw mismatch(others[0], expected: "F32 [\(rows)], the decoder's bias,")
    }
    if let extra = others.first(where: { $0 != vector }) { throw .extra(path: path, tensor: extra.name) }
  }
}
