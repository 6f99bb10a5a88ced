public import Corpora
internal import Kernels
public import LanguageModel
public import Models

/// A neural cache for writing, with what it remembers before the text begins. It belongs to models of the sizes of the one that made it.
///
/// ```swift
/// let cache = try model.writingCache(NeuralCache(), filledWith: song)
/// print(try model.generate(prompt: "The river", cache: cache, seed: 7))
/// ```
public struct WritingCache: Sendable {
  /// Its size, flatness and weight.
  public let settings: NeuralCache
  let memory: CacheMemory
}

extension Model {
  /// Tokens that are read before the first that a cache remembers.
  private static var contextOfCache: Int { 1_000 }

  /// Makes a cache for writing: the text that is written, its prompt included, is remembered as it comes.
  ///
  /// - Parameters:
  ///   - settings: the cache.
  ///   - text: songs whose last positions are remembered from the beginning, so that what is written resembles them; nil: none.
  ///   - products: which code computes the products.
  /// - Throws: `SettingError` for settings that cannot be.
  public func writingCache(
    _ settings: NeuralCache, filledWith text: EncodedSongs? = nil, products: ProductKernel = .packed
  ) throws -> WritingCache {
    try settings.validate()
    var memory = CacheMemory(size: settings.size, width: weights.configuration.decoderInputSize)
    let tokens: [TokenID]
    if let text, let conditions {
      tokens = text.controlled(by: conditions, firstControl: TokenID(tokenizer.vocabulary.count)).tokens
    } else {
      tokens = text?.tokens ?? []
    }
    guard tokens.count > 1 else { return WritingCache(settings: settings, memory: memory) }
    // Positions that the cache would forget again are not read, but for some context.
    let first = max(0, tokens.count - 1 - settings.size - Self.contextOfCache)
    let network = SamplingNetwork(SamplingWeights(weights, products: products), lanes: 1)
    for (token, next) in zip(tokens[first...], tokens[(first + 1)...]) {
      network.read([token])
      memory.append(network.decoderInput(lanes: 1).elements, followedBy: [Int(next) < tokenizer.vocabulary.count ? next : -1])
    }
    return WritingCache(settings: settings, memory: memory)
  }
}
