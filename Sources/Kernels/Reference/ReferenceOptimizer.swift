/// The readable twin of ``Optimizer``.
package enum ReferenceOptimizer {
  /// The sum in shard order, and the sum of its squares.
  package static func reduce(_ shards: [[Float]]) -> (sum: [Float], squares: Double) {
    var sum = shards[0]
    for shard in shards.dropFirst() {
      for index in sum.indices { sum[index] += shard[index] }
    }
    return (sum, sum.reduce(0) { $0 + Double($1) * Double($1) })
  }

  package static func rmsProp(
    weight: Double, square: Double, gradient: Double, rates: Optimizer.RMSPropRates
  ) -> (weight: Double, square: Double) {
    let limit = Double(rates.clipValue)
    let g = min(max(gradient * Double(rates.gradientScale), -limit), limit)
    let decay = Double(rates.decay)
    let square = decay * Double(rates.missedDecay) * square + (1 - decay) * g * g
    return (Double(rates.weightKeep) * weight - Double(rates.learningRate) * g / (square + Double(rates.epsilon)).squareRoot(), square)
  }
}
