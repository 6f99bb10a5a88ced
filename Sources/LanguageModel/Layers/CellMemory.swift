internal import Kernels

/// The memory of a layer's cells, with a row for each lane at each time step that it is for.
///
/// ```
/// parts    [rows, parts H]    the products, then the activations, then the gradients of the products
/// input    [rows, G H]        where x Wx goes: the first columns of `parts`, unless the cells are normalised
/// hidden   [states, H]        h
/// cell     [states, H]        c, of cells that have one
/// ```
/// A ``RecurrentLayer`` keeps all time steps of a window, for the backward pass. A ``SamplingNetwork`` keeps one.
final class CellMemory {
  let kind: any CellKind.Type
  /// The kind's products h' Wh.
  let products: [StateProduct]
  /// Whether the input gates of an LSTM are at most 1 - f.
  let isInputCapped: Bool
  let parts: Matrix
  let input: Matrix
  /// The normalised products; nil without layer normalisation.
  let normalized: NormalizedProducts?
  let hidden: Matrix
  let cell: Matrix?

  /// - Parameters:
  ///   - states: rows of `hidden` and `cell`.
  ///   - storage: what the products take; layers that do not work at the same time may share it.
  init(_ configuration: ModelConfiguration, units: Int, rows: Int, states: Int, storage: Storage) {
    func matrix(_ storage: FloatStorage, _ columns: Int) -> Matrix {
      Matrix(storage, MatrixShape(rows: rows, columns: columns, order: .rowMajor, leadingDimension: columns, offset: 0))
    }
    let cells = configuration.cell, width = cells.gateCount * units
    kind = cells.kind
    products = cells.products
    isInputCapped = configuration.isInputCapped
    parts = matrix(storage.parts, cells.partCount * units)
    input = configuration.isNormalized ? matrix(storage.input, width) : parts.columns(0..<width)
    normalized =
      configuration.isNormalized
      ? NormalizedProducts(
        input: input, state: cells.normalizesSum ? nil : matrix(storage.state, width), scales: matrix(storage.scales, 2 * products.count),
        units: units)
      : nil
    hidden = Matrix(rows: states, columns: units)
    cell = cells.hasCellState ? Matrix(rows: states, columns: units) : nil
  }

  /// The buffers for products and activations, which layers that work one after another share.
  struct Storage {
    fileprivate let parts: FloatStorage
    /// Of normalised cells the products with x and with h', and their scales; empty of others.
    fileprivate let input: FloatStorage, state: FloatStorage, scales: FloatStorage

    /// - Parameter units: those of the largest layer that uses it.
    init(_ configuration: ModelConfiguration, units: Int, rows: Int) {
      let cells = configuration.cell, normalRows = configuration.isNormalized ? rows : 0
      parts = FloatStorage(count: rows * cells.partCount * units)
      input = FloatStorage(count: normalRows * cells.gateCount * units)
      state = FloatStorage(count: cells.normalizesSum ? 0 : normalRows * cells.gateCount * units)
      scales = FloatStorage(count: normalRows * 2 * cells.products.count)
    }
  }
}
