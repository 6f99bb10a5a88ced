import Basics
import Corpora
import Foundation
import Kernels
import Scoring
import Testing

/// The formula of ``KneserNeyModel``'s comment word by word, by search through the text.
private struct ReferenceKneserNey {
  let order: Int
  let tokens: [TokenID]
  let vocabularySize: Int

  /// All n-grams of a length, in order.
  private func grams(_ length: Int) -> [[TokenID]] {
    stride(from: 0, through: tokens.count - length, by: 1).map { Array(tokens[$0..<$0 + length]) }
  }

  /// c by n-gram, for n-grams of this length.
  func counts(_ length: Int) -> [[TokenID]: Int] {
    var counts: [[TokenID]: Int] = [:]
    if length == order {
      for gram in grams(length) { counts[gram, default: 0] += 1 }
    } else {
      for gram in Set(grams(length + 1)) { counts[Array(gram.dropFirst()), default: 0] += 1 }
    }
    return counts
  }

  func discounts(_ length: Int) -> [Double] {
    let counts = counts(length).values
    let n = (1...4).map { k in Double(counts.count { $0 == k }) }
    guard n[0] > 0 else { return [0.5, 0.5, 0.5] }
    let y = n[0] / (n[0] + 2 * n[1])
    return (1...3).map { k -> Double in
      let times = Double(k)
      let estimate: Double = n[k - 1] > 0 ? times - (times + 1) * y * n[k] / n[k - 1] : y
      return min(max(estimate, 0.01), times - 0.01)
    }
  }

  func probability(of token: TokenID, after context: [TokenID]) -> Double {
    let context = Array(context.suffix(order - 1))
    let lower = context.isEmpty ? 1 / Double(vocabularySize) : probability(of: token, after: Array(context.dropFirst()))
    let following = counts(context.count + 1).filter { Array($0.key.dropLast()) == context }
    let total = following.values.reduce(0, +)
    if total == 0 { return lower }
    let discounts = discounts(context.count + 1)
    let discount = { (count: Int) in count == 0 ? 0 : discounts[min(count, 3) - 1] }
    let count = following[context + [token]] ?? 0
    let given = following.values.reduce(0) { $0 + discount($1) }
    return (Double(count) - discount(count) + given * lower) / Double(total)
  }
}

@Suite("The n-gram baseline") struct KneserNeyModelTests {
  /// Zipf's law over few words, so that n-grams repeat.
  static func tokens(_ count: Int, seed: UInt64, vocabulary: Int = 12) -> [TokenID] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      TokenID(min(vocabulary - 1, Int(pow(Double(vocabulary), Double.random(in: 0..<1, using: &generator))) - 1))
    }
  }

  @Test("the probabilities of every context sum to one, and none is zero", arguments: 1...5)
  func sums(order: Int) {
    for (length, seed) in [(0, 1), (1, 2), (7, 3), (60, 4), (3_000, 5)] as [(Int, UInt64)] {
      let tokens = Self.tokens(length, seed: seed)
      let model = KneserNeyModel(order: order, tokens: tokens, vocabularySize: 15)
      // Seen and unseen contexts, shorter than the order, as long and longer.
      for context in [[], [0], [14], [0, 1], [1, 0, 0], [0, 0, 14, 1], Array(tokens.prefix(6)), Array(tokens.suffix(3))] {
        let probabilities = (0..<15).map { model.probability(of: $0, after: context) }
        #expect(abs(probabilities.reduce(0, +) - 1) < 1e-12 && probabilities.allSatisfy { $0 > 0 })
      }
    }
  }

  @Test("the counts are those of the formula", arguments: [1, 2, 3, 4], [5, 40, 200])
  func twin(order: Int, length: Int) {
    let tokens = Self.tokens(length, seed: UInt64(length), vocabulary: 6)
    let model = KneserNeyModel(order: order, tokens: tokens, vocabularySize: 8)
    let reference = ReferenceKneserNey(order: order, tokens: tokens, vocabularySize: 8)
    for context in [[], [0], [5], [7], [1, 0], [0, 1, 0], Array(tokens.prefix(5))] {
      for token in 0..<TokenID(8) {
        let expected = reference.probability(of: token, after: context)
        #expect(abs(model.probability(of: token, after: context) - expected) < 1e-12)
      }
    }
  }

  @Test func `a passage is predicted token by token, from nothing before it`() {
    let model = KneserNeyModel(order: 3, tokens: Self.tokens(500, seed: 6), vocabularySize: 12)
    let text = Self.tokens(40, seed: 7)
    let nats = model.nats(of: text, in: [0..<17, 16..<30, 32..<33])
    for position in text.indices {
      let passage = position < 17 ? 0 : 16
      if position == 0 || position >= 30 {
        #expect(nats[position] == nil)
      } else {
        let context = Array(text[passage..<position])
        #expect(nats[position] == -log(model.probability(of: text[position], after: context)))
      }
    }
  }

  @Test func `what repeats is predicted better by longer n-grams`() {
    let text = Array(repeating: [0, 1, 2, 0, 2, 1, 3] as [TokenID], count: 30).flatMap { $0 }
    let perplexities = [1, 2, 3, 4].map { order in
      let nats = KneserNeyModel(order: order, tokens: text, vocabularySize: 4).nats(of: text, in: [0..<text.count]).compactMap { $0 }
      return exp(nats.reduce(0, +) / Double(nats.count))
    }
    #expect(perplexities[0] > 3 && perplexities[1] < perplexities[0] && perplexities[2] < perplexities[1] && perplexities[3] < 1.1)
  }
}
