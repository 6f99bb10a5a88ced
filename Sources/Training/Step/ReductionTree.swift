internal import Kernels

/// The fixed tree by which the gradients of shards, or of groups, are added: a range splits at the largest power of two below its length.
///
/// The order of additions depends on the numbers of the shards alone. So a part of the tree can be added as soon as its two halves exist,
/// whoever computed them, and an aligned block of shards that is added elsewhere gives the same sum.
package enum ReductionTree {
  /// The two halves of a range of two shards or more.
  package static func halves(_ range: Range<Int>) -> (Range<Int>, Range<Int>) {
    precondition(range.count > 1, "a single shard has no halves")
    var size = 1
    while 2 * size < range.count { size *= 2 }
    let middle = range.lowerBound + size
    return (range.lowerBound..<middle, middle..<range.upperBound)
  }

  /// The parent of a range of the tree below a root, with the sibling; nil for the root.
  static func parent(of range: Range<Int>, root: Range<Int>) -> (parent: Range<Int>, sibling: Range<Int>)? {
    var node = root
    while node != range {
      precondition(node.count > 1, "\(range) is no node of the tree")
      let (left, right) = halves(node)
      if range == left { return (node, right) }
      if range == right { return (node, left) }
      node = left.contains(range.lowerBound) ? left : right
    }
    return nil
  }

  /// Adds up a part of all buffers, by the tree; returns the sum of the squares of the result. The buffer of the first shard gets the
  /// sum, and the part of every other buffer is lost.
  ///
  /// - Parameters:
  ///   - shards: all of them.
  ///   - buffer: the buffer of a range that is added up already, nil for others; every single shard is one, or in one.
  static func reduce(_ shards: Range<Int>, range: Range<Int>, buffer: (Range<Int>) -> FloatStorage?) -> Double {
    var squares: Double?
    func sum(_ shards: Range<Int>) -> FloatStorage {
      if let buffer = buffer(shards) { return buffer }
      let (left, right) = halves(shards)
      let into = sum(left)
      squares = Optimizer.add(sum(right), to: into, range: range)
      return into
    }
    let root = sum(shards)
    return squares ?? Optimizer.squares(root, range: range)
  }
}
