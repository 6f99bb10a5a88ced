// The C loops take addresses of chunks, which the storage checks the ranges of.
internal import CVectorKernels

/// The two passes over a chunk of the flat buffers that end a step. Both work on `range` alone, so disjoint chunks may run in parallel.
/// Twin: `ReferenceOptimizer`.
package enum Optimizer {
  /// Pass 1, the all-reduce: sum = ((g0 + g1) + g2) + ... in shard order; returns the sum of squares of the result, in Double.
  /// The sum may be the first shard.
  package static func reduce(_ shards: [FloatStorage], into sum: FloatStorage, range: Range<Int>) -> Double {
    precondition(!shards.isEmpty, "there is no gradient to reduce")
    return unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: shards.count) { pointers in
      for (index, shard) in shards.enumerated() { unsafe pointers[index] = UnsafePointer(shard.pointer(range)) }
      return unsafe refrain_reduce(pointers.baseAddress, shards.count, sum.pointer(range), range.count)
    }
  }

  /// What an RMSProp update needs to know.
  package struct RMSPropRates: Sendable {
    package var learningRate: Float
    package var decay: Float
    package var epsilon: Float
    /// The factor of clipping by norm, 1 where nothing is clipped.
    package var gradientScale: Float
    /// The limit of clipping by value, infinite where nothing is clipped.
    package var clipValue: Float
    /// decay to the number of updates that the elements missed while their gradient was zero.
    package var missedDecay: Float = 1
    /// What a weight is multiplied by first: 1 where there is no weight decay.
    package var weightKeep: Float = 1

    package init(learningRate: Float, decay: Float, epsilon: Float, gradientScale: Float = 1, clipValue: Float = .infinity) {
      self.learningRate = learningRate
      self.decay = decay
      self.epsilon = epsilon
      self.gradientScale = gradientScale
      self.clipValue = clipValue
    }
  }

  /// The sum of squares of a range, in Double.
  package static func squares(_ values: FloatStorage, range: Range<Int>) -> Double { reduce([values], into: values, range: range) }

  /// Pass 2, the update: G = decay G + (1 - decay) g^2; w = weightKeep w - learningRate g / sqrt(G + epsilon), g scaled and limited first.
  ///
  /// - Parameter start: where the gradient of the range's first element stands.
  package static func rmsProp(
    weights: FloatStorage, squares: FloatStorage, range: Range<Int>, gradient: FloatStorage, at start: Int, rates: RMSPropRates
  ) {
    var c = refrain_rmsprop_rates(
      learning_rate: rates.learningRate, decay: rates.decay, epsilon: rates.epsilon, gradient_scale: rates.gradientScale,
      clip_value: rates.clipValue, missed_decay: rates.missedDecay,
      weight_keep: rates.weightKeep)
    unsafe refrain_rmsprop(weights.pointer(range), squares.pointer(range), gradient.pointer(start..<start + range.count), range.count, &c)
  }
}
