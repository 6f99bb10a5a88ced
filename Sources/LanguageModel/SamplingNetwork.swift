package import Kernels

/// The language model one token at a time, for any of up to `lanes` lanes.
///
/// What a lane computes is bit for bit the same whatever the number of lanes, because `Factor.multiplyRows` gives each row the same bits.
/// The lanes in use are always the first ones: ``copyState(from:to:)`` moves the last one to where another ended. Nothing is allocated
/// per token. It belongs to one task at a time. Twin: ``Network``, whose products may add in another order.
package final class SamplingNetwork {
  package let lanes: Int
  private let weights: SamplingWeights
  private let team: ProductTeam
  /// [lanes, E]: unused where the projection is at hand
  private let embedded: Matrix
  /// Of each layer, for one time step; what is not state is of the layer at work.
  private let memories: [CellMemory]
  /// [lanes, H]: the sum of the layers' outputs, where the decoder reads that
  private let summed: Matrix
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
    let storage = CellMemory.Storage(configuration, units: configuration.widestHidden, rows: lanes)
    memories = configuration.hiddenSizes.map { CellMemory(configuration, units: $0, rows: lanes, states: lanes, storage: storage) }
    summed = Matrix(rows: configuration.hasOutputSum ? lanes : 0, columns: configuration.outputSize)
    projected = Matrix(rows: configuration.hasProjection ? lanes : 0, columns: configuration.embeddingSize)
    logits = Matrix(rows: lanes, columns: configuration.vocabularySize)
    for (states, initial) in [(memories.map(\.hidden), weights.initialHidden), (memories.compactMap(\.cell), weights.initialCell)] {
      for (state, row) in zip(states, initial) {
        for lane in 0..<lanes { state.block(rows: lane..<lane + 1).copy(from: row) }
      }
    }
  }

  /// The logits after one more token in each of the first lanes: [tokens, V], until the next call.
  package func logits(after tokens: [Int32]) -> MatrixView {
    read(tokens)
    return logits(lanes: tokens.count)
  }

  /// Reads one more token in each of the first lanes, without the decoder: for tokens after which nothing is chosen.
  package func read(_ tokens: [Int32]) {
    precondition(tokens.count <= lanes, "\(tokens.count) tokens are more than \(lanes) lanes")
    for layer in memories.indices { run(layer, tokens) }
  }

  /// The logits of what comes next in each of the first lanes: [lanes, V], until the next call.
  package func logits(lanes count: Int) -> MatrixView {
    precondition(count <= lanes, "\(count) lanes are more than \(lanes)")
    let result = logits.block(rows: 0..<count)
    weights.decoder.logits(of: decoderInput(lanes: count), into: result, team)
    return result.view
  }

  /// What the decoder reads in each of the first lanes: [lanes, D], until the next token is read.
  package func decoderInput(lanes count: Int) -> MatrixView {
    let active = 0..<count, output = output(active)
    guard let projection = weights.outputProjection else { return output }
    let y = projected.block(rows: active)
    y.fill(0)
    team.multiply((output, projection), addingTo: y)
    return y.view
  }

  /// What the decoder, or the projection before it, reads: [lanes, H].
  private func output(_ active: Range<Int>) -> MatrixView {
    if !weights.configuration.hasOutputSum { return memories[memories.count - 1].hidden.view.block(rows: active) }
    let sum = summed.block(rows: active)
    sum.copy(from: memories[0].hidden.view.block(rows: active))
    for memory in memories.dropFirst() { Rows.add(memory.hidden.view.block(rows: active), times: 1, to: sum) }
    return sum.view
  }

  /// Takes one layer a time step on. In place: each unit's old state is read before its new one is written.
  private func run(_ layer: Int, _ tokens: [Int32]) {
    let active = 0..<tokens.count, factors = weights.recurrent[layer]
    let step = CellStep(memories[layer], rows: active, next: active)
    let input = layer == 0 ? nil : (memories[layer - 1].hidden.view.block(rows: active), weights.input[layer])
    if input == nil { project(tokens, to: step.inputProduct) } else { step.inputProduct.fill(0) }
    step.clearStateProducts()
    if let input, step.isSingleSum {
      // The team shares one job sooner than two.
      team.multiply(input, (step.previousHidden, factors[0]), addingTo: step.inputProduct)
    } else {
      if let input { team.multiply(input, addingTo: step.inputProduct) }
      for product in factors.indices { team.multiply((step.previousHidden, factors[product]), addingTo: step.stateProduct(product)) }
    }
    step.forward(weights.vectors[layer])
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
    for memory in memories {
      memory.hidden.block(rows: lane..<lane + 1).copy(from: memory.hidden.view.block(rows: source..<source + 1))
      if let cell = memory.cell { cell.block(rows: lane..<lane + 1).copy(from: cell.view.block(rows: source..<source + 1)) }
    }
  }
}
