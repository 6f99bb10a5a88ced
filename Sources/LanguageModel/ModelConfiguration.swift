/// The sizes of an LSTM language model: an embedding, layers of LSTM cells and a softmax decoder.
///
/// With tied weights the decoder's weight is the embedding; where E is not H, a linear projection without bias comes before the decoder
/// (Press and Wolf, "Using the output embedding to improve language models", 2017).
public struct ModelConfiguration: Sendable, Hashable, Codable {
  /// V: the number of tokens that the model knows.
  public var vocabularySize: Int
  /// E: the length of a token's embedding.
  public var embeddingSize: Int
  /// H: the number of units of each layer.
  public var hiddenSize: Int
  /// L: the number of LSTM layers.
  public var layerCount: Int
  /// Whether the decoder's weight is the embedding.
  public var isTied: Bool

  private enum CodingKeys: String, CodingKey {
    case vocabularySize = "vocabulary", embeddingSize = "embedding", hiddenSize = "hidden", layerCount = "layers", isTied = "tied"
  }

  /// - Precondition: all sizes are positive; sizes that a user gives go through ``validate()`` first.
  public init(vocabularySize: Int, embeddingSize: Int, hiddenSize: Int, layerCount: Int, isTied: Bool = false) {
    self.vocabularySize = vocabularySize
    self.embeddingSize = embeddingSize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.isTied = isTied
  }

  /// Options that are missing have their defaults: older files have no such keys.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      vocabularySize: try values.decode(Int.self, forKey: .vocabularySize),
      embeddingSize: try values.decode(Int.self, forKey: .embeddingSize),
      hiddenSize: try values.decode(Int.self, forKey: .hiddenSize), layerCount: try values.decode(Int.self, forKey: .layerCount),
      isTied: try values.decodeIfPresent(Bool.self, forKey: .isTied) ?? false)
  }

  /// The most that any one size may be, so that no product of three overflows.
  public static let largestSize = 1 << 20

  /// - Throws: `ModelError.invalidSize` for a size that is not in 1...`largestSize`, or sizes that make more than 2^34 parameters.
  public func validate() throws(ModelError) {
    let sizes = [
      ("vocabulary", vocabularySize), ("embedding", embeddingSize), ("hidden", hiddenSize), ("layers", layerCount),
    ]
    for (name, size) in sizes where size < 1 || size > Self.largestSize {
      throw .invalidSize(name: name, found: size, largest: Self.largestSize)
    }
    if layerCount > 64 { throw .invalidSize(name: "layers", found: layerCount, largest: 64) }
    let count = parameterCount
    if count > 1 << 34 { throw .tooManyParameters(count) }
  }

  /// The number of trained weights, without padding.
  public var parameterCount: Int {
    var count = vocabularySize * embeddingSize + (isTied ? 0 : vocabularySize * hiddenSize) + vocabularySize
    if hasProjection { count += embeddingSize * hiddenSize }
    for layer in 0..<layerCount { count += 4 * hiddenSize * (inputSize(layer: layer) + hiddenSize + 1) }
    return count
  }

  /// The length of a layer's input: E for the first, H above.
  package func inputSize(layer: Int) -> Int { layer == 0 ? embeddingSize : hiddenSize }

  /// Whether a projection [E, H] stands between the last layer and the decoder.
  package var hasProjection: Bool { isTied && embeddingSize != hiddenSize }

  /// The length of what the decoder reads.
  package var decoderInputSize: Int { isTied ? embeddingSize : hiddenSize }
}
