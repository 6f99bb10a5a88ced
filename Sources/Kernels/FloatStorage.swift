/// A fixed block of floats on a 64-byte boundary (of 2 MiB and more: on a large page's), zeroed when made.
///
/// It is the memory behind ``FloatBuffer`` (a value, copied on write) and ``Matrix`` (a view that writes through). All pointers of the
/// package start here, and every kernel checks its ranges against ``count`` before it takes one.
///
/// - Invariant for `@unchecked Sendable`: the memory is freed only by `deinit`, and two tasks that use one storage at the same time either
///   both read it or touch disjoint ranges. A `FloatBuffer` guarantees this by copying before it writes to shared storage; the parallel
///   passes of `SharedWeights` by giving each chunk to one task; a replica's buffers by belonging to an actor.
@safe
package final class FloatStorage: @unchecked Sendable {
  package let count: Int
  let base: UnsafeMutablePointer<Float>

  package init(count: Int) {
    precondition(count >= 0, "a storage cannot have \(count) elements")
    self.count = count
    let bytes = Swift.max(count, 1) * MemoryLayout<Float>.stride
    let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: HugePages.alignment(byteCount: bytes))
    unsafe HugePages.advise(block, byteCount: bytes)
    unsafe base = block.bindMemory(to: Float.self, capacity: Swift.max(count, 1))
    unsafe base.initialize(repeating: 0, count: Swift.max(count, 1))
  }

  deinit {
    unsafe base.deallocate()
  }

  package subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "index \(index) is outside 0..<\(count)")
      return unsafe base[index]
    }
    set {
      precondition(index >= 0 && index < count, "index \(index) is outside 0..<\(count)")
      unsafe base[index] = newValue
    }
  }

  /// The address of the first element of a range that is known to be inside.
  func pointer(_ range: Range<Int>) -> UnsafeMutablePointer<Float> {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "range \(range) is outside 0..<\(count)")
    return unsafe base + range.lowerBound
  }

  package func fill(_ value: Float, in range: Range<Int>? = nil) {
    let range = range ?? 0..<count
    unsafe pointer(range).update(repeating: value, count: range.count)
  }

  package func copy(_ range: Range<Int>, from source: FloatStorage, at start: Int) {
    let from = unsafe source.pointer(start..<start + range.count)
    unsafe pointer(range).update(from: from, count: range.count)
  }
}
