// Where all pointers of the package start: memory that is allocated by hand for its alignment and its pages, behind checked ranges.
internal import Glibc

/// A fixed block of floats on a 64-byte boundary, zeroed when made.
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

  /// From here on memory comes from the system by itself: it is zero without being written, goes back when it is freed, and may be had in
  /// large pages, since products walk through it in strides for which small ones cost address look-ups.
  private static let largeBytes = 1 << 21

  private var byteCount: Int { Swift.max(count, 1) * MemoryLayout<Float>.stride }

  package init(count: Int) {
    precondition(count >= 0, "a storage cannot have \(count) elements")
    self.count = count
    let elements = Swift.max(count, 1), bytes = elements * MemoryLayout<Float>.stride
    if bytes >= Self.largeBytes {
      let pages = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
      guard let pages = unsafe pages, unsafe pages != MAP_FAILED else { preconditionFailure("no memory for \(count) floats") }
      _ = unsafe madvise(pages, bytes, MADV_HUGEPAGE)
      unsafe base = pages.bindMemory(to: Float.self, capacity: elements)
    } else {
      unsafe base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).bindMemory(to: Float.self, capacity: elements)
      unsafe base.initialize(repeating: 0, count: elements)
    }
  }

  deinit {
    if byteCount >= Self.largeBytes { _ = unsafe munmap(base, byteCount) } else { unsafe base.deallocate() }
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

  /// The address of the first element of a range, for a library that reads or writes it while somebody keeps the storage.
  @unsafe package func address(of range: Range<Int>) -> UnsafeMutablePointer<Float> { unsafe pointer(range) }

  /// A copy of the elements of a range.
  package func elements(_ range: Range<Int>) -> [Float] { unsafe Array(UnsafeBufferPointer(start: pointer(range), count: range.count)) }

  package func fill(_ value: Float, in range: Range<Int>? = nil) {
    let range = range ?? 0..<count
    unsafe pointer(range).update(repeating: value, count: range.count)
  }

  package func copy(_ range: Range<Int>, from source: FloatStorage, at start: Int) {
    let from = unsafe source.pointer(start..<start + range.count)
    unsafe pointer(range).update(from: from, count: range.count)
  }
}
