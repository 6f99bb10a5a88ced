internal import Kernels

/// The first layer's x Wx where lanes see different inputs: dropout of the input, with one mask for all time steps of a window.
///
/// The plain way, a row a position, since a token's row is not the same in two lanes; without input dropout ``TokenProjection`` does less.
final class MaskedProjection {
  private let source: MaskSource
  private var distinct: DistinctTokens
  /// [T b, E]: the masked inputs; [T b, E]: their gradient
  private let inputs: Matrix, gradient: Matrix
  /// [b, E]
  private let mask: Matrix

  init(_ source: MaskSource, configuration: ModelConfiguration, steps: Int, lanes: Int) {
    self.source = source
    distinct = DistinctTokens(positions: steps * lanes, inputCount: configuration.inputCount)
    inputs = Matrix(rows: steps * lanes, columns: configuration.embeddingSize)
    gradient = Matrix(rows: steps * lanes, columns: configuration.embeddingSize)
    mask = Matrix(rows: lanes, columns: configuration.embeddingSize)
  }

  /// gates = (embedding[tokens] * mask) Wx: [T b, G H].
  func forward(tokens: [Int32], words: Dropout?, weights: PreparedWeights, gates: Matrix) {
    distinct.find(in: tokens)
    let x = inputs.block(rows: 0..<tokens.count)
    Rows.gather(weights.weights.matrix(.embedding), tokens, into: x)
    MaskSite.input.mask(source.regularization.inputDropout, seed: source.seed, updates: weights.updates)?
      .fill(mask, first: source.firstLane * mask.columns)
    Rows.multiply(x.view, by: mask.view, into: x)
    if let words { Rows.scale(x, tokens) { words.element(Int($0)) } }
    multiply(x.view, weights.weights.matrix(.inputWeight(layer: 0)).transposed, into: gates)
  }

  /// Overwrites the gradients of Wx and of the embedding's rows, from dz: [T b, G H].
  func backward(dz: MatrixView, words: Dropout?, weights: PreparedWeights, gradients: Gradients) {
    let x = inputs.block(rows: 0..<dz.rows), dx = gradient.block(rows: 0..<dz.rows)
    multiply(dz.transposed, x.view, into: gradients.matrix(.inputWeight(layer: 0)))
    multiply(dz, weights.weights.matrix(.inputWeight(layer: 0)), into: dx)
    Rows.multiply(dx.view, by: mask.view, into: dx)
    let rows = gradients.embeddingRows.block(rows: 0..<distinct.tokens.count)
    rows.fill(0)
    Rows.scatterAdd(dx.view, distinct.places, into: rows)
    if let words { Rows.scale(rows, distinct.tokens) { words.element(Int($0)) } }
    gradients.setRows(of: distinct.tokens)
  }
}
