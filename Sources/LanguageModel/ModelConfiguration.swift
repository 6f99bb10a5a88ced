/// What a language model is made of: an embedding, layers of LSTM or other recurrent cells, and a softmax over the vocabulary.
///
/// With tied weights the decoder's weight is the embedding; where E is not H, a linear projection without bias comes before the decoder
/// (Press and Wolf, "Using the output embedding to improve language models", 2017).
public struct ModelConfiguration: Sendable, Hashable {
  /// V: the number of tokens that the model knows.
  public var vocabularySize: Int
  /// E: the length of a token's embedding.
  public var embeddingSize: Int
  /// H: the number of units of each layer, from the first to the last.
  public var hiddenSizes: [Int]
  /// Whether the decoder's weight is the embedding.
  public var isTied: Bool
  /// What the units of the layers are.
  public var cell: RecurrentCell
  /// Whether the state that a text starts from is trained, and not zeros.
  public var isInitialStateLearned = false
  /// Whether there is layer normalisation inside the cells: see the article Cells.
  public var isNormalized = false
  /// Whether the input gates of an LSTM are at most 1 - f: see the article Cells.
  public var isInputCapped = false
  /// Whether the decoder, or the projection before it, reads the sum of all layers' outputs, and not the last one's: see the article Cells.
  /// With one layer it makes no difference.
  public var sumsOutputs = false
  /// C: the number of control tokens, which the model reads and never predicts. Their numbers follow those of the vocabulary.
  public var controlCount = 0

  /// - Precondition: all sizes are positive; sizes that a user gives go through ``validate()`` first.
  public init(vocabularySize: Int, embeddingSize: Int, hiddenSizes: [Int], isTied: Bool = false, cell: RecurrentCell = .lstm) {
    self.vocabularySize = vocabularySize
    self.embeddingSize = embeddingSize
    self.hiddenSizes = hiddenSizes
    self.isTied = isTied
    self.cell = cell
  }

  /// A model whose layers are all of one size.
  ///
  /// - Precondition: as for ``init(vocabularySize:embeddingSize:hiddenSizes:isTied:cell:)``; the number of layers is not negative, and no
  ///   larger than a list may be.
  public init(
    vocabularySize: Int, embeddingSize: Int, hiddenSize: Int, layerCount: Int, isTied: Bool = false, cell: RecurrentCell = .lstm
  ) {
    self.init(
      vocabularySize: vocabularySize, embeddingSize: embeddingSize, hiddenSizes: Array(repeating: hiddenSize, count: layerCount),
      isTied: isTied, cell: cell)
  }

  /// L: the number of layers.
  public var layerCount: Int { hiddenSizes.count }
  /// V + C: the number of tokens that the model reads. Each has a row of the embedding.
  public var inputCount: Int { vocabularySize + controlCount }

  /// The most that any one size may be, so that no product of three overflows.
  public static let largestSize = 1 << 20
  /// The most layers.
  public static let mostLayers = 64

  /// - Throws: `ModelError.invalidSize` for a size that is not in 1...`largestSize`, `.tooManyParameters` for sizes that make more than
  ///   2^34 parameters, `.cappedInput` or `.outputSum` for an option that the cells or the sizes do not go with.
  public func validate() throws(ModelError) {
    try Self.check(layerCount: layerCount)
    let sizes = [("vocabulary", vocabularySize), ("embedding", embeddingSize)] + hiddenSizes.map { ("hidden", $0) }
    for (name, size) in sizes where size < 1 || size > Self.largestSize {
      throw .invalidSize(name: name, found: size, largest: Self.largestSize)
    }
    if controlCount < 0 || controlCount > Self.largestSize {
      throw .invalidSize(name: "controls", found: controlCount, largest: Self.largestSize)
    }
    if isInputCapped, !cell.hasInputGate { throw .cappedInput(cell: cell.rawValue) }
    if sumsOutputs, Set(hiddenSizes).count > 1 { throw .outputSum(hidden: hiddenSizes) }
    let count = parameterCount
    if count > 1 << 34 { throw .tooManyParameters(count) }
  }

  fileprivate static func check(layerCount: Int) throws(ModelError) {
    if !(1...mostLayers).contains(layerCount) { throw .invalidSize(name: "layers", found: layerCount, largest: mostLayers) }
  }

