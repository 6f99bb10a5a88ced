internal import Kernels

/// A model's weights laid out once for taking one token after the other: what a ``SamplingNetwork`` reads, and several may share.
///
/// All factors are packed, so that a token reads them from beginning to end. Where the vocabulary is no larger than the embedding is
/// long, x Wx is computed beforehand for every token: then the first layer needs a row of a table in its place.
package struct SamplingWeights: Sendable {
  package let configuration: ModelConfiguration
  /// [V, G H]: x Wx of every token, or nil if the first layer computes it.
  let projection: MatrixView?
  /// [V, E]
  let embedding: MatrixView
  /// Wx^T of each layer: [E, G H] or [H, G H].
  let input: [PackedFactor]
  /// Wh^T of each layer, by the products of a time step: [H, rows].
  let recurrent: [[PackedFactor]]
  /// Of each layer.
  let vectors: [CellVectors<MatrixView>]
  /// [H, E], where there is one.
  let outputProjection: PackedFactor?
  /// [H, V], of tied weights [E, V].
  let decoder: PackedFactor
  /// [1, V]
  let decoderBias: MatrixView

  /// Whether any product is long enough to be shared.
  var isLarge: Bool { (input + recurrent.joined() + [decoder]).contains { $0.count >= ProductTeam.smallestShared / 2 } }

  /// [1, H] of each layer: the learned h before the first token, and c of cells that have one; none where they are zeros.
  let initialHidden: [MatrixView], initialCell: [MatrixView]

  package init(_ weights: Weights) {
    let configuration = weights.configuration, layers = 0..<weights.configuration.layerCount
    self.configuration = configuration
    let products = configuration.cell.products
    let matrices =
      layers.map { weights.matrix(.inputWeight(layer: $0)) }
      + layers.flatMap { layer in
        products.map { weights.matrix(.recurrentWeight(layer: layer)).block(rows: $0.rows(units: configuration.hiddenSizes[layer])) }
      }
      + [weights.matrix(.decoderWeight)] + (configuration.hasProjection ? [weights.matrix(.projection)] : [])
    var shapes: [PackedShape] = []
    for matrix in matrices { shapes.append(PackedShape(rows: matrix.columns, columns: matrix.rows, offset: shapes.last?.end ?? 0)) }
    let storage = FloatStorage(count: shapes.last?.end ?? 0)
    for (matrix, shape) in zip(matrices, shapes) { shape.pack(matrix.transposed, panels: 0..<shape.panelCount, into: storage) }
    var factors = shapes.map { PackedFactor(storage, $0) }[...]
    func take(_ count: Int) -> [PackedFactor] {
      defer { factors = factors.dropFirst(count) }
      return Array(factors.prefix(count))
    }
    input = take(layers.count)
    recurrent = layers.map { _ in take(products.count) }
    decoder = take(1)[0]
    outputProjection = take(1).first
    embedding = weights.matrix(.embedding)
    vectors = layers.map { CellVectors(configuration, layer: $0) { weights.matrix($0) } }
    decoderBias = weights.matrix(.decoderBias)
    let isLearned = configuration.isInitialStateLearned
    initialHidden = isLearned ? layers.map { weights.matrix(.initialHidden(layer: $0)) } : []
    initialCell = isLearned && configuration.cell.hasCellState ? layers.map { weights.matrix(.initialCell(layer: $0)) } : []
    if configuration.vocabularySize <= configuration.embeddingSize {
      let table = Matrix(rows: configuration.vocabularySize, columns: configuration.cell.gateCount * configuration.hiddenSizes[0])
      multiply(embedding, input[0], addingTo: table)
      projection = table.view
    } else {
      projection = nil
    }
  }
}
