private import Kernels

/// Draws tokens from logits.
package struct Sampler: Sendable {
  private let sampling: Sampling
  private var generator: SeededGenerator

  /// - Precondition: the settings are valid.
  package init(_ sampling: Sampling, seed: UInt64) {
    self.sampling = sampling
    generator = SeededGenerator(seed: seed, stream: 1 << 32)
  }

  /// The next token.
  ///
  /// - Parameters:
  ///   - logits: one a token of the vocabulary.
  ///   - excluded: tokens that may not be chosen, whatever their logits; at least one token must be left.
  package mutating func next(_ logits: [Float], excluding excluded: Set<Int32> = []) -> Int32 {
    let candidates = logits.indices.filter { !excluded.contains(Int32($0)) }
    precondition(!candidates.isEmpty, "there is no token left to choose")
    // The lower id first among equals, so that a choice does not depend on a sort's whims.
    func isLikelier(_ a: Int, _ b: Int) -> Bool { (logits[b], a) < (logits[a], b) }
    // A temperature so small that its inverse overflows comes to the same.
    if sampling.temperature < .leastNormalMagnitude { return Int32(candidates.min(by: isLikelier) ?? candidates[0]) }

    var chosen = candidates
    if sampling.topK != nil || sampling.topP != nil { chosen.sort(by: isLikelier) }
    if let topK = sampling.topK { chosen.removeLast(max(0, chosen.count - topK)) }
    var probabilities = SoftmaxCrossEntropy.probabilities(of: chosen.map { logits[$0] }, temperature: sampling.temperature)
    if let topP = sampling.topP {
      var sum: Float = 0
      let count = probabilities.firstIndex { probability in
        sum += probability
        return sum >= topP
      }
      if let count { probabilities.removeLast(probabilities.count - count - 1) }
    }
    var point = generator.uniformDouble() * probabilities.reduce(0) { $0 + Double($1) }
    for (token, probability) in zip(chosen, probabilities) {
      point -= Double(probability)
      if point < 0 { return Int32(token) }
    }
    // Rounding left a sliver beyond the last candidate with any probability.
    let last = probabilities.lastIndex { $0 > 0 } ?? 0
    return Int32(chosen[last])
  }
}
