internal import Kernels

/// One time step of cells with layer normalisation, for b lanes: what a ``NormalizedLayer`` and a ``SamplingNetwork`` share.
///
/// Products come in, normal products stay: what they become is in the parts.
struct NormalizedStep {
  let cells: RecurrentCell
  /// The columns of the products that are normalised together: see `RecurrentCell.recurrentRows(units:)`.
  let groups: [Range<Int>]
  /// [b, G H]: x Wx, of a plain cell x Wx + h' Wh; then normal; after the backward step the product's gradient
  let input: Matrix
  /// [b, G H]: the same of h' Wh; of a plain cell `input`
  let recurrent: Matrix
  /// [b, parts H]: what the cells without normalisation are given, and leave
  let parts: Matrix
  /// [b, 2 groups]: 1 / √(variance + ε) of each group of `input`, then of `recurrent`
  let scales: Matrix

  /// Columns of `scales` for such cells.
  static func scaleCount(_ cells: RecurrentCell) -> Int { 2 * cells.recurrentRows(units: 1).count }

  private func inputScales(_ group: Int) -> Matrix { scales.columns(group..<group + 1) }
  private func recurrentScales(_ group: Int) -> Matrix { inputScales(groups.count + group) }

  /// Where a group of h' Wh goes: of a GRU's candidate apart from that of x Wx.
  private func recurrentParts(_ group: Int) -> Matrix {
    let columns = groups[group], isApart = cells == .gru && group > 0
    return parts.columns(isApart ? columns.upperBound..<columns.upperBound + columns.count : columns)
  }

  /// From the products to the hidden values and, of an LSTM, the cells. In place allowed.
  func forward(
    _ vectors: CellVectors<MatrixView>, previousHidden: MatrixView, hidden: Matrix, previousCell: MatrixView?, cell: Matrix?
  ) {
    let gains = vectors.normalized()
    for (group, columns) in groups.enumerated() {
      LayerNormalization.forward(
        input.columns(columns), gain: gains.input.columns(columns), scales: inputScales(group), into: parts.columns(columns))
      guard let gain = gains.recurrent else { continue }
      LayerNormalization.forward(
        recurrent.columns(columns), gain: gain.columns(columns), scales: recurrentScales(group), into: recurrentParts(group),
        accumulating: cells != .gru || group == 0)
    }
    if let normalization = gains.cell, let previousCell, let cell {
      NormalizedLSTMGates.forward(
        gates: parts, bias: vectors.bias, normalization: normalization, previousCell: previousCell, cell: cell, hidden: hidden)
    } else if cells == .gru {
      GRUGates.forward(parts: parts, bias: vectors.bias, previousHidden: previousHidden, hidden: hidden)
    } else {
      PlainCell.forward(products: parts.view, bias: vectors.bias, hidden: hidden)
    }
  }

  /// From the gradients of the hidden values and, of an LSTM, the cells to those of the products, and of the vectors, to which they are
  /// added.
  ///
  /// - Parameters:
  ///   - previousHiddenGradient: [b, H]: what goes past a GRU's gates is added.
  ///   - cellGradient: [b, H]: in dL/dc of this step, out of the one before.
  ///   - scratch: [1, H]
  func backward(
    _ vectors: CellVectors<MatrixView>, previousHidden: MatrixView, hidden: MatrixView, previousCell: MatrixView?, cell: Matrix?,
    hiddenGradient: MatrixView, previousHiddenGradient: Matrix, cellGradient: Matrix?, gradients: CellVectors<Matrix>, scratch: Matrix
  ) {
    let gains = vectors.normalized(), gainGradients = gradients.normalized()
    if let normalization = gains.cell, let gradient = gainGradients.cell, let previousCell, let cell, let cellGradient {
      NormalizedLSTMGates.backward(
        gates: parts, normalization: normalization, cell: cell, previousCell: previousCell, hiddenGradient: hiddenGradient,
        cellGradient: cellGradient, biasGradient: gradients.bias, normalizationGradient: gradient, scratch: scratch)
    } else if cells == .gru {
      GRUGates.backward(
        parts: parts, previousHidden: previousHidden, hiddenGradient: hiddenGradient, previousHiddenGradient: previousHiddenGradient,
        biasGradient: gradients.bias)
    } else {
      PlainCell.backward(products: parts, hidden: hidden, hiddenGradient: hiddenGradient, biasGradient: gradients.bias)
    }
    for (group, columns) in groups.enumerated() {
      LayerNormalization.backward(
        input.columns(columns), gain: gains.input.columns(columns), scales: inputScales(group).view, gradient: parts.columns(columns).view,
        gainGradient: gainGradients.input.columns(columns))
      guard let gain = gains.recurrent, let gainGradient = gainGradients.recurrent else { continue }
      LayerNormalization.backward(
        recurrent.columns(columns), gain: gain.columns(columns), scales: recurrentScales(group).view, gradient: recurrentParts(group).view,
        gainGradient: gainGradient.columns(columns))
    }
  }
}
