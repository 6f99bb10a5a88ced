private import Foundation
package import Kernels
package import Models

/// The neural cache of one text that is being written. It is a value, so that a text can be forked.
package struct StreamCache: Sendable {
  private let settings: NeuralCache
  private var memory: CacheMemory
  /// What the decoder read last: the position whose next token the network has not read yet.
  private var last: [Float] = []

  init(_ cache: WritingCache) { self.init(cache.settings, cache.memory) }

  package init(_ settings: NeuralCache, _ memory: CacheMemory) {
    self.settings = settings
    self.memory = memory
  }

  /// Takes a token that the network has read, which is what followed the position before it.
  ///
  /// - Parameters:
  ///   - input: what the decoder reads after the token: [1, D].
  ///   - vocabularySize: tokens from here on are control tokens, which are not remembered.
  package mutating func read(_ token: Int32, _ input: MatrixView, vocabularySize: Int) {
    if !last.isEmpty { memory.append(last, followedBy: [Int(token) < vocabularySize ? token : -1]) }
    last = input.elements
  }

  /// Mixes the cache into the logits of the next token: up to a constant, those of `(1 - λ) p_model + λ p_cache`.
  ///
  /// - Parameters:
  ///   - logits: [1, V], changed in place.
  ///   - scratch: [1, V], overwritten.
  package func mix(into logits: Matrix, scratch: Matrix) {
    guard settings.weight > 0, !last.isEmpty else { return }
    let remembered = memory.distribution(last, flatness: settings.flatness)
    guard !remembered.isEmpty else { return }
    scratch.copy(from: logits.view)
    TokenChoice.softmax(scratch, temperature: 1)
    // ln Σ exp(z), by a token whose probability is no rounding error.
    let likeliest = TokenChoice.find(atLeast: TokenChoice.largest(logits.view), in: logits.view)
    guard likeliest < logits.columns else { return }
    let logSum = Double(logits[0, likeliest]) - log(Double(scratch[0, likeliest]))
    let odds = settings.weight / (1 - settings.weight)
    for (token, probability) in remembered {
      let own = exp(Double(logits[0, Int(token)]) - logSum)
      logits[0, Int(token)] = Float(logSum + log(own + odds * probability))
    }
  }
}
