private import Foundation
internal import Kernels
internal import LanguageModel

/// The average of the weights after each update: the one of i updates ago counts decay^i as much as the newest.
///
/// A decay of 1 is their plain mean (Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992). The shares are
/// divided by their sum, so that no start value has a part in it: a <- a + (w - a) (1 - decay) / (1 - decay^t) at update t.
enum WeightAverage {
  /// The share of the last `last` of `count` weights in the average: (1 - decay^last) / (1 - decay^count).
  static func share(last: Int, of count: Int, decay: Double) -> Double {
    if last >= count { return 1 }
    if decay >= 1 { return Double(last) / Double(count) }
    // 1 - decay^n without cancellation.
    return expm1(Double(last) * log(decay)) / expm1(Double(count) * log(decay))
  }

  /// The average as weights, with the updates made good that rows of the embedding missed, in which their weights stood still.
  ///
  /// - Parameters:
  ///   - average: in the layout of the weights; copied if it has another holder.
  ///   - missed: how many updates did not touch a token's row since the last one that did.
  ///   - count: how many updates the average has.
  static func result(_ average: consuming FloatBuffer, of weights: Weights, missed: (Int) -> Int, count: Int, decay: Float) -> Weights {
    average.makeUnique()
    // A tied embedding is touched by every update, but for the rows of control tokens.
    let columns = weights.configuration.embeddingSize
    for token in weights.layout.rowsOfInputsOnly {
      let share = Float(share(last: missed(token), of: count, decay: Double(decay)))
      Optimizer.average(average.storage, weights.values.storage, range: token * columns..<(token + 1) * columns, rate: share)
    }
    var result = weights
    result.values = average
    return result
  }
}
