package import Kernels

/// One layer of plain recurrent cells (Elman, "Finding structure in time", 1990) over a window of T time steps by b lanes.
///
/// ```
/// h = tanh(x Wx + h' Wh + b)
/// ```
/// It is the baseline that shows what gates are for: all of the past goes through Wh and the tanh at every step, backward too, and so
/// vanishes soon. Memory, with rows time x lane and time 0 the state that was carried in:
/// ```
/// gates   [T b, H]         the products, after the backward pass their gradients
/// hidden  [(T + 1) b, H]   h
/// ```
package final class PlainLayer: RecurrentLayer {
  package let lanes: Int
  /// [T b, H]
  package let gates: Matrix
  /// [(T + 1) b, H]
  package let hidden: Matrix
  package var cell: Matrix? { nil }
  package var cellGradient: Matrix? { nil }

  package init(steps: Int, lanes: Int, hiddenSize: Int) {
    self.lanes = lanes
    gates = Matrix(rows: steps * lanes, columns: hiddenSize)
    hidden = Matrix(rows: (steps + 1) * lanes, columns: hiddenSize)
  }

  package func forward(steps: Int, recurrent: LayerFactors, vectors: CellVectors<MatrixView>) {
    let weights = recurrent.forward(0)
    for t in 0..<steps {
      let products = gates.block(rows: rows(t))
      multiply(hidden.view.block(rows: rows(t)), weights, addingTo: products)
      PlainCell.forward(products: products.view, bias: vectors.bias, hidden: hidden.block(rows: rows(t + 1)))
    }
  }

  package func backward(
    steps: Int, recurrent: LayerFactors, vectors: CellVectors<MatrixView>, hiddenGradient: Matrix, gradients: CellVectors<Matrix>
  ) {
    let weights = recurrent.backward(0)
    gradients.fill(0)
    for t in (0..<steps).reversed() {
      let products = gates.block(rows: rows(t))
      PlainCell.backward(
        products: products, hidden: hidden.view.block(rows: rows(t + 1)), hiddenGradient: hiddenGradient.view.block(rows: rows(t + 1)),
        biasGradient: gradients.bias)
      multiply(products.view, weights, addingTo: hiddenGradient.block(rows: rows(t)))
    }
  }

  package func recurrentGradient(steps: Int, into recurrentWeight: Matrix) {
    multiply(gates.view.block(rows: 0..<steps * lanes).transposed, previousHidden(steps: steps), into: recurrentWeight)
  }
}
