import Kernels
import LanguageModel
import Training

extension StepGradients {
  /// The gradients of shards that are groups, each with values in the layout of the weights.
  ///
  /// - Parameter tokens: whose rows of the embedding the shards touch; nil: all. Of a tied embedding the decoder has the values.
  init(_ configuration: ModelConfiguration, touching tokens: [Int32]? = nil, _ shards: [(Int) -> Float]) {
    let layout = ParameterLayout(configuration)
    self.init(
      shards: shards.map { values in
        let gradients = Gradients(layout, mostTokens: .max)
        gradients.set(touching: layout.isTied ? [] : tokens, values)
        return gradients
      },
      decoders: shards.map { values in
        let gradients = DecoderGradients(configuration)
        gradients.set(layout, values)
        return gradients
      })
  }

  /// The sum of all gradients in a layout of the weights, before it is reduced.
  func total(_ layout: ParameterLayout) -> [Double] {
    var total = [Double](repeating: 0, count: layout.count)
    for (_, buffer) in layers {
      for (index, place) in layout.layerRange.enumerated() { total[place] += Double(buffer[index]) }
    }
    for decoder in decoders {
      for parameter in decoder.parameters {
        let gradient = decoder.matrix(parameter).storage
        for (index, place) in layout[parameter].range.enumerated() { total[place] += Double(gradient[index]) }
      }
    }
    let columns = layout[.embedding].shape[1]
    for shard in shards {
      for (row, token) in shard.tokens.enumerated() {
        for column in 0..<columns { total[Int(token) * columns + column] += Double(shard.embeddingRows[row, column]) }
      }
    }
    return total
  }
}
