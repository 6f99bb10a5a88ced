// The C loops take addresses of the factors, which the shapes are checked for first.
internal import CVectorKernels

/// Where the right-hand factor [k, n] of many products lies in a flat buffer, laid out for them beforehand.
///
/// Example: a recurrent weight serves the T products of a window before it changes. For one product of many rows packing is no gain, since
/// `multiply` does it by itself on the way. The layout belongs to the CPU's vector level and is never saved.
package struct PackedShape: Sendable, Hashable {
  /// k
  package let rows: Int
  /// n
  package let columns: Int
  /// Where it starts: on a 64-byte boundary.
  package let offset: Int

  /// The kind of panels; another than the CPU's widest is for tests.
  fileprivate let panels: Panels

  /// What a CPU's vector registers can take.
  package enum Panels: Int32, Sendable, CaseIterable {
    case baseline, avx2, avx512

    /// The widest that this CPU can run.
    package static let widest = Panels(rawValue: refrain_widest_panels()) ?? .baseline
  }

  package init(rows: Int, columns: Int, offset: Int, panels: Panels = .widest) {
    precondition(panels.rawValue <= Panels.widest.rawValue, "this CPU cannot run \(panels) panels")
    precondition(rows > 0 && columns > 0 && offset % 16 == 0, "a packed factor has elements, and starts on a 64-byte boundary")
    self.rows = rows
    self.columns = columns
    self.offset = offset
    self.panels = panels
  }

  /// One past the last float, rounded up to where the next factor may start.
  package var end: Int { (offset + refrain_packed_count(panels.rawValue, rows, columns) + 15) & ~15 }

  /// The parts that can be packed side by side.
  package var panelCount: Int {
    let width = refrain_panel_columns(panels.rawValue)
    return (columns + width - 1) / width
  }
}

/// A packed factor to read.
package struct PackedFactor: Sendable {
  fileprivate let storage: FloatStorage
  fileprivate let shape: PackedShape

  package init(_ storage: FloatStorage, _ shape: PackedShape) {
    precondition(shape.end <= storage.count, "a packed factor of \(shape) does not fit \(storage.count) elements")
    self.storage = storage
    self.shape = shape
  }

  /// Elements of the factor: k n.
  package var count: Int { shape.rows * shape.columns }
  /// See ``PackedShape/panelCount``.
  package var panelCount: Int { shape.panelCount }
}

extension PackedShape {
  /// Lays out some panels of a factor; disjoint panels may be packed in parallel.
  package func pack(_ factor: MatrixView, panels: Range<Int>, into storage: FloatStorage) {
    precondition(factor.rows == rows && factor.columns == columns, "the factor is not \(rows) x \(columns)")
    precondition(panels.lowerBound >= 0 && panels.upperBound <= panelCount, "panels \(panels) are outside 0..<\(panelCount)")
    let (row, column) = factor.shape.order == .rowMajor ? (factor.shape.leadingDimension, 1) : (1, factor.shape.leadingDimension)
    unsafe refrain_pack(
      self.panels.rawValue, factor.pointer, row, column, rows, columns, panels.lowerBound, panels.upperBound, storage.pointer(offset..<end))
  }
}

/// c += a b, with b packed: [m, k] x [k, n] -> [m, n], all row-major.
///
/// c must not overlap a. Each element of c is summed in the order of k, from its old value on. Twin: `naiveMultiply`.
/// - Precondition: the shapes fit.
package func multiply(_ a: MatrixView, _ b: PackedFactor, addingTo c: Matrix) {
  multiply(a, b, panels: 0..<b.panelCount, addingTo: c)
}

/// The same for some panels of b, and the columns of c that they make.
package func multiply(_ a: MatrixView, _ b: PackedFactor, panels: Range<Int>, addingTo c: Matrix) {
  precondition(
    a.columns == b.shape.rows && c.rows == a.rows && c.columns == b.shape.columns,
    "a product of \(a.rows) x \(a.columns) and \(b.shape.rows) x \(b.shape.columns) does not make \(c.rows) x \(c.columns)")
  precondition(a.shape.order == .rowMajor && c.shape.order == .rowMajor, "a packed product is row-major")
  precondition(panels.lowerBound >= 0 && panels.upperBound <= b.panelCount, "panels \(panels) are outside 0..<\(b.panelCount)")
  let width = refrain_panel_columns(b.shape.panels.rawValue)
  let columns = panels.lowerBound * width..<min(panels.upperBound * width, c.columns)
  if columns.isEmpty { return }
  unsafe refrain_packed_product(
    b.shape.panels.rawValue, a.pointer, a.shape.leadingDimension, a.rows,
    b.storage.pointer(b.shape.offset + columns.lowerBound * a.columns..<b.shape.end), a.columns, columns.count,
    c.view.pointer + columns.lowerBound, c.shape.leadingDimension)
}
