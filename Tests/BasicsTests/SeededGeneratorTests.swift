import Basics
import Foundation
import Testing

@Suite("Seeded generator") struct SeededGeneratorTests {
  @Test func `the n-th output depends on seed, stream and n alone`() {
    var a = SeededGenerator(seed: 5, stream: 2), b = SeededGenerator(seed: 5, stream: 2), c = SeededGenerator(seed: 5, stream: 3)
    let first = (0..<8).map { _ in a.next() }
    #expect(first == (0..<8).map { _ in b.next() })
    #expect(Set(first).isDisjoint(with: (0..<8).map { _ in c.next() }))
  }

  @Test func `uniform numbers fill [0, 1) evenly`() {
    var generator = SeededGenerator(seed: 7)
    let values = (0..<20_000).map { _ in Double(generator.uniform()) }
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
    // The mean of n uniform numbers has a standard deviation of 1 / sqrt(12 n) = 0.002; five of them.
    #expect(abs(values.reduce(0, +) / 20_000 - 0.5) < 0.0103)
  }

  @Test func `a saved generator goes on where it was`() throws {
    var generator = SeededGenerator(seed: 8)
    _ = generator.next()
    var restored = try JSONDecoder().decode(SeededGenerator.self, from: JSONEncoder().encode(generator))
    #expect(restored.next() == generator.next())
  }
}
