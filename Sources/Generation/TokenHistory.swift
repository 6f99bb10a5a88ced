internal import Corpora
internal import Kernels

/// The tokens of a text so far, and what they make less likely or forbid.
struct TokenHistory: Sendable {
  private let sampling: Sampling
  /// Tokens without a penalty: line ends, which are the shape of a song and no choice of words.
  private let exempt: [TokenID]
  private var counts: [TokenID: Int] = [:]
  /// The last n - 1 tokens, of an n-gram that may not come twice.
  private var recent: [TokenID] = []
  /// What came after each sequence of n - 1 tokens.
  private var followers: [[TokenID]: Set<TokenID>] = [:]

  init(_ sampling: Sampling, exempt: [TokenID]) {
    self.sampling = sampling
    self.exempt = exempt
  }

  mutating func append(_ token: TokenID) {
    if sampling.repetitionPenalty != 1 || sampling.frequencyPenalty != 0, !exempt.contains(token) { counts[token, default: 0] += 1 }
    guard let n = sampling.noRepeatNgram else { return }
    if recent.count == n - 1 { followers[recent, default: []].insert(token) }
    recent.append(token)
    if recent.count > n - 1 { recent.removeFirst() }
  }

  /// Changes the logits of the next token: [1, V].
  func apply(to logits: Matrix) {
    for (token, count) in counts {
      let column = Int(token), value = logits[0, column]
      let scaled = value > 0 ? value / sampling.repetitionPenalty : value * sampling.repetitionPenalty
      logits[0, column] = scaled - Float(count) * sampling.frequencyPenalty
    }
    if let n = sampling.noRepeatNgram, recent.count == n - 1 {
      for token in followers[recent] ?? [] { logits[0, Int(token)] = -.infinity }
    }
  }
}
