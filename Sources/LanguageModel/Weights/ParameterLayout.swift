/// A trained tensor of the model.
public enum Parameter: Sendable, Hashable {
  /// [V + C, E]: a row for each token and then for each control token; with tied weights the first V are the decoder's weight too.
  case embedding
  /// [G H, E] or [G H, H of the layer below]: Wx, its gates in PyTorch's order: of an LSTM i, f, g, o; of a GRU r, z, n.
  case inputWeight(layer: Int)
  /// [G H, H]: Wh.
  case recurrentWeight(layer: Int)
  /// [G H]: b; of a GRU [4H], since its candidate has one with the input and one with the state.
  case bias(layer: Int)
  /// [G H]: what the normalised x Wx is multiplied by, of a plain cell x Wx + h' Wh, where there is layer normalisation.
  case inputGain(layer: Int)
  /// [G H]: what the normalised h' Wh is multiplied by; a plain cell has none.
  case recurrentGain(layer: Int)
  /// [H]: what the normalised c of an LSTM is multiplied by before the output.
  case cellGain(layer: Int)
  /// [H]: what is added to it then.
  case cellBias(layer: Int)
  /// [H]: h before the first token, where it is learned.
  case initialHidden(layer: Int)
  /// [H]: c before the first token, where it is learned and there is one.
  case initialCell(layer: Int)
  /// [E, H]: from the last layer to a tied decoder, where E is not H.
  case projection
  /// [V, H]; with tied weights the embedding.
  case decoderWeight
  /// [V]
  case decoderBias

  /// PyTorch's name, used in files: layers of one size are one `nn.LSTM` or other module, others one each in an `nn.ModuleList`.
  package func name(in configuration: ModelConfiguration) -> String {
    switch self {
    case .embedding: "embedding.weight"
    case .inputWeight(let layer): configuration.name("weight_ih", layer: layer)
    case .recurrentWeight(let layer): configuration.name("weight_hh", layer: layer)
    case .bias(let layer): configuration.name("bias_ih", layer: layer)
    case .inputGain(let layer): configuration.name("gain_ih", layer: layer)
    case .recurrentGain(let layer): configuration.name("gain_hh", layer: layer)
    case .cellGain(let layer): configuration.name("gain_c", layer: layer)
    case .cellBias(let layer): configuration.name("bias_c", layer: layer)
    case .initialHidden(let layer): configuration.name("initial_h", layer: layer)
    case .initialCell(let layer): configuration.name("initial_c", layer: layer)
    case .projection: "projection.weight"
    case .decoderWeight: "decoder.weight"
    case .decoderBias: "decoder.bias"
    }
  }
}

extension ModelConfiguration {
  /// The name in files of a layer's tensor, which PyTorch calls `kind`.
  package func name(_ kind: String, layer: Int) -> String {
    Set(hiddenSizes).count == 1 ? "\(cell.rawValue).\(kind)_l\(layer)" : "\(cell.rawValue).\(layer).\(kind)_l0"
  }
}

/// Where each parameter lies in the one flat buffer that holds them all.
///
/// Gradients and RMSProp's running squares have the same layout. Every tensor starts on a 64-byte boundary; the gaps hold zeros and
/// stay zero, since their gradient is.
public struct ParameterLayout: Sendable, Hashable {
  /// A row of the table.
  public struct Entry: Sendable, Hashable {
    /// Which tensor.
    public let parameter: Parameter
    /// PyTorch's name, used in files.
    public let name: String
    /// Its sizes, outermost first.
    public let shape: [Int]
    /// Its elements in the flat buffer, row-major.
    public let range: Range<Int>
  }

  /// All parameters, in the order of the buffer.
  public let entries: [Entry]
  /// The length of the buffer, gaps included.
  public let count: Int

  /// The parameters between the embedding and the decoder: those of the layers, and the projection to a tied decoder. Each shard has a
  /// gradient of these.
  package let layerRange: Range<Int>
  /// Whether the decoder's weight is the embedding.
  package let isTied: Bool
  /// The rows of the embedding that are no rows of the decoder too: all of them, or with tied weights those of the control tokens.
  package let rowsOfInputsOnly: Range<Int>

  private let index: [Parameter: Int]
  /// The rows of a tied embedding that are the decoder's weight: those of the tokens that are predicted.
  private let tiedDecoder: Entry?

  /// The layout for a model of the given sizes.
  public init(_ configuration: ModelConfiguration) {
    let v = configuration.inputCount
    let e = configuration.embeddingSize
    let cell = configuration.cell
    var shapes: [(Parameter, [Int])] = [(.embedding, [v, e])]
    for (layer, h) in configuration.hiddenSizes.enumerated() {
      shapes.append((.inputWeight(layer: layer), [cell.gateCount * h, configuration.inputSize(layer: layer)]))
      shapes.append((.recurrentWeight(layer: layer), [cell.gateCount * h, h]))
      shapes.append((.bias(layer: layer), [cell.partCount * h]))
      if configuration.isNormalized {
        shapes.append((.inputGain(layer: layer), [cell.gateCount * h]))
        if !cell.normalizesSum { shapes.append((.recurrentGain(layer: layer), [cell.gateCount * h])) }
        if cell.hasCellState { shapes += [(.cellGain(layer: layer), [h]), (.cellBias(layer: layer), [h])] }
      }
      if configuration.isInitialStateLearned {
        shapes.append((.initialHidden(layer: layer), [h]))
        if cell.hasCellState { shapes.append((.initialCell(layer: layer), [h])) }
      }
    }
    if configuration.hasProjection { shapes.append((.projection, [e, configuration.outputSize])) }
    let decoder = configuration.decoder.parameters(configuration).filter { !configuration.isTied || $0.parameter != .decoderWeight }
    shapes += decoder.map { ($0.parameter, $0.shape) }
    var entries: [Entry] = []
    var end = 0
    for (parameter, shape) in shapes {
      let size = shape.reduce(1, *)
      entries.append(Entry(parameter: parameter, name: parameter.name(in: configuration), shape: shape, range: end..<end + size))
      end = (end + size + 15) & ~15
    }
    self.entries = entries
    count = end
    layerRange = entries[1].range.lowerBound..<entries[entries.count - decoder.count].range.lowerBound
    isTied = configuration.isTied
    rowsOfInputsOnly = (configuration.isTied ? configuration.vocabularySize : 0)..<configuration.inputCount
    index = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.parameter, $0) })
    let embedding = entries[0], predicted = configuration.vocabularySize
    tiedDecoder =
      configuration.isTied
      ? Entry(parameter: .embedding, name: embedding.name, shape: [predicted, e], range: 0..<predicted * e) : nil
  }

  /// The row of a parameter that the model has; of a tied decoder's weight that of the embedding, cut to the tokens that are predicted.
  public subscript(parameter: Parameter) -> Entry {
    if parameter == .decoderWeight, let tiedDecoder { return tiedDecoder }
    guard let row = index[parameter] else { preconditionFailure("the model has no parameter \(parameter)") }
    return entries[row]
  }
}
