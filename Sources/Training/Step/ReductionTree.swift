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
  /// - Parameter nodes: which ranges of shards are added up already, with their buffers, in order.
  static func reduce(_ nodes: [(shards: Range<Int>, buffer: FloatStorage)], range: Range<Int>) -> Double {
    guard let first = nodes.first, let last = nodes.last else { return 0 }
    var squares = 0.0
    func sum(_ shards: Range<Int>) -> FloatStorage {
      if let node = nodes.first(where: { $0.shards == shards }) { return node.buffer }
      let (left, right) = halves(shards)
      let into = sum(left)
      squares = Optimizer.reduce([into, sum(right)], into: into, range: range)
      return into
    }
    let root = sum(first.shards.lowerBound..<last.shards.upperBound)
    return nodes.count == 1 ? Optimizer.squares(root, range: range) : squares
  }
}
