private import Basics
package import Corpora
private import Kernels

/// Tokens drawn from a Zipf law over the vocabulary: the n-th most frequent comes 1/n as often as the first.
package struct ZipfTokens {
  private let cumulative: [Double]
  private let seed: UInt64

  package init(vocabularySize: Int, seed: UInt64) {
    var sum = 0.0
    cumulative = (1...vocabularySize).map { rank in
      sum += 1 / Double(rank)
      return sum
    }
    self.seed = seed
  }

  package func tokens(_ count: Int) -> [TokenID] {
    var generator = SeededGenerator(seed: seed, stream: 1 << 33)
    let total = cumulative[cumulative.count - 1]
    return (0..<count).map { _ in
      let point = generator.uniformDouble() * total
      var low = 0, high = cumulative.count - 1
      while low < high {
        let middle = (low + high) / 2
        if cumulative[middle] > point { high = middle } else { low = middle + 1 }
      }
      return TokenID(low)
    }
  }
}
