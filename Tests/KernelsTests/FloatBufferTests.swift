import Basics
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
