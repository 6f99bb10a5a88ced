internal import Kernels

/// A model's weights laid out once for taking one token after the other: what a ``SamplingNetwork`` reads, and several may share.
///
/// All factors are packed, so that a token reads them from beginning to end, unless OpenBLAS computes the products. Where the vocabulary is
/// no larger than the embedding is long, x Wx is computed beforehand for every token: then the first layer needs a row of a table in its
/// place.
package struct SamplingWeights: Sendable {
  package let configuration: ModelConfiguration
  /// [V + C, G H]: x Wx of every token, or nil if the first layer computes it.
  let projection: MatrixView?
  /// [V + C, E]
  let embedding: MatrixView
  /// Wx^T of each layer: [E, G H] or [H, G H].
  let input: [Factor]
  /// Wh^T of each layer, by the products of a time step: [H, rows].
  let recurrent: [[Factor]]
  /// Of each layer.
  let vectors: [CellVectors<MatrixView>]
  /// [H, E], where there is one.
  let outputProjection: Factor?
  let decoder: any SamplingDecoder
  /// Whether any product is long enough to be shared.
  let isLarge: Bool

  /// [1, H] of each layer: the learned h before the first token, and c of cells that have one; none where they are zeros.
  let initialHidden: [MatrixView], initialCell: [MatrixView]

  /// - Parameter products: which code computes the products.
  package init(_ weights: Weights, products kernel: ProductKernel = .packed) {
    // Set-up may switch kernels, which is not safe while a product runs.
    if kernel == .openblas { OpenBLAS.prepare() }
    let configuration = weights.configuration, layers = 0..<weights.configuration.layerCount
    self.configuration = configuration
    let products = configuration.cell.products
    let matrices =
      layers.map { weights.matrix(.inputWeight(layer: $0)) }
      + layers.flatMap { layer in
        products.map { weights.matrix(.recurrentWeight(layer: layer)).block(rows: $0.rows(units: configuration.hiddenSizes[layer])) }
      }
      + configuration.decoder.factors.map { weights.matrix($0) } + (configuration.hasProjection ? [weights.matrix(.projection)] : [])
    var factors = Self.factors(matrices.map(\.transposed), kernel)[...]
    isLarge = factors.contains { $0.count >= ProductTeam.smallestShared / 2 }
    func take(_ count: Int) -> [Factor] {
      defer { factors = factors.dropFirst(count) }
      return Array(factors.prefix(count))
    }
    input = take(layers.count)
    recurrent = layers.map { _ in take(products.count) }
    decoder = configuration.decoder.makeSamplingDecoder(weights, factors: take(configuration.decoder.factors.count))
    outputProjection = take(1).first
    embedding = weights.matrix(.embedding)
    vectors = layers.map { CellVectors(configuration, layer: $0) { weights.matrix($0) } }
    let isLearned = configuration.isInitialStateLearned
    initialHidden = isLearned ? layers.map { weights.matrix(.initialHidden(layer: $0)) } : []
    initialCell = isLearned && configuration.cell.hasCellState ? layers.map { weights.matrix(.initialCell(layer: $0)) } : []
    if configuration.inputCount <= configuration.embeddingSize {
      let table = Matrix(rows: configuration.inputCount, columns: configuration.cell.gateCount * configuration.hiddenSizes[0])
      input[0].multiply(embedding, addingTo: table)
      projection = table.view
    } else {
      projection = nil
    }
  }

  /// Lays matrices out for products.
  private static func factors(_ matrices: [MatrixView], _ kernel: ProductKernel) -> [Factor] {
    if kernel == .openblas { return matrices.map(Factor.openblas) }
    var shapes: [PackedShape] = []
    for matrix in matrices { shapes.append(PackedShape(rows: matrix.rows, columns: matrix.columns, offset: shapes.last?.end ?? 0)) }
    let storage = FloatStorage(count: shapes.last?.end ?? 0)
    for (matrix, shape) in zip(matrices, shapes) { shape.pack(matrix, panels: 0..<shape.panelCount, into: storage) }
    return shapes.map { .packed(PackedFactor(storage, $0)) }
  }
}
