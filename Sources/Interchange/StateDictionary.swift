internal import Files
private import Kernels
package import LanguageModel
internal import Models
package import SystemPackage

/// A PyTorch state_dict in a safetensors file, to be read as a language model of an embedding, recurrent layers and a decoder.
///
/// Names are compared without what wrappers add to them (see ``TensorName``). The layers' tensors are told by the names that
/// `torch.nn.LSTM` gives them, and `nn.GRU` and `nn.RNN` too (the shapes tell which), whatever the module that holds it is called; layers
/// of different sizes are modules of one layer each in an `nn.ModuleList`, as in AWD-LSTM. Of a tensor with weight dropout, `_raw` is
/// read and the copy beside it is not; the copy of the embedding in its dropout is compared with the embedding. Of the matrices besides,
/// [V, E] is the embedding and [V, H] the decoder; where E is H, the one with `emb` or `encoder` in its name is the embedding. Tied
/// weights are one matrix that is both, or two that are the same; where E is not H, a third one of [E, H] is the projection between,
/// which has no bias. A vector of V is the decoder's bias, which may be missing. There are two biases a layer, of which Refrain needs the
/// sum, or one, or none; of a GRU's candidate it needs both. The gains of layer normalisation, which PyTorch's modules have not, are told
/// by the names that Refrain gives them. Nothing in the file is trusted.
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
    let reader = try Self.open(path)
    let tensors = reader.header.tensors
    let cells = try Cells(tensors, path: path.string)
    if let embedding, cells.names.contains(embedding), let tensor = tensors.first(where: { $0.name == embedding }) {
      throw InterchangeError.mismatch(
        path: path.string, tensor: embedding, expected: "the embedding", found: "\(tensor.dtype) \(tensor.shape) of the recurrent layers")
    }
    var others = tensors.filter { !cells.names.contains($0.name) }
    let copies = try Self.dropoutCopies(among: others, path: path.string, reader)
    others.removeAll { copies.contains($0.name) }
    if let copy = try Self.copy(among: others, of: embedding, width: cells.inputSize, reader) { others.removeAll { $0 == copy } }
    let outer = try OuterTensors(
      others, inputSize: cells.inputSize, outputSize: cells.outputSize, embedding: embedding, path: path.string)
    var configuration = ModelConfiguration(
      vocabularySize: outer.embedding.shape[0], embeddingSize: cells.inputSize, hiddenSizes: cells.hiddenSizes,
      isTied: outer.decoder == nil, cell: cells.cell)
    configuration.isNormalized = cells.isNormalized
    configuration.update(from: reader.header.metadata)
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
    self.path = path.string
    self.configuration = configuration
    self.sources = sources
    self.reader = reader
  }

  /// - Throws: `FileError`, `SafetensorsError`, or `InterchangeError` for a file of PyTorch's own format.
  private static func open(_ path: FilePath) throws -> SafetensorsReader {
    do {
      return try SafetensorsReader(path)
    } catch SafetensorsError.headerTooLong(let name, let limit, let found) {
      // The first bytes of another format are a length beyond all bounds.
      guard let kind = try PickleFile(path) else { throw SafetensorsError.headerTooLong(path: name, limit: limit, found: found) }
      if kind == .other { throw InterchangeError.pickle(path: name) }
      var converted = path
      converted.extension = "safetensors"
      throw InterchangeError.torchFile(path: name, isLegacy: kind == .legacy, converted: converted.string)
    }
  }

  /// The names of the embedding's copies in modules for dropout, which must have the same elements as the embedding beside them.
  private static func dropoutCopies(
    among tensors: [SafetensorsHeader.Tensor], path: String, _ reader: borrowing SafetensorsReader
  ) throws -> Set<String> {
    let names = tensors.map { TensorName($0.name) }
    let places = Dictionary(zip(names.map(\.path), tensors.indices)) { first, _ in first }
    var copies: Set<String> = []
    for (name, tensor) in zip(names, tensors) {
      guard let place = name.embeddingOfDropout.flatMap({ places[$0] }) else { continue }
      let embedding = tensors[place]
      func mismatch(_ found: String) -> InterchangeError {
        .mismatch(
          path: path, tensor: tensor.name, expected: "the same as \(embedding.name), of which embedding dropout keeps a copy,", found: found
        )
      }
      guard tensor.shape == embedding.shape, tensor.dtype == embedding.dtype else { throw mismatch("\(tensor.dtype) \(tensor.shape)") }
      guard try reader.bytes(of: tensor) == reader.bytes(of: embedding) else { throw mismatch("of other numbers") }
      copies.insert(tensor.name)
    }
    return copies
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
      embedding = first
      decoder = nil
      projection = nil
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
