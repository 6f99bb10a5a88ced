package import Kernels

/// One layer of cells with layer normalisation inside (Ba, Kiros and Hinton, "Layer normalization", 2016) over a window of T time steps by
/// b lanes.
///
/// ```
/// N(a) = (a - mean(a)) / √(variance(a) + ε)                    over the units of a lane at a time step
/// LSTM   z = αx N(x Wx) + αh N(h' Wh) + b;  c = f c' + i g;  h = o tanh(αc N(c) + βc)
/// GRU    r and z, and n, each of αx N(x Wx) and αh N(h' Wh), where the cell without has x Wx and h' Wh
/// plain  h = tanh(αx N(x Wx + h' Wh) + b)
/// ```
/// The products of an LSTM are normalised over all gates together, those of a GRU over r and z together and n by itself; c is carried on as
/// it is. Memory, with rows time x lane and time 0 the state that was carried in:
/// ```
/// gates      [T b, G H]       x Wx, then normal, then the product's gradient
/// recurrent  [T b, G H]       the same of h' Wh; a plain cell's is in `gates`
/// parts      [T b, parts H]   activations, then the gradients of what they are of
/// scales     [T b, 2 or 4]    1 / √(variance + ε)
/// cell       [(T + 1) b, H]   c, of an LSTM
/// hidden     [(T + 1) b, H]   h
/// ```
/// Everything is per position, so that the projection of distinct tokens stays exact. Without layer normalisation ``LSTMLayer``,
/// ``GRULayer`` and ``PlainLayer`` do less. Twin of the arithmetic: `ReferenceNormalization`.
package final class NormalizedLayer: RecurrentLayer {
  package let lanes: Int
  private let cells: RecurrentCell
  private let groups: [Range<Int>]
  package let gates: Matrix
  private let recurrent: Matrix, parts: Matrix, scales: Matrix
  package let hidden: Matrix
  package let cell: Matrix?
  package let cellGradient: Matrix?
  /// [1, H]
  private let scratch: Matrix

  package init(_ cells: RecurrentCell, steps: Int, lanes: Int, hiddenSize: Int) {
    self.lanes = lanes
    self.cells = cells
    groups = cells.recurrentRows(units: hiddenSize)
    let rows = steps * lanes
    gates = Matrix(rows: rows, columns: cells.gateCount * hiddenSize)
    recurrent = cells == .rnn ? gates : Matrix(rows: rows, columns: cells.gateCount * hiddenSize)
    parts = Matrix(rows: rows, columns: cells.partCount * hiddenSize)
    scales = Matrix(rows: rows, columns: NormalizedStep.scaleCount(cells))
    hidden = Matrix(rows: rows + lanes, columns: hiddenSize)
    cell = cells.hasCellState ? Matrix(rows: rows + lanes, columns: hiddenSize) : nil
    cellGradient = cells.hasCellState ? Matrix(rows: lanes, columns: hiddenSize) : nil
    scratch = Matrix(rows: 1, columns: hiddenSize)
  }

  private func step(_ rows: Range<Int>) -> NormalizedStep {
    NormalizedStep(
      cells: cells, groups: groups, input: gates.block(rows: rows), recurrent: recurrent.block(rows: rows), parts: parts.block(rows: rows),
      scales: scales.block(rows: rows))
  }

  package func forward(steps: Int, recurrent: LayerFactors, vectors: CellVectors<MatrixView>) {
    for t in 0..<steps {
      let rows = rows(t), next = self.rows(t + 1), previous = hidden.view.block(rows: rows), step = step(rows)
      if cells != .rnn { step.recurrent.fill(0) }
      for (product, columns) in groups.enumerated() {
        multiply(previous, recurrent.forward(product), addingTo: step.recurrent.columns(columns))
      }
      step.forward(
        vectors, previousHidden: previous, hidden: hidden.block(rows: next), previousCell: cell?.view.block(rows: rows),
        cell: cell?.block(rows: next))
    }
  }

  package func backward(
    steps: Int, recurrent: LayerFactors, vectors: CellVectors<MatrixView>, hiddenGradient: Matrix, gradients: CellVectors<Matrix>
  ) {
    cellGradient?.fill(0)
    gradients.fill(0)
    for t in (0..<steps).reversed() {
      let rows = rows(t), next = self.rows(t + 1), step = step(rows), previousGradient = hiddenGradient.block(rows: rows)
      step.backward(
        vectors, previousHidden: hidden.view.block(rows: rows), hidden: hidden.view.block(rows: next),
        previousCell: cell?.view.block(rows: rows), cell: cell?.block(rows: next), hiddenGradient: hiddenGradient.view.block(rows: next),
        previousHiddenGradient: previousGradient, cellGradient: cellGradient, gradients: gradients, scratch: scratch)
      for (product, columns) in groups.enumerated() {
        multiply(step.recurrent.columns(columns).view, recurrent.backward(product), addingTo: previousGradient)
      }
    }
  }

  package func recurrentGradient(steps: Int, into recurrentWeight: Matrix) {
    multiply(recurrent.view.block(rows: 0..<steps * lanes).transposed, previousHidden(steps: steps), into: recurrentWeight)
  }
}
