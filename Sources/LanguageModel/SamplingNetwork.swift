package import Kernels

/// The language model one token at a time, for any of up to `lanes` lanes.
///
/// What a lane computes is bit for bit the same whatever the number of lanes, since every sum is taken in the order of its terms. The
/// lanes in use are always the first ones: ``copyState(from:to:)`` moves the last one to where another ended. Nothing is allocated per
/// token. It belongs to one task at a time. Twin: ``Network``, whose products may add in another order.
package final class SamplingNetwork {
  package let lanes: Int
  private let weights: SamplingWeights
  private let team: ProductTeam
  /// [lanes, E]: unused where the projection is at hand
  private let embedded: Matrix
  /// [lanes, parts H] of the layer at work, of whichever H
  private let parts: FloatStorage
  /// Of normalised cells the products with x and with h', [lanes, G H] each, and their scales; empty of others
  private let inputs: FloatStorage, states: FloatStorage, scales: Matrix
  /// [lanes, H] of each layer; none of cells without c
  private let cell: [Matrix]
  /// [lanes, H] of each layer
  private let hidden: [Matrix]
  /// [lanes, E]: what a tied decoder reads, unless that is the last layer's output
  private let projected: Matrix
  /// [lanes, V]
  private let logits: Matrix

  /// All lanes start from zeros, or from the learned initial state.
  ///
  /// - Parameter workers: threads that share each product; worth it where lanes are few, and never part of the result.
  package init(_ weights: SamplingWeights, lanes: Int, workers: Int = 1) {
    precondition(lanes > 0, "there is at least one lane")
    let configuration = weights.configuration
    self.weights = weights
    self.lanes = lanes
    team = ProductTeam(workers: weights.isLarge ? workers : 1)
    embedded = Matrix(rows: weights.projection == nil ? lanes : 0, columns: configuration.embeddingSize)
    parts = FloatStorage(count: lanes * configuration.cell.partCount * configuration.widestHidden)
    let products = configuration.isNormalized ? lanes * configuration.cell.gateCount * configuration.widestHidden : 0
    inputs = FloatStorage(count: products)
    states = FloatStorage(count: products)
    scales = Matrix(rows: lanes, columns: NormalizedStep.scaleCount(configuration.cell))
    cell = configuration.cell.hasCellState ? configuration.hiddenSizes.map { Matrix(rows: lanes, columns: $0) } : []
    hidden = configuration.hiddenSizes.map { Matrix(rows: lanes, columns: $0) }
    projected = Matrix(rows: configuration.hasProjection ? lanes : 0, columns: configuration.embeddingSize)
    logits = Matrix(rows: lanes, columns: configuration.vocabularySize)
    for (states, initial) in [(hidden, weights.initialHidden), (cell, weights.initialCell)] {
      for (state, row) in zip(states, initial) {
        for lane in 0..<lanes { state.block(rows: lane..<lane + 1).copy(from: row) }
      }
    }
  }

  /// The logits after one more token in each of the first lanes: [tokens, V], until the next call.
  package func logits(after tokens: [Int32]) -> MatrixView {
    precondition(tokens.count <= lanes, "\(tokens.count) tokens are more than \(lanes) lanes")
    let active = 0..<tokens.count
    for layer in hidden.indices { run(layer, tokens) }
    let result = logits.block(rows: active)
    for lane in active { result.block(rows: lane..<lane + 1).copy(from: weights.decoderBias) }
    var output = hidden[hidden.count - 1].view.block(rows: active)
    if let projection = weights.outputProjection {
      let y = projected.block(rows: active)
      y.fill(0)
      team.multiply((output, projection), addingTo: y)
      output = y.view
    }
    team.multiply((output, weights.decoder), addingTo: result)
    return result.view
  }

  /// Takes one layer a time step on. In place: each unit's old state is read before its new one is written.
  private func run(_ layer: Int, _ tokens: [Int32]) {
    let cells = weights.configuration.cell, units = weights.configuration.hiddenSizes[layer], active = 0..<tokens.count
    let parts = matrix(parts, tokens.count, cells.partCount * units)
    let h = hidden[layer].block(rows: active), bias = weights.vectors[layer].bias, recurrent = weights.recurrent[layer]
    let input = layer == 0 ? nil : (hidden[layer - 1].view.block(rows: active), weights.input[layer])
    if weights.configuration.isNormalized { return runNormalized(layer, tokens, input: input, parts: parts) }
    let z = parts.columns(0..<cells.gateCount * units)
    if input == nil { project(tokens, to: z) } else { z.fill(0) }
    if cells == .gru {
      if let input { team.multiply(input, addingTo: z) }
      let m = parts.columns(3 * units..<4 * units)
      m.fill(0)
      team.multiply((h.view, recurrent[0]), addingTo: parts.columns(0..<2 * units))
      team.multiply((h.view, recurrent[1]), addingTo: m)
      return GRUGates.forward(parts: parts, bias: bias, previousHidden: h.view, hidden: h)
    }
    if let input { team.multiply(input, (h.view, recurrent[0]), addingTo: z) } else { team.multiply((h.view, recurrent[0]), addingTo: z) }
    if cells == .rnn { return PlainCell.forward(products: z.view, bias: bias, hidden: h) }
    let c = cell[layer].block(rows: active)
    LSTMGates.forward(gates: z, bias: bias, previousCell: c.view, cell: c, hidden: h)
  }

  /// ``run(_:_:)`` of a layer of normalised cells, whose products are kept apart.
  private func runNormalized(_ layer: Int, _ tokens: [Int32], input: (MatrixView, PackedFactor)?, parts: Matrix) {
    let cells = weights.configuration.cell, units = weights.configuration.hiddenSizes[layer], active = 0..<tokens.count
    let h = hidden[layer].block(rows: active), c = cells.hasCellState ? cell[layer].block(rows: active) : nil
    let x = matrix(inputs, tokens.count, cells.gateCount * units), groups = weights.recurrentRows[layer]
    let state = cells == .rnn ? x : matrix(states, tokens.count, cells.gateCount * units)
    x.fill(0)
    state.fill(0)
    if let input { team.multiply(input, addingTo: x) } else { project(tokens, to: x) }
    for (factor, columns) in zip(weights.recurrent[layer], groups) { team.multiply((h.view, factor), addingTo: state.columns(columns)) }
    let step = NormalizedStep(cells: cells, groups: groups, input: x, recurrent: state, parts: parts, scales: scales.block(rows: active))
    step.forward(weights.vectors[layer], previousHidden: h.view, hidden: h, previousCell: c?.view, cell: c)
  }

  /// A buffer as a matrix.
  private func matrix(_ storage: FloatStorage, _ rows: Int, _ columns: Int) -> Matrix {
    Matrix(storage, MatrixShape(rows: rows, columns: columns, order: .rowMajor, leadingDimension: columns, offset: 0))
  }

  /// z = x Wx of the first layer.
  private func project(_ tokens: [Int32], to z: Matrix) {
    if let projection = weights.projection { return Rows.gather(projection, tokens, into: z) }
    let x = embedded.block(rows: 0..<tokens.count)
    Rows.gather(weights.embedding, tokens, into: x)
    z.fill(0)
    team.multiply((x.view, weights.input[0]), addingTo: z)
  }

  /// Makes a lane go on from where another stands.
  package func copyState(from source: Int, to lane: Int) {
    if source == lane { return }
    for state in cell + hidden {
      state.block(rows: lane..<lane + 1).copy(from: state.view.block(rows: source..<source + 1))
    }
  }
}
