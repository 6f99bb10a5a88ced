internal import Basics
internal import Dispatch
internal import Synchronization

extension OpenBLAS {
  /// Whether the kernels get all trial products right, also while other threads compute products.
  package static var passesSelfTest: Bool { setup.isRight && setup.isRepeatable }

  /// Whether products computed side by side equal the same products one after the other, bit for bit.
  package static func isRepeatable(
    _ multiply: @escaping @Sendable (_ a: MatrixView, _ b: MatrixView, _ c: Matrix, _ accumulating: Bool) -> Void
  ) -> Bool {
    let sizes = [(64, 96, 128), (33, 257, 65), (128, 128, 128), (16, 512, 256)]
    let tasks = 4
    let factors = sizes.enumerated().map { number, size in
      var generator = SeededGenerator(seed: UInt64(number))
      let a = Matrix(rows: size.0, columns: size.1), b = Matrix(rows: size.1, columns: size.2)
      for i in 0..<a.storage.count { a.storage[i] = generator.uniform() - 0.5 }
      for i in 0..<b.storage.count { b.storage[i] = generator.uniform() - 0.5 }
      return (a.view, b.view)
    }
    @Sendable func product(_ index: Int) -> FloatBuffer {
      let (a, b) = factors[index % factors.count]
      let result = FloatBuffer(count: a.rows * b.columns)
      let shape = MatrixShape(rows: a.rows, columns: b.columns, order: .rowMajor, leadingDimension: b.columns, offset: 0)
      multiply(a, b, Matrix(result.storage, shape), false)
      return result
    }
    let serial = (0..<sizes.count).map(product)
    // A count, and no lock: of a lock that is waited for the thread sanitizer sees a half, since the library with the other is not
    // instrumented.
    let equal = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: tasks) { task in
      let isEqual = (0..<2 * sizes.count).allSatisfy { product($0 + task).isBitwiseEqual(to: serial[($0 + task) % sizes.count]) }
      if isEqual { equal.add(1, ordering: .relaxed) }
    }
    return equal.load(ordering: .relaxed) == tasks
  }
}
