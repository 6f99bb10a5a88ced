package import Kernels
package import LanguageModel
private import Synchronization

/// The buffers for the gradients of the shards' layers.
///
/// A shard takes a buffer when its backward pass begins. Once it is done, and so is its neighbour in the ``ReductionTree``, the two are
/// added and one buffer is free again: so there are at most about 2 workers + log2 shards of them, however many shards there are.
final class GradientPool: Sendable {
  /// A range of shards whose gradients are added up, with the sum.
  typealias Node = (shards: Range<Int>, buffer: FloatStorage)

  private struct State {
    var free: [FloatStorage] = []
    /// By the first shard of its range.
    var nodes: [Node?]
    var begun = 0

    /// Takes out the node of a range, if it is added up.
    mutating func remove(_ shards: Range<Int>) -> FloatStorage? {
      guard let node = nodes[shards.lowerBound], node.shards == shards else { return nil }
      nodes[shards.lowerBound] = nil
      return node.buffer
    }
  }

  private let shards: Int
  /// The length of a buffer.
  private let count: Int
  private let state: Mutex<State>

  init(shards: Int, count: Int) {
    self.shards = shards
    self.count = count
    state = Mutex(State(nodes: Array(repeating: nil, count: shards)))
  }

  /// A buffer for one shard, whose content means nothing.
  func take() -> FloatStorage {
    let free = state.withLock { state in
      state.begun += 1
      return state.free.popLast()
    }
    return free ?? FloatStorage(count: count)
  }

  /// Takes the gradients of a shard back, and adds up what they complete, unless no shard is left that would need the memory: then the
  /// chunks of the update add up the rest, on all workers.
  func complete(_ shard: Int, _ buffer: FloatStorage) {
    var node = shard..<shard + 1, sum = buffer
    while true {
      let other: (parent: Range<Int>, sibling: Range<Int>, buffer: FloatStorage)? = state.withLock { state in
        let parent = ReductionTree.parent(of: node, root: 0..<shards)
        guard state.begun < shards, let parent, let found = state.remove(parent.sibling) else {
          state.nodes[node.lowerBound] = (node, sum)
          return nil
        }
        return (parent.parent, parent.sibling, found)
      }
      guard let other else { return }
      let (left, right) = other.sibling.lowerBound < node.lowerBound ? (other.buffer, sum) : (sum, other.buffer)
      _ = Optimizer.add(right, to: left, range: 0..<count)
      state.withLock { $0.free.append(right) }
      node = other.parent
      sum = left
    }
  }

  /// All that is added up so far, in the order of the shards. The buffers are free again for the next step, which must not begin before
  /// they are read.
  func finish() -> [Node] {
    state.withLock { state in
      var result: [Node] = []
      result.reserveCapacity(shards)
      for shard in 0..<shards {
        guard let node = state.nodes[shard] else { continue }
        result.append(node)
        state.free.append(node.buffer)
        state.nodes[shard] = nil
      }
      state.begun = 0
      return result
    }
  }
}

/// The gradients of a step: what ``SharedWeights`` adds up.
package struct StepGradients: Sendable {
  /// Of the layers, for ranges of shards in order.
  package let layers: [(shards: Range<Int>, buffer: FloatStorage)]
  /// Of each shard: the rows of the embedding.
  package let shards: [Gradients]
  /// Of each group.
  package let decoders: [DecoderGradients]

  /// The gradients of shards whose layers are not added up yet; for tests and for a shard at a time.
  package init(shards: [Gradients], decoders: [DecoderGradients]) {
    self.init(layers: shards.enumerated().map { ($0..<$0 + 1, $1.layers) }, shards: shards, decoders: decoders)
  }

  init(layers: [(shards: Range<Int>, buffer: FloatStorage)], shards: [Gradients], decoders: [DecoderGradients]) {
    self.layers = layers
    self.shards = shards
    self.decoders = decoders
  }
}
