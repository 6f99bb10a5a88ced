internal import Kernels

/// The products of cells with layer normalisation (Ba, Kiros and Hinton, "Layer normalization", 2016).
///
/// ```
/// N(a) = (a - mean(a)) / √(variance(a) + ε)          over the units of a lane at a time step
/// ```
/// A cell is given αx N(x Wx) and αh N(h' Wh) in place of the products, or αx N(x Wx + h' Wh) if it normalises the sum; what belongs to one
/// product of h' is normalised together. Everything is per position, so that the projection of distinct tokens stays exact. Twin of the
/// arithmetic: `ReferenceNormalization`.
struct NormalizedProducts {
  /// [rows, G H]: x Wx, or x Wx + h' Wh; then normal; after the backward step the gradient of the product.
  let input: Matrix
  /// [rows, G H]: the same of h' Wh; the memory of `input` if that has the sum.
  let state: Matrix
  /// Whether `input` has the sum.
  let isSum: Bool
  /// [rows, 2 products]: 1 / √(variance + ε) of each product's part of `input`, then of `state`.
  let scales: Matrix

  /// H
  private let units: Int

  /// - Parameters:
  ///   - state: nil: `input` has the sum.
  init(input: Matrix, state: Matrix?, scales: Matrix, units: Int) {
    self.input = input
    self.state = state ?? input
    isSum = state == nil
    self.scales = scales
    self.units = units
  }

  /// Those of some rows.
  func block(rows: Range<Int>) -> NormalizedProducts {
    NormalizedProducts(
      input: input.block(rows: rows), state: isSum ? nil : state.block(rows: rows), scales: scales.block(rows: rows), units: units)
  }

  private func stateScales(_ product: Int, of products: [StateProduct]) -> Matrix {
    scales.columns(products.count + product..<products.count + product + 1)
  }

  /// Makes the products normal, and writes or adds what the cell is given in their place to the parts.
  func forward(_ products: [StateProduct], gains: CellVectors<MatrixView>.Normalization, into parts: Matrix) {
    for (index, product) in products.enumerated() {
      let columns = product.rows(units: units)
      LayerNormalization.forward(
        input.columns(columns), gain: gains.input.columns(columns), scales: scales.columns(index..<index + 1), into: parts.columns(columns))
      guard let gain = gains.recurrent else { continue }
      LayerNormalization.forward(
        state.columns(columns), gain: gain.columns(columns), scales: stateScales(index, of: products),
        into: parts.columns(product.columns(units: units)), accumulating: !product.isApart)
    }
  }

  /// From the gradients in the parts to those of the products, and of the gains, to which they are added.
  func backward(
    _ products: [StateProduct], gains: CellVectors<MatrixView>.Normalization, gradient parts: MatrixView,
    gainGradients: CellVectors<Matrix>.Normalization
  ) {
    for (index, product) in products.enumerated() {
      let columns = product.rows(units: units)
      LayerNormalization.backward(
        input.columns(columns), gain: gains.input.columns(columns), scales: scales.view.columns(index..<index + 1),
        gradient: parts.columns(columns), gainGradient: gainGradients.input.columns(columns))
      guard let gain = gains.recurrent, let gainGradient = gainGradients.recurrent else { continue }
      LayerNormalization.backward(
        state.columns(columns), gain: gain.columns(columns), scales: stateScales(index, of: products).view,
        gradient: parts.columns(product.columns(units: units)), gainGradient: gainGradient.columns(columns))
    }
  }
}
