package import Kernels

/// One LSTM layer over a window of T time steps by b lanes: the forward pass and back-propagation through time.
///
/// ```
/// z = x Wx + h' Wh + b          [b, 4H], gates in the order i, f, g, o
/// i, f, o = sigmoid(z), g = tanh(z)
/// c = f c' + i g                what to forget, what to remember
/// h = o tanh(c)                 what to pay attention to
/// ```
///
/// Memory, with rows time x lane and time 0 the state that was carried in:
/// ```
/// gates   [T b, 4H]        z, then the activated gates, then dz
/// cell    [(T + 1) b, H]   c
/// hidden  [(T + 1) b, H]   h
/// ```
/// Only h' Wh and its transpose need a product a time step, with weights packed for it; x Wx and the weights' gradients are one product for
/// the whole window. The derivation is in the article BackPropagation of the Refrain module's documentation.
package final class LSTMLayer {
  package let lanes: Int
  let hiddenSize: Int
  /// [T b, 4H]
  package let gates: Matrix
  /// [(T + 1) b, H]
  package let cell: Matrix
  /// [(T + 1) b, H]
  package let hidden: Matrix
  /// [b, H]: dL/dc, carried back through time; after ``backward(steps:recurrent:hiddenGradient:biasGradient:)`` that of the initial cell.
  package let cellGradient: Matrix

  package init(steps: Int, lanes: Int, hiddenSize: Int) {
    self.lanes = lanes
    self.hiddenSize = hiddenSize
    gates = Matrix(rows: steps * lanes, columns: 4 * hiddenSize)
    cell = Matrix(rows: (steps + 1) * lanes, columns: hiddenSize)
    hidden = Matrix(rows: (steps + 1) * lanes, columns: hiddenSize)
    cellGradient = Matrix(rows: lanes, columns: hiddenSize)
  }

  /// The rows of time step t; in `cell` and `hidden` those of the state before it.
  private func rows(_ t: Int) -> Range<Int> { t * lanes..<(t + 1) * lanes }

  /// The hidden values after each of the first `steps` time steps: [steps b, H].
  package func outputs(steps: Int) -> MatrixView { hidden.view.block(rows: lanes..<(steps + 1) * lanes) }

  /// The hidden values before each of the first `steps` time steps: [steps b, H].
  package func previousHidden(steps: Int) -> MatrixView { hidden.view.block(rows: 0..<steps * lanes) }

  /// Runs the window, given x Wx of all its time steps in ``gates``.
  ///
  /// - Parameter recurrent: Wh^T, packed: [H, 4H].
  package func forward(steps: Int, recurrent: PackedFactor, bias: MatrixView) {
    for t in 0..<steps {
      let z = gates.block(rows: rows(t))
      multiply(hidden.view.block(rows: rows(t)), recurrent, addingTo: z)
      LSTMGates.forward(
        gates: z, bias: bias, previousCell: cell.view.block(rows: rows(t)), cell: cell.block(rows: rows(t + 1)),
        hidden: hidden.block(rows: rows(t + 1)))
    }
  }

  /// Back-propagation through time: turns ``gates`` into dz of the whole window.
  ///
  /// - Parameters:
  ///   - recurrent: Wh, packed: [4H, H].
  ///   - hiddenGradient: [(T + 1) b, H], like ``hidden``: dL/dh from the layer above at the rows of times 1...T, zero at time 0. The part
  ///     that comes back through time is added on the way; the rows of time 0 end as the gradient of the initial state.
  ///   - biasGradient: [1, 4H], overwritten by that of b.
  package func backward(steps: Int, recurrent: PackedFactor, hiddenGradient: Matrix, biasGradient: Matrix) {
    cellGradient.fill(0)
    biasGradient.fill(0)
    for t in (0..<steps).reversed() {
      let dz = gates.block(rows: rows(t))
      LSTMGates.backward(
        gates: dz, cell: cell.block(rows: rows(t + 1)), previousCell: cell.view.block(rows: rows(t)),
        hiddenGradient: hiddenGradient.view.block(rows: rows(t + 1)), cellGradient: cellGradient, biasGradient: biasGradient)
      multiply(dz.view, recurrent, addingTo: hiddenGradient.block(rows: rows(t)))
    }
  }

  /// Overwrites the gradient of Wh from dz of the window: [4H, H].
  package func recurrentGradient(steps: Int, into recurrentWeight: Matrix) {
    multiply(gates.view.block(rows: 0..<steps * lanes).transposed, previousHidden(steps: steps), into: recurrentWeight)
  }

  /// Makes the state after the last of `steps` time steps the one that the next window starts from.
  package func carryState(steps: Int) {
    hidden.block(rows: rows(0)).copy(from: hidden.view.block(rows: rows(steps)))
    cell.block(rows: rows(0)).copy(from: cell.view.block(rows: rows(steps)))
  }

  /// Starts from nothing.
  package func resetState() {
    hidden.block(rows: rows(0)).fill(0)
    cell.block(rows: rows(0)).fill(0)
  }
}