  /// The number of trained weights, without padding.
  public var parameterCount: Int {
    var count = inputCount * embeddingSize
    for (parameter, shape) in decoder.parameters(self) where !isTied || parameter != .decoderWeight { count += shape.reduce(1, *) }
    if hasProjection { count += embeddingSize * outputSize }
    for (layer, h) in hiddenSizes.enumerated() { count += h * (cell.gateCount * (inputSize(layer: layer) + h) + cell.partCount) }
    if isNormalized { count += hiddenSizes.reduce(0, +) * cell.normalizationVectors }
    if isInitialStateLearned { count += hiddenSizes.reduce(0, +) * cell.stateCount }
    return count
  }

  /// The length of a layer's input: E for the first, H of the layer below for others.
  package func inputSize(layer: Int) -> Int { layer == 0 ? embeddingSize : hiddenSizes[layer - 1] }

  /// Whether a version that does not know all options would read the model and compute something else from the same tensors.
  package var needsExtendedFormat: Bool { isInputCapped || sumsOutputs }

  /// Whether there is a sum of several layers' outputs.
  package var hasOutputSum: Bool { sumsOutputs && layerCount > 1 }

  /// The length of the last layer's output.
  package var outputSize: Int { hiddenSizes[hiddenSizes.count - 1] }

  /// The length of the longest layer's output.
  package var widestHidden: Int { hiddenSizes.max() ?? 0 }

  /// Numbers that a layer keeps of each unit at each position.
  package var activationsPerUnit: Int {
    // With layer normalisation the products are kept too.
    cell.partCount + cell.stateCount + (isNormalized ? cell.normalizedProducts : 0)
  }

  /// Whether a projection [E, H] stands between the layers and the decoder.
  package var hasProjection: Bool { isTied && embeddingSize != outputSize }

  /// The length of what the decoder reads.
  package var decoderInputSize: Int { isTied ? embeddingSize : outputSize }
}

/// In JSON, `hidden` is a number where all layers have as many units, else a list.
extension ModelConfiguration: Codable {
  private enum CodingKeys: String, CodingKey {
    case vocabularySize = "vocabulary", embeddingSize = "embedding", hiddenSizes = "hidden", layerCount = "layers", isTied = "tied", cell
    case isInitialStateLearned = "learned_state", isNormalized = "layer_norm", controlCount = "controls"
    case isInputCapped = "capped_input", sumsOutputs = "output_sum"
  }

  /// Options that are missing have their defaults: older files have no such keys.
  ///
  /// - Throws: `DecodingError`, or `ModelError` for layers that cannot be.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let vocabulary = try values.decode(Int.self, forKey: .vocabularySize), embedding = try values.decode(Int.self, forKey: .embeddingSize)
    let hidden = try values.decode(HiddenSizes.self, forKey: .hiddenSizes), layers = try values.decode(Int.self, forKey: .layerCount)
    // Before there is a list of so many.
    try Self.check(layerCount: layers)
    if case .each(let sizes) = hidden, sizes.count != layers { throw ModelError.layersDisagree(layers: layers, hidden: sizes) }
    self.init(
      vocabularySize: vocabulary, embeddingSize: embedding, hiddenSizes: hidden.resolved(layerCount: layers),
      isTied: try values.decodeIfPresent(Bool.self, forKey: .isTied) ?? false,
      cell: try values.decodeIfPresent(RecurrentCell.self, forKey: .cell) ?? .lstm)
    isInitialStateLearned = try values.decodeIfPresent(Bool.self, forKey: .isInitialStateLearned) ?? false
    isNormalized = try values.decodeIfPresent(Bool.self, forKey: .isNormalized) ?? false
    isInputCapped = try values.decodeIfPresent(Bool.self, forKey: .isInputCapped) ?? false
    sumsOutputs = try values.decodeIfPresent(Bool.self, forKey: .sumsOutputs) ?? false
    controlCount = try values.decodeIfPresent(Int.self, forKey: .controlCount) ?? 0
  }

  /// Writes all sizes and options.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(vocabularySize, forKey: .vocabularySize)
    try values.encode(embeddingSize, forKey: .embeddingSize)
    try values.encode(HiddenSizes(hiddenSizes), forKey: .hiddenSizes)
    try values.encode(layerCount, forKey: .layerCount)
    try values.encode(isTied, forKey: .isTied)
    try values.encode(cell, forKey: .cell)
    try values.encode(isInitialStateLearned, forKey: .isInitialStateLearned)
    try values.encode(isNormalized, forKey: .isNormalized)
    // Earlier versions refuse the format of files with one of these.
    if isInputCapped { try values.encode(isInputCapped, forKey: .isInputCapped) }
    if sumsOutputs { try values.encode(sumsOutputs, forKey: .sumsOutputs) }
    if controlCount > 0 { try values.encode(controlCount, forKey: .controlCount) }
  }
}
