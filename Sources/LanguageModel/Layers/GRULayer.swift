package import Kernels

/// One GRU layer over a window of T time steps by b lanes, in PyTorch's formulation, where the reset gate comes after the product and so
/// needs no product of its own (Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014, has it before).
///
/// ```
/// r, z = sigmoid(x Wx + h' Wh + b)       what of the past the candidate sees, what of it stays
/// m = h' Wh + b
/// n = tanh(x Wx + b + r m)               the candidate
/// h = (1 - z) n + z h'
/// ```
/// Memory, with rows time x lane and time 0 the state that was carried in:
/// ```
/// parts   [T b, 4H]        r, z, n and m: first the products, then the activations, then the products' gradients
/// hidden  [(T + 1) b, H]   h
/// ```
/// r, z and n of the products with x lie side by side, so that those of the whole window are one product; those with h' are two, around n.
package final class GRULayer: RecurrentLayer {
  package let lanes: Int
  private let units: Int
  /// [T b, 4H]
  private let parts: Matrix
  /// [T b, 3H]: r, z and n of `parts`
  package let gates: Matrix
  /// [(T + 1) b, H]
  package let hidden: Matrix
  package var cell: Matrix? { nil }
  package var cellGradient: Matrix? { nil }

  package init(steps: Int, lanes: Int, hiddenSize: Int) {
    self.lanes = lanes
    units = hiddenSize
    parts = Matrix(rows: steps * lanes, columns: 4 * hiddenSize)
    gates = parts.columns(0..<3 * hiddenSize)
    hidden = Matrix(rows: (steps + 1) * lanes, columns: hiddenSize)
  }

  /// r and z of some rows: [rows, 2H].
  private func gatePair(_ rows: Range<Int>) -> Matrix { parts.block(rows: rows).columns(0..<2 * units) }

  /// m of some rows: [rows, H].
  private func recurrentPart(_ rows: Range<Int>) -> Matrix { parts.block(rows: rows).columns(3 * units..<4 * units) }

  package func forward(steps: Int, recurrent: LayerFactors, vectors: CellVectors<MatrixView>) {
    let gateWeights = recurrent.forward(0), candidateWeights = recurrent.forward(1)
    for t in 0..<steps {
      let rows = rows(t), previous = hidden.view.block(rows: rows), m = recurrentPart(rows)
      m.fill(0)
      multiply(previous, gateWeights, addingTo: gatePair(rows))
      multiply(previous, candidateWeights, addingTo: m)
      GRUGates.forward(
        parts: parts.block(rows: rows), bias: vectors.bias, previousHidden: previous, hidden: hidden.block(rows: self.rows(t + 1)))
    }
  }

  package func backward(
    steps: Int, recurrent: LayerFactors, vectors: CellVectors<MatrixView>, hiddenGradient: Matrix, gradients: CellVectors<Matrix>
  ) {
    let gateWeights = recurrent.backward(0), candidateWeights = recurrent.backward(1)
    gradients.fill(0)
    for t in (0..<steps).reversed() {
      let rows = rows(t), previousGradient = hiddenGradient.block(rows: rows)
      GRUGates.backward(
        parts: parts.block(rows: rows), previousHidden: hidden.view.block(rows: rows),
        hiddenGradient: hiddenGradient.view.block(rows: self.rows(t + 1)), previousHiddenGradient: previousGradient,
        biasGradient: gradients.bias)
      multiply(gatePair(rows).view, gateWeights, addingTo: previousGradient)
      multiply(recurrentPart(rows).view, candidateWeights, addingTo: previousGradient)
    }
  }

  package func recurrentGradient(steps: Int, into recurrentWeight: Matrix) {
    let all = 0..<steps * lanes, previous = previousHidden(steps: steps)
    multiply(gatePair(all).view.transposed, previous, into: recurrentWeight.block(rows: 0..<2 * units))
    multiply(recurrentPart(all).view.transposed, previous, into: recurrentWeight.block(rows: 2 * units..<3 * units))
  }
}
