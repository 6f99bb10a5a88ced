/// A value of floats in one contiguous, 64-byte-aligned block, copied when it is written while shared.
///
/// Taking a snapshot of a buffer is a retain. Example: the trainer's weights are one `FloatBuffer`; a checkpoint writer keeps the value it
/// was given while training goes on to write a copy. When nobody else holds the value, writes happen in place. Not for buffers that
/// several tasks write together: see ``FloatStorage``.
public struct FloatBuffer: Sendable {
  /// The memory; read through it, write only after ``makeUnique()``.
  package private(set) var storage: FloatStorage

  /// `count` zeros.
  public init(count: Int) {
    storage = FloatStorage(count: count)
  }

  /// A copy of the given elements.
  public init(_ elements: some Collection<Float>) {
    storage = FloatStorage(count: elements.count)
    for (index, element) in elements.enumerated() { storage[index] = element }
  }

  /// The number of elements.
  public var count: Int { storage.count }

  /// The element at `index`, which must be inside `0..<count`.
  public subscript(index: Int) -> Float {
    get { storage[index] }
    set {
      makeUnique()
      storage[index] = newValue
    }
  }

  /// The elements of a range, copied.
  public subscript(range: Range<Int>) -> [Float] { range.map { storage[$0] } }

  /// Copies the memory if another value shares it, so that what follows may write to ``storage``.
  package mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&storage) {
      let copy = FloatStorage(count: storage.count)
      copy.copy(0..<count, from: storage, at: 0)
      storage = copy
    }
  }

  /// Whether no element of a range is infinite or NaN.
  public func isFinite(in range: Range<Int>) -> Bool { range.allSatisfy { storage[$0].isFinite } }

  /// Whether two buffers hold the same bits, which is what "reproducible" means here (`NaN` equals itself, 0 differs from -0).
  public func isBitwiseEqual(to other: FloatBuffer) -> Bool {
    count == other.count && (0..<count).allSatisfy { storage[$0].bitPattern == other.storage[$0].bitPattern }
  }
}
