internal import Dispatch
internal import Synchronization

extension OpenBLAS {
  /// Whether products computed side by side equal the same products one after the other, bit for bit: some builds get them wrong.
  ///
  /// Tested once, on the first call, in some milliseconds.
  package static let passesSelfTest: Bool = {
    let sizes = [(64, 96, 128), (33, 257, 65), (128, 128, 128), (16, 512, 256)]
    let tasks = 4
    @Sendable func product(_ index: Int) -> FloatBuffer {
      let (m, k, n) = sizes[index % sizes.count]
      var generator = SeededGenerator(seed: UInt64(index % sizes.count))
      let a = Matrix(rows: m, columns: k), b = Matrix(rows: k, columns: n), c = Matrix(rows: m, columns: n)
      for i in 0..<m * k { a.storage[i] = generator.uniform() - 0.5 }
      for i in 0..<k * n { b.storage[i] = generator.uniform() - 0.5 }
      multiply(a.view, b.view, into: c)
      return FloatBuffer((0..<m * n).map { c.storage[$0] })
    }
    let serial = (0..<sizes.count).map(product)
    // A count, and no lock: of a lock that is waited for the thread sanitizer sees a half, since the library with the other is not instrumented.
    let equal = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: tasks) { task in
      let isEqual = (0..<2 * sizes.count).allSatisfy { product($0 + task).isBitwiseEqual(to: serial[($0 + task) % sizes.count]) }
      if isEqual { equal.add(1, ordering: .relaxed) }
    }
    return equal.load(ordering: .relaxed) == tasks
  }()
}
