package import Kernels

/// One layer over a window of T time steps by b lanes: the forward pass and back-propagation through time.
///
/// It is the same for all cells. What a time step does with its products is in the files of `Cells`; begin with `LSTM.swift`. Only h' Wh and
/// its transpose need products a time step, with weights packed for them; x Wx and the weights' gradients are products of the whole window.
/// Memory, with rows time x lane and time 0 the state that the window starts from:
/// ```
/// parts   [T b, parts H]   the products, then the activations, then the gradients of the products
/// hidden  [(T + 1) b, H]   h
/// cell    [(T + 1) b, H]   c, of cells that have one
/// ```
/// With layer normalisation the products are kept too: see ``NormalizedProducts``.
package final class RecurrentLayer {
  package let lanes: Int
  private let kind: any CellKind.Type
  private let products: [StateProduct]
  /// [T b, parts H]
  private let parts: Matrix
  /// [T b, G H]: x Wx before ``forward(steps:recurrent:vectors:)``; its gradient after
  /// ``backward(steps:recurrent:vectors:hiddenGradient:gradients:)``. The first columns of `parts`, unless the cells are normalised.
  package let gates: Matrix
  /// Of normalised cells h' Wh, [T b, G H], unless it is added to x Wx; and the scales, [T b, 2 products].
  private let normalized: (state: Matrix?, scales: Matrix)?
  /// [(T + 1) b, H]
  package let hidden: Matrix
  /// [(T + 1) b, H] of cells that have a state c beside h.
  package let cell: Matrix?
  /// [b, H] of cells that have c: dL/dc, carried back through time; after the backward pass that of the starting state.
  package let cellGradient: Matrix?
  /// [1, H]
  private let scratch: Matrix

  init(_ configuration: ModelConfiguration, steps: Int, lanes: Int, hiddenSize: Int) {
    let cell = configuration.cell, rows = steps * lanes, isNormalized = configuration.isNormalized
    self.lanes = lanes
    kind = cell.kind
    products = cell.products
    parts = Matrix(rows: rows, columns: cell.partCount * hiddenSize)
    func window() -> Matrix { Matrix(rows: rows, columns: cell.gateCount * hiddenSize) }
    gates = isNormalized ? window() : parts.columns(0..<cell.gateCount * hiddenSize)
    normalized =
      isNormalized
      ? (cell.normalizesSum ? nil : window(), Matrix(rows: rows, columns: NormalizedProducts.scaleCount(cell))) : nil
    hidden = Matrix(rows: rows + lanes, columns: hiddenSize)
    self.cell = cell.hasCellState ? Matrix(rows: rows + lanes, columns: hiddenSize) : nil
    cellGradient = cell.hasCellState ? Matrix(rows: lanes, columns: hiddenSize) : nil
    scratch = Matrix(rows: 1, columns: hiddenSize)
  }

  /// The rows of time step t; in `hidden` and `cell` those of the state before it.
  private func rows(_ t: Int) -> Range<Int> { t * lanes..<(t + 1) * lanes }

  /// The memory of time step t.
  private func step(_ t: Int) -> CellStep { step(rows(t), after: rows(t + 1)) }

  private func step(_ rows: Range<Int>, after next: Range<Int>) -> CellStep {
    CellStep(
      kind: kind, products: products, parts: parts.block(rows: rows), previousHidden: hidden.view.block(rows: rows),
      hidden: hidden.block(rows: next), cells: cell.map { ($0.view.block(rows: rows), $0.block(rows: next)) },
      normalized: normalized.map {
        NormalizedProducts(
          input: gates.block(rows: rows), state: $0.state?.block(rows: rows), scales: $0.scales.block(rows: rows), units: hidden.columns)
      })
  }

  // MARK: - Forward

  /// Runs the window, given x Wx of all its time steps in ``gates``.
  func forward(steps: Int, recurrent: LayerFactors, vectors: CellVectors<MatrixView>) {
    for t in 0..<steps {
      let step = step(t)
      step.clearStateProducts()
      for product in products.indices {
        multiply(step.previousHidden, recurrent.forward(product), addingTo: step.stateProduct(product))
      }
      step.forward(vectors)
    }
  }

  // MARK: - Backward

  /// Back-propagation through time.
  ///
  /// - Parameters:
  ///   - hiddenGradient: [(T + 1) b, H], like ``hidden``: dL/dh from the layer above at the rows of times 1...T, zero at time 0. The part
  ///     that comes back through time is added on the way; the rows of time 0 end as the gradient of the starting state.
  ///   - gradients: of the vectors, overwritten.
  func backward(
    steps: Int, recurrent: LayerFactors, vectors: CellVectors<MatrixView>, hiddenGradient: Matrix, gradients: CellVectors<Matrix>
  ) {
    cellGradient?.fill(0)
    gradients.fill(0)
    for t in (0..<steps).reversed() {
      let step = step(t), previousGradient = hiddenGradient.block(rows: rows(t))
      step.backward(
        vectors,
        gradients: CellStep.Gradients(
          hidden: hiddenGradient.view.block(rows: rows(t + 1)), previousHidden: previousGradient, cell: cellGradient, vectors: gradients,
          scratch: scratch))
      for product in products.indices {
        multiply(step.stateProduct(product).view, recurrent.backward(product), addingTo: previousGradient)
      }
    }
  }

  /// Overwrites the gradient of Wh after the backward pass: [G H, H].
  func recurrentGradient(steps: Int, into recurrentWeight: Matrix) {
    let all = step(0..<steps * lanes, after: lanes..<(steps + 1) * lanes), previous = previousHidden(steps: steps)
    // Gradients that lie side by side are one product.
    if let normalized = all.normalized { return multiply(normalized.state.view.transposed, previous, into: recurrentWeight) }
    for (index, product) in products.enumerated() {
      multiply(
        all.stateProduct(index).view.transposed, previous, into: recurrentWeight.block(rows: product.rows(units: hidden.columns)))
    }
  }

  /// The hidden values after each of the first `steps` time steps: [steps b, H].
  package func outputs(steps: Int) -> MatrixView { hidden.view.block(rows: lanes..<(steps + 1) * lanes) }

  /// The hidden values before each of the first `steps` time steps: [steps b, H].
  package func previousHidden(steps: Int) -> MatrixView { hidden.view.block(rows: 0..<steps * lanes) }

  // MARK: - The starting state

  /// Makes the state after the last of `steps` time steps the starting state of the next window.
  func setStartingState(after steps: Int) {
    hidden.block(rows: rows(0)).copy(from: hidden.view.block(rows: rows(steps)))
    if let cell { cell.block(rows: rows(0)).copy(from: cell.view.block(rows: rows(steps))) }
  }

  /// Sets the starting state of all lanes to zeros.
  func clearStartingState() {
    hidden.block(rows: rows(0)).fill(0)
    cell?.block(rows: rows(0)).fill(0)
  }

  /// Sets the starting state of a lane to zeros.
  func clearStartingState(lane: Int) {
    hidden.block(rows: lane..<lane + 1).fill(0)
    cell?.block(rows: lane..<lane + 1).fill(0)
  }

  /// Sets the starting state of a lane.
  ///
  /// - Parameters:
  ///   - initialHidden, initialCell: [1, H]; the latter of cells that have c.
  func setStartingState(lane: Int, hidden initialHidden: MatrixView, cell initialCell: MatrixView?) {
    hidden.block(rows: lane..<lane + 1).copy(from: initialHidden)
    if let cell, let initialCell { cell.block(rows: lane..<lane + 1).copy(from: initialCell) }
  }
}
