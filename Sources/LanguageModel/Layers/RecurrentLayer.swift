package import Kernels

/// One layer over a window of T time steps by b lanes: the forward pass and back-propagation through time.
///
/// What all cells share: rows are time x lane, block 0 of `hidden` is the state that was carried in, only h' Wh and its transpose need
/// products a time step (with weights packed for them), and x Wx and the weights' gradients are products of the whole window. The cells:
/// ``LSTMLayer``, ``GRULayer``, ``PlainLayer``; with layer normalisation ``NormalizedLayer``.
package protocol RecurrentLayer: AnyObject {
  var lanes: Int { get }
  /// [T b, G H]: x Wx before ``forward(steps:recurrent:vectors:)``; its gradient after
  /// ``backward(steps:recurrent:vectors:hiddenGradient:gradients:)``.
  var gates: Matrix { get }
  /// [(T + 1) b, H]
  var hidden: Matrix { get }
  /// [(T + 1) b, H] of a cell that has a state c beside h.
  var cell: Matrix? { get }
  /// [b, H] of a cell that has c: after the backward pass the gradient of the initial c.
  var cellGradient: Matrix? { get }

  /// Runs the window, given x Wx of all its time steps in ``gates``.
  func forward(steps: Int, recurrent: LayerFactors, vectors: CellVectors<MatrixView>)

  /// Back-propagation through time.
  ///
  /// - Parameters:
  ///   - hiddenGradient: [(T + 1) b, H], like ``hidden``: dL/dh from the layer above at the rows of times 1...T, zero at time 0. The part
  ///     that comes back through time is added on the way; the rows of time 0 end as the gradient of the initial state.
  ///   - gradients: of the vectors, overwritten.
  func backward(
    steps: Int, recurrent: LayerFactors, vectors: CellVectors<MatrixView>, hiddenGradient: Matrix, gradients: CellVectors<Matrix>)

  /// Overwrites the gradient of Wh after the backward pass: [G H, H].
  func recurrentGradient(steps: Int, into recurrentWeight: Matrix)
}

extension RecurrentLayer {
  /// The rows of time step t; in `hidden` and `cell` those of the state before it.
  func rows(_ t: Int) -> Range<Int> { t * lanes..<(t + 1) * lanes }

  /// The hidden values after each of the first `steps` time steps: [steps b, H].
  package func outputs(steps: Int) -> MatrixView { hidden.view.block(rows: lanes..<(steps + 1) * lanes) }

  /// The hidden values before each of the first `steps` time steps: [steps b, H].
  package func previousHidden(steps: Int) -> MatrixView { hidden.view.block(rows: 0..<steps * lanes) }

  /// Makes the state after the last of `steps` time steps the one that the next window starts from.
  package func carryState(steps: Int) {
    hidden.block(rows: rows(0)).copy(from: hidden.view.block(rows: rows(steps)))
    if let cell { cell.block(rows: rows(0)).copy(from: cell.view.block(rows: rows(steps))) }
  }

  /// Starts from nothing.
  package func resetState() {
    hidden.block(rows: rows(0)).fill(0)
    cell?.block(rows: rows(0)).fill(0)
  }

  /// Starts a lane from nothing.
  func resetState(lane: Int) {
    hidden.block(rows: lane..<lane + 1).fill(0)
    cell?.block(rows: lane..<lane + 1).fill(0)
  }

  /// Starts a lane from a state.
  ///
  /// - Parameters:
  ///   - initialHidden, initialCell: [1, H]; the latter of a cell that has c.
  func setState(lane: Int, hidden initialHidden: MatrixView, cell initialCell: MatrixView?) {
    hidden.block(rows: lane..<lane + 1).copy(from: initialHidden)
    if let cell, let initialCell { cell.block(rows: lane..<lane + 1).copy(from: initialCell) }
  }
}

extension ModelConfiguration {
  /// The memory of a layer of this model's cells.
  func layer(steps: Int, lanes: Int, hiddenSize: Int) -> any RecurrentLayer {
    if isNormalized { return NormalizedLayer(cell, steps: steps, lanes: lanes, hiddenSize: hiddenSize) }
    return switch cell {
    case .lstm: LSTMLayer(steps: steps, lanes: lanes, hiddenSize: hiddenSize)
    case .gru: GRULayer(steps: steps, lanes: lanes, hiddenSize: hiddenSize)
    case .rnn: PlainLayer(steps: steps, lanes: lanes, hiddenSize: hiddenSize)
    }
  }
}
