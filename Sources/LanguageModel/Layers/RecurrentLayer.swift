package import Kernels

/// One layer over a window of T time steps by b lanes: the forward pass and back-propagation through time.
///
/// It is the same for all cells. What a time step does with its products is in the files of `Cells`; begin with `LSTM.swift`. Only h' Wh
/// and its transpose need products a time step, with weights packed for them; x Wx and the weights' gradients are products of the whole
/// window.
///
/// The rows of the memory are time x lane. Block 0 of `hidden` and `cell` is the state that the window starts from, block t + 1 is the
/// state after time step t: so they have T + 1 blocks of b rows, and all else has T.
package final class RecurrentLayer {
  package let lanes: Int
  private let memory: CellMemory
  /// [b, H] of cells that have c: dL/dc, carried back through time; after the backward pass that of the starting state.
  package let cellGradient: Matrix?
  /// [1, H]
  private let scratch: Matrix

  init(_ configuration: ModelConfiguration, steps: Int, lanes: Int, hiddenSize: Int) {
    self.lanes = lanes
    memory = CellMemory(
      configuration, units: hiddenSize, rows: steps * lanes, states: (steps + 1) * lanes,
      storage: CellMemory.Storage(configuration, units: hiddenSize, rows: steps * lanes))
    cellGradient = configuration.cell.hasCellState ? Matrix(rows: lanes, columns: hiddenSize) : nil
    scratch = Matrix(rows: 1, columns: hiddenSize)
  }

  /// [T b, G H]: x Wx before ``forward(steps:recurrent:vectors:)``; its gradient after
  /// ``backward(steps:recurrent:vectors:hiddenGradient:gradients:)``.
  package var gates: Matrix { memory.input }
  /// [(T + 1) b, H]
  package var hidden: Matrix { memory.hidden }
  /// [(T + 1) b, H] of cells that have a state c beside h.
  package var cell: Matrix? { memory.cell }

  /// The rows of time step t; in `hidden` and `cell` those of the state before it.
  private func rows(_ t: Int) -> Range<Int> { t * lanes..<(t + 1) * lanes }

  private func step(_ t: Int) -> CellStep { CellStep(memory, rows: rows(t), next: rows(t + 1)) }

  // MARK: - Forward

  /// Runs the window, given x Wx of all its time steps in ``gates``.
  func forward(steps: Int, recurrent: LayerFactors, vectors: CellVectors<MatrixView>) {
    for t in 0..<steps {
      let step = step(t)
      step.clearStateProducts()
      for product in memory.products.indices {
        recurrent.forward(product).multiply(step.previousHidden, addingTo: step.stateProduct(product))
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
  ///   - observe: is told of the gradients of the state at each time, from T down to 0.
  func backward(
    steps: Int, recurrent: LayerFactors, vectors: CellVectors<MatrixView>, hiddenGradient: Matrix, gradients: CellVectors<Matrix>,
    observe: ((_ time: Int, _ hidden: MatrixView, _ cell: MatrixView?, _ preactivations: MatrixView?) -> Void)? = nil
  ) {
    cellGradient?.fill(0)
    gradients.fill(0)
    let gradients = CellStep.Gradients(hidden: hiddenGradient, cell: cellGradient, vectors: gradients, scratch: scratch)
    observe?(steps, hiddenGradient.view.block(rows: rows(steps)), cellGradient?.view, nil)
    for t in (0..<steps).reversed() {
      let step = step(t)
      step.backward(vectors, gradients: gradients)
      for product in memory.products.indices {
        recurrent.backward(product).multiply(step.stateProduct(product).view, addingTo: step.previousHiddenGradient(gradients))
      }
      observe?(t, hiddenGradient.view.block(rows: rows(t)), cellGradient?.view, step.parts.view)
    }
  }

  /// What the first `steps` time steps computed, after the forward pass and before the backward pass.
  func activations(_ layer: Int, cell: RecurrentCell, steps: Int) -> LayerActivations {
    LayerActivations(layer: layer, cell: cell, steps: steps, lanes: lanes, memory: memory)
  }

  /// Overwrites the gradient of Wh after the backward pass: [G H, H].
  func recurrentGradient(steps: Int, into recurrentWeight: Matrix) {
    let all = 0..<steps * lanes, previous = previousHidden(steps: steps)
    // Gradients that lie side by side are one product.
    if let normalized = memory.normalized {
      return multiply(normalized.state.view.block(rows: all).transposed, previous, into: recurrentWeight)
    }
    for product in memory.products {
      multiply(
        memory.parts.view.block(rows: all).columns(product.columns(units: hidden.columns)).transposed, previous,
        into: recurrentWeight.block(rows: product.rows(units: hidden.columns)))
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
