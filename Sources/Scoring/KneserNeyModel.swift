public import Corpora
private import Foundation

/// An n-gram language model: counts of up to `order` tokens in a row, smoothed by interpolated, modified Kneser-Ney.
///
/// It is what a recurrent network has to beat, and `order` 1 is the unigram model: how often each token comes, whatever stands before it.
/// Source: Chen and Goodman, "An empirical study of smoothing techniques for language modeling", 1999, section 3.
/// ```
/// p(w | h) = max(c(h w) - D(c(h w)), 0) / c(h) + g(h) p(w | h')        h' is h without its first token; p(w | h') of no h is 1 / V
/// g(h)     = (D(1) n1(h) + D(2) n2(h) + D(3) n3(h)) / c(h)             n1, n2, n3: tokens that follow h once, twice, more often
/// ```
/// c counts occurrences for the longest n-grams, and for shorter ones the distinct tokens that stand before them; c(h) is its sum over w.
/// Memory is some 60 bytes a distinct n-gram: a trigram model of a million tokens takes about 100 MiB.
public struct KneserNeyModel: Sendable {
  /// The most tokens in a row that are counted.
  public let order: Int
  /// V: the number of tokens that there may be.
  public let vocabularySize: Int
  /// The n-grams of 1, 2, ... `order` tokens.
  private var levels: [Level]

  /// n-grams of one length, numbered in the order in which they were first seen.
  fileprivate struct Level {
    /// By the number of the n-gram without its last token, and that token.
    var numbers: [UInt64: Int32] = [:]
    /// c of each.
    var counts: [Int32] = []
    /// The n-gram without its last token, by its number.
    var contexts: [Int32] = []
    /// c(h), n1(h), n2(h) and n3(h) by the number of h, one token shorter.
    var followers: [Followers] = []
    /// D(1), D(2) and D(3), for 3 and more.
    var discounts = [0.0, 0.0, 0.0]

    func number(_ context: Int32, _ token: TokenID) -> Int32? { numbers[Self.key(context, token)] }

    static func key(_ context: Int32, _ token: TokenID) -> UInt64 {
      UInt64(UInt32(bitPattern: context)) << 32 | UInt64(UInt32(bitPattern: token))
    }
  }

  fileprivate struct Followers {
    var total = 0.0
    /// Tokens that follow once, twice, more often.
    var types = [0.0, 0.0, 0.0]
  }

  /// Counts the n-grams of a text.
  ///
  /// - Precondition: the order is from 1 to 8, the tokens are 0..<`vocabularySize`, and there are fewer than 2^31.
  public init(order: Int, tokens: [TokenID], vocabularySize: Int) {
    precondition((1...8).contains(order) && vocabularySize > 0 && tokens.count < Int(Int32.max), "an n-gram has 1 to 8 tokens")
    self.order = order
    self.vocabularySize = vocabularySize
    levels = (0..<order).map { _ in Level() }
    count(tokens)
    for index in levels.indices { levels[index].finish(contexts: index == 0 ? 1 : levels[index - 1].counts.count) }
  }

  private mutating func count(_ tokens: [TokenID]) {
    // The numbers of the n-grams of length 0, 1, ... that end at the token before, and at this one.
    var before: [Int32] = [0], here: [Int32] = []
    for token in tokens {
      precondition(token >= 0 && token < vocabularySize, "token \(token) is outside the vocabulary of \(vocabularySize)")
      here = [0]
      for length in 1...min(order, before.count) {
        let key = Level.key(before[length - 1], token)
        if let number = levels[length - 1].numbers[key] {
          here.append(number)
          if length == order { levels[length - 1].counts[Int(number)] += 1 }
        } else {
          let number = Int32(levels[length - 1].counts.count)
          levels[length - 1].numbers[key] = number
          levels[length - 1].contexts.append(before[length - 1])
          levels[length - 1].counts.append(length == order ? 1 : 0)
          here.append(number)
          // One more token that stands before the n-gram that is one shorter.
          if length > 1 { levels[length - 2].counts[Int(here[length - 1])] += 1 }
        }
      }
      before = here.count > order ? Array(here.dropLast()) : here
    }
  }

  /// The probability of each token of the passages but their first ones, as its cross-entropy in nats, by position; nil elsewhere.
  ///
  /// The context never reaches beyond the beginning of a passage, as a network's does not.
  public func nats(of tokens: [TokenID], in passages: [Range<Int>]) -> [Double?] {
    var nats = [Double?](repeating: nil, count: tokens.count)
    for passage in passages {
      var contexts: [Int32] = [0]
      for position in passage {
        let token = tokens[position]
        if position > passage.lowerBound { nats[position] = -log(probability(of: token, afterNumbers: contexts)) }
        contexts = self.contexts(after: contexts, token)
      }
    }
    return nats
  }

  /// p(token | context), from the token's vocabulary and the tokens before it, the nearest last.
  public func probability(of token: TokenID, after context: [TokenID]) -> Double {
    var contexts: [Int32] = [0]
    for token in context.suffix(order - 1) { contexts = self.contexts(after: contexts, token) }
    return probability(of: token, afterNumbers: contexts)
  }

  /// The numbers of the known contexts of length 0, 1, ... after one more token.
  private func contexts(after contexts: [Int32], _ token: TokenID) -> [Int32] {
    var result: [Int32] = [0]
    for (length, context) in contexts.enumerated() where length + 1 < order {
      // A context that was never seen has no longer one that was.
      guard let number = levels[length].number(context, token) else { break }
      result.append(number)
    }
    return result
  }

  private func probability(of token: TokenID, afterNumbers contexts: [Int32]) -> Double {
    var probability = 1 / Double(vocabularySize)
    for (level, context) in zip(levels, contexts) {
      let followers = level.followers[Int(context)]
      if followers.total == 0 { continue }
      let count = level.number(context, token).map { Double(level.counts[Int($0)]) } ?? 0
      let kept = count == 0 ? 0 : count - level.discounts[min(Int(count), 3) - 1]
      let given = zip(level.discounts, followers.types).reduce(0) { $0 + $1.0 * $1.1 }
      probability = (kept + given * probability) / followers.total
    }
    return probability
  }
}

extension KneserNeyModel.Level {
  /// Sums up what follows each context, and estimates the discounts.
  fileprivate mutating func finish(contexts count: Int) {
    followers = [KneserNeyModel.Followers](repeating: .init(), count: count)
    // How many n-grams have a count of 1, 2, 3 and 4.
    var counted = [0.0, 0.0, 0.0, 0.0]
    for (context, count) in zip(contexts, counts) where count > 0 {
      followers[Int(context)].total += Double(count)
      followers[Int(context)].types[min(Int(count), 3) - 1] += 1
      if count <= 4 { counted[Int(count) - 1] += 1 }
    }
    guard counted[0] > 0 else { return discounts = [0.5, 0.5, 0.5] }
    let share = counted[0] / (counted[0] + 2 * counted[1])
    for k in 1...3 {
      // Of a small or odd text the estimate may be missing or leave the range in which probabilities stay above 0.
      let estimate = counted[k - 1] > 0 ? Double(k) - Double(k + 1) * share * counted[k] / counted[k - 1] : share
      discounts[k - 1] = min(max(estimate, 0.01), Double(k) - 0.01)
    }
    contexts = []
  }
}
