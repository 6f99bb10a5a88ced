private import Foundation
package import Kernels
package import LanguageModel
internal import Models
package import SystemPackage

/// What a model's training left of the sizes of its gradients.
package enum GradientStatistics {
  /// The squares of the gradients, G of the optimizer, from the newest whole checkpoint in a model's directory.
  ///
  /// Rows of the embedding that the last updates did not touch are decayed by these, as the next update that touched them would have
  /// done.
  ///
  /// - Parameter configuration: the sizes of the model that is to adapt.
  /// - Returns: the squares in the layout of the weights; nil if no checkpoint can be read, it is of a model of other sizes, or it is from
  ///   before the first update.
  package static func squares(of directory: FilePath, for configuration: ModelConfiguration) -> FloatBuffer? {
    guard let checkpoint = CheckpointFolder(in: directory).newest().found?.checkpoint,
      checkpoint.optimizer.weights.configuration == configuration, checkpoint.optimizer.updates > 0
    else { return nil }
    return checkpoint.optimizer.settledSquares(decay: checkpoint.configuration.optimizer.squareDecay)
  }
}

extension OptimizerState {
  /// The squares after the decay of the updates that did not touch a row.
  ///
  /// - Parameter decay: the share of the squares that an update keeps.
  func settledSquares(decay: Float) -> FloatBuffer {
    var result = squares
    let columns = weights.configuration.embeddingSize
    result.makeUnique()
    for token in weights.layout.rowsOfInputsOnly {
      let missed = Int(updates - lastUpdate[token])
      if missed == 0 { continue }
      let factor = Float(pow(Double(decay), Double(missed)))
      for index in token * columns..<(token + 1) * columns { result.storage[index] *= factor }
    }
    return result
  }
}
