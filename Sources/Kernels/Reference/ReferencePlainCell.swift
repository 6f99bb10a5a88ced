internal import Glibc

/// The readable twin of ``PlainCell`` for one unit of one lane, in Double.
package enum ReferencePlainCell {
  /// From the products, bias added, to the hidden value.
  package static func cell(a: Double) -> Double { tanh(a) }

  /// From dL/dh of a step to the gradient of its products.
  package static func cellGradient(hidden: Double, hiddenGradient: Double) -> Double { hiddenGradient * (1 - hidden * hidden) }
}
