internal import Kernels

/// A model's weights laid out once for taking one token after the other: what a ``SamplingNetwork`` reads, and several may share.
///
/// All factors are packed, so that a token reads them from beginning to end. Where the vocabulary is no larger than the embedding is
/// long, x Wx is computed beforehand for every token: then the first layer needs a row of a table in its place.
package struct SamplingWeights: Sendable {
  package let configuration: ModelConfiguration
  /// [V, 4H]: x Wx of every token, or nil if the first layer computes it.
  let projection: MatrixView?
  /// [V, E]
  let embedding: MatrixView
  /// Wx^T of each layer: [E, 4H] or [H, 4H].
  let input: [PackedFactor]
  /// Wh^T of each layer: [H, 4H].
  let recurrent: [PackedFactor]
  /// [1, 4H] of each layer.
  let bias: [MatrixView]
  /// [H, E], where there is one.
  let outputProjection: PackedFactor?
  /// [H, V], of tied weights [E, V].
  let decoder: PackedFactor
  /// [1, V]
  let decoderBias: MatrixView

  /// Whether any product is long enough to be shared.
  var isLarge: Bool { (input + recurrent + [decoder]).contains { $0.count >= ProductTeam.smallestShared / 2 } }

  package init(_ weights: Weights) {
    let configuration = weights.configuration, layers = 0..<weights.configuration.layerCount
    self.configuration = configuration
    let parameters =
      layers.map { Parameter.inputWeight(layer: $0) } + layers.map { .recurrentWeight(layer: $0) } + [.decoderWeight]
      + (configuration.hasProjection ? [.projection] : [])
    var shapes: [PackedShape] = []
    for parameter in parameters {
      let factor = weights.matrix(parameter).transposed
      shapes.append(PackedShape(rows: factor.rows, columns: factor.columns, offset: shapes.last?.end ?? 0))
    }
    let storage = FloatStorage(count: shapes.last?.end ?? 0)
    for (parameter, shape) in zip(parameters, shapes) {
      shape.pack(weights.matrix(parameter).transposed, panels: 0..<shape.panelCount, into: storage)
    }
    let factors = shapes.map { PackedFactor(storage, $0) }
    input = Array(factors[..<layers.count])
    recurrent = Array(factors[layers.count..<2 * layers.count])
    decoder = factors[2 * layers.count]
    outputProjection = configuration.hasProjection ? factors[2 * layers.count + 1] : nil
    embedding = weights.matrix(.embedding)
    bias = layers.map { weights.matrix(.bias(layer: $0)) }
    decoderBias = weights.matrix(.decoderBias)
    if configuration.vocabularySize <= configuration.embeddingSize {
      let table = Matrix(rows: configuration.vocabularySize, columns: 4 * configuration.hiddenSizes[0])
      multiply(embedding, input[0], addingTo: table)
      projection = table.view
    } else {
      projection = nil
    }
  }
}
