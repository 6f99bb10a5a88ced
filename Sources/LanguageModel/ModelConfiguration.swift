/// The sizes of an LSTM language model: an embedding, layers of LSTM cells and a softmax decoder.
public struct ModelConfiguration: Sendable, Hashable, Codable {
  /// V: the number of tokens that the model knows.
  public var vocabularySize: Int
  /// E: the length of a token's embedding.
  public var embeddingSize: Int
  /// H: the number of units of each layer.
  public var hiddenSize: Int
  /// L: the number of LSTM layers.
  public var layerCount: Int

  private enum CodingKeys: String, CodingKey {
    case vocabularySize = "vocabulary", embeddingSize = "embedding", hiddenSize = "hidden", layerCount = "layers"
  }

  /// - Precondition: all sizes are positive; sizes that a user gives go through ``validate()`` first.
  public init(vocabularySize: Int, embeddingSize: Int, hiddenSize: Int, layerCount: Int) {
    self.vocabularySize = vocabularySize
    self.embeddingSize = embeddingSize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
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
    var count = vocabularySize * embeddingSize + vocabularySize * hiddenSize + vocabularySize
    for layer in 0..<layerCount { count += 4 * hiddenSize * (inputSize(layer: layer) + hiddenSize + 1) }
    return count
  }

  /// The length of a layer's input: E for the first, H above.
  package func inputSize(layer: Int) -> Int { layer == 0 ? embeddingSize : hiddenSize }
}
