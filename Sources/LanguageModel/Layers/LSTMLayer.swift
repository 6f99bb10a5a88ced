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
package final class LSTMLayer: RecurrentLayer {
  package let lanes: Int
  /// [T b, 4H]
  package let gates: Matrix
  /// [(T + 1) b, H]
  package var cell: Matrix? { cells }
  private let cells: Matrix
  /// [(T + 1) b, H]
  package let hidden: Matrix
  /// [b, H]: dL/dc, carried back through time; after the backward pass that of the initial cell.
  package var cellGradient: Matrix? { cellGradients }
  private let cellGradients: Matrix

  package init(steps: Int, lanes: Int, hiddenSize: Int) {
    self.lanes = lanes
    gates = Matrix(rows: steps * lanes, columns: 4 * hiddenSize)
    cells = Matrix(rows: (steps + 1) * lanes, columns: hiddenSize)
    hidden = Matrix(rows: (steps + 1) * lanes, columns: hiddenSize)
    cellGradients = Matrix(rows: lanes, columns: hiddenSize)
  }

  package func forward(steps: Int, recurrent: LayerFactors, vectors: CellVectors<MatrixView>) {
    let weights = recurrent.forward(0)
    for t in 0..<steps {
      let z = gates.block(rows: rows(t))
      multiply(hidden.view.block(rows: rows(t)), weights, addingTo: z)
      LSTMGates.forward(
        gates: z, bias: vectors.bias, previousCell: cells.view.block(rows: rows(t)), cell: cells.block(rows: rows(t + 1)),
        hidden: hidden.block(rows: rows(t + 1)))
    }
  }

  package func backward(
    steps: Int, recurrent: LayerFactors, vectors: CellVectors<MatrixView>, hiddenGradient: Matrix, gradients: CellVectors<Matrix>
  ) {
    let weights = recurrent.backward(0)
    cellGradients.fill(0)
    gradients.fill(0)
    for t in (0..<steps).reversed() {
      let dz = gates.block(rows: rows(t))
      LSTMGates.backward(
        gates: dz, cell: cells.block(rows: rows(t + 1)), previousCell: cells.view.block(rows: rows(t)),
        hiddenGradient: hiddenGradient.view.block(rows: rows(t + 1)), cellGradient: cellGradients, biasGradient: gradients.bias)
      multiply(dz.view, weights, addingTo: hiddenGradient.block(rows: rows(t)))
    }
  }

  package func recurrentGradient(steps: Int, into recurrentWeight: Matrix) {
    multiply(gates.view.block(rows: 0..<steps * lanes).transposed, previousHidden(steps: steps), into: recurrentWeight)
  }
}
