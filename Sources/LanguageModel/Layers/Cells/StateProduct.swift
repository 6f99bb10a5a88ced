/// One of the products h' Wh of a time step: the gates whose rows of Wh it takes, and the parts that it is added to.
package struct StateProduct: Sendable {
  let gates: Range<Int>
  /// Those that x Wx of the same gates is added to, unless the product stands apart.
  let parts: Range<Int>

  /// - Parameter parts: nil: those of x Wx.
  init(gates: Range<Int>, parts: Range<Int>? = nil) {
    self.gates = gates
    self.parts = parts ?? gates
  }

  /// Whether it is kept apart from x Wx of the same gates.
  var isApart: Bool { parts != gates }

  /// The rows of Wh that it takes, for a layer with this many units.
  package func rows(units: Int) -> Range<Int> { gates.lowerBound * units..<gates.upperBound * units }

  /// The columns of the parts that it is added to.
  func columns(units: Int) -> Range<Int> { parts.lowerBound * units..<parts.upperBound * units }
}
