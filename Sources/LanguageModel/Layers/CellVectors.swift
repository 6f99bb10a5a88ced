internal import Kernels

/// The vectors of a layer: of its weights to read, or of their gradients to write.
package struct CellVectors<Vector> {
  /// b: [1, parts H]
  package let bias: Vector
  /// Those of layer normalisation, where there is one.
  let normalization: Normalization?

  /// What normal products and a normal c are multiplied by.
  struct Normalization {
    /// Of x Wx, or of x Wx + h' Wh: [1, G H]
    let input: Vector
    /// Of h' Wh: [1, G H]; nil if the sum is normalised.
    let recurrent: Vector?
    /// Of c, of cells that have one: [1, H] each.
    let cell: NormalizedLSTMGates.CellNormalization<Vector>?
  }

  /// - Parameter vector: the one of a parameter.
  init(_ configuration: ModelConfiguration, layer: Int, _ vector: (Parameter) -> Vector) {
    bias = vector(.bias(layer: layer))
    guard configuration.isNormalized else {
      normalization = nil
      return
    }
    let cell = configuration.cell
    normalization = Normalization(
      input: vector(.inputGain(layer: layer)), recurrent: cell.normalizesSum ? nil : vector(.recurrentGain(layer: layer)),
      cell: cell.hasCellState ? .init(gain: vector(.cellGain(layer: layer)), bias: vector(.cellBias(layer: layer))) : nil)
  }

  /// - Precondition: the layer is normalised.
  func normalized() -> Normalization {
    guard let normalization else { preconditionFailure("the layer's weights are of a model without layer normalisation") }
    return normalization
  }

  /// - Precondition: the layer is normalised, and its cells have c.
  var normalizedCell: NormalizedLSTMGates.CellNormalization<Vector> {
    guard let cell = normalized().cell else { preconditionFailure("these cells have no state c") }
    return cell
  }
}

extension CellVectors: Sendable where Vector: Sendable {}
extension CellVectors.Normalization: Sendable where Vector: Sendable {}

extension CellVectors<Matrix> {
  func fill(_ value: Float) {
    bias.fill(value)
    guard let normalization else { return }
    for vector in [normalization.input, normalization.recurrent, normalization.cell?.gain, normalization.cell?.bias] { vector?.fill(value) }
  }
}
