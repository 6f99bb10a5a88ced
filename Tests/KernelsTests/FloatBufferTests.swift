import Foundation
import Kernels
import Testing

@Suite("Float buffers") struct FloatBufferTests {
  @Test func `a copy keeps its value while the original is written`() {
    var buffer = FloatBuffer([1, 2, 3] as [Float])
    let snapshot = buffer
    buffer[1] = 9
    #expect(snapshot[1] == 2 && buffer[1] == 9)
    #expect(!snapshot.isBitwiseEqual(to: buffer))
  }

  @Test func `a buffer that nobody shares is written in place`() {
    var buffer = FloatBuffer(count: 4)
    let before = ObjectIdentifier(buffer.storage)
    buffer[0] = 1
    #expect(ObjectIdentifier(buffer.storage) == before)
  }

  @Test("memory begins on a 64-byte boundary", arguments: [0, 1, 3, 1_000])
  func alignment(count: Int) {
    let address = unsafe FloatBuffer(count: count).withBytes(of: 0..<count) { Int(bitPattern: $0.baseAddress) }
    #expect(address % 64 == 0)
  }

  @Test func `bytes read back are the bytes written`() {
    var buffer = FloatBuffer(count: 3)
    unsafe buffer.withMutableBytes(of: 1..<2) { bytes in
      unsafe bytes.copyBytes(from: [0, 0, 0x80, 0x3F])
    }
    #expect(buffer[0..<3] == [0, 1, 0])
  }
}

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
