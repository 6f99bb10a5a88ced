import Corpora
import Testing

@Suite("Suffix arrays") struct SuffixArrayTests {
  private func check(_ text: [UInt32], alphabet: Int) {
    let expected = text.indices.sorted { text[$0...].lexicographicallyPrecedes(text[$1...]) }.map { UInt32($0) }
    #expect(SuffixArray.sorted(text.span, alphabet: alphabet) == expected, "\(text)")
  }

  @Test("All texts of few symbols are sorted as by comparing", arguments: 0...9)
  func all(count: Int) {
    let symbols = count < 8 ? 3 : 2
    let texts = (0..<count).reduce(1) { product, _ in product * symbols }
    for number in 0..<texts {
      var rest = number
      var text: [UInt32] = []
      for _ in 0..<count {
        text.append(UInt32(rest % symbols))
        rest /= symbols
      }
      check(text, alphabet: symbols)
    }
  }

  @Test("Random texts are sorted as by comparing", arguments: [1, 2, 3, 10, 1_000])
  func random(alphabet: Int) {
    var generator = SeededGenerator(seed: UInt64(alphabet))
    for _ in 0..<100 {
      let count = Int.random(in: 0..<200, using: &generator)
      check((0..<count).map { _ in UInt32.random(in: 0..<UInt32(alphabet), using: &generator) }, alphabet: alphabet)
    }
  }

  @Test("Texts that repeat are sorted as by comparing", arguments: [1, 2, 3, 5, 8, 13])
  func repeated(period: Int) {
    let pattern = (0..<period).map { UInt32(($0 * $0 + 1) % 4) }
    check((0..<300).map { pattern[$0 % period] } + [0] + (0..<300).map { pattern[$0 % period] } + [0], alphabet: 4)
    // Words of Fibonacci's kind need several levels.
    var short: [UInt32] = [1]
    var long: [UInt32] = [1, 0]
    while long.count < 500 {
      let next = long + short
      short = long
      long = next
    }
    check(long, alphabet: 2)
  }
}
