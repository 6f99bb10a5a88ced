internal import Glibc

/// The readable twin of ``LayerNormalization`` for one row, and of ``NormalizedLSTMGates`` for one lane, in Double.
package enum ReferenceNormalization {
  /// The numbers less their mean, over their standard deviation; and 1 over that.
  package static func normal(_ x: [Double]) -> (values: [Double], scale: Double) {
    let count = Double(x.count), mean = x.reduce(0, +) / count
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let scale = 1 / sqrt(variance + Double(LayerNormalization.epsilon))
    return (x.map { ($0 - mean) * scale }, scale)
  }

  /// gain normal.
  package static func forward(_ x: [Double], gain: [Double]) -> [Double] { zip(normal(x).values, gain).map { $0 * $1 } }

  /// From dL/dy, y = gain normal, to dL/dx and dL/dgain.
  package static func backward(
    normal: [Double], scale: Double, gain: [Double], gradient: [Double]
  ) -> (x: [Double], gain: [Double]) {
    let d = zip(gain, gradient).map { $0 * $1 }, count = Double(d.count)
    let mean = d.reduce(0, +) / count, meanProduct = zip(d, normal).reduce(0) { $0 + $1.0 * $1.1 } / count
    return (zip(d, normal).map { scale * ($0 - mean - $1 * meanProduct) }, zip(gradient, normal).map { $0 * $1 })
  }

  /// From the pre-activations z of a lane's units and their cells before to the activated gates, the cells and the hidden values.
  package static func lstm(
    z: [ReferenceLSTM.Gates], previousCell: [Double], gain: [Double], bias: [Double], isInputCapped: Bool = false
  ) -> (gates: [ReferenceLSTM.Gates], cell: [Double], hidden: [Double]) {
    // What the cell without normalisation makes, but for its hidden values.
    let units = zip(z, previousCell).map { ReferenceLSTM.cell(z: $0, previousCell: $1, isInputCapped: isInputCapped) }
    let gates = units.map(\.gates), cell = units.map(\.cell)
    let shifted = zip(forward(cell, gain: gain), bias).map { $0 + $1 }
    return (gates, cell, zip(gates, shifted).map { $0.output * tanh($1) })
  }

  /// From dL/dh and dL/dc of a step to dL/dz of its gates, dL/dc of the step before, and dL/dgain and dL/dbias of the cell's normalisation.
  package static func lstmGradient(
    gates: [ReferenceLSTM.Gates], cell: [Double], previousCell: [Double], gain: [Double], bias: [Double], hiddenGradient: [Double],
    cellGradient: [Double], isInputCapped: Bool = false
  ) -> (z: [ReferenceLSTM.Gates], previousCellGradient: [Double], gain: [Double], bias: [Double]) {
    let (normal, scale) = normal(cell)
    let t = cell.indices.map { tanh(gain[$0] * normal[$0] + bias[$0]) }
    let shifted = cell.indices.map { hiddenGradient[$0] * gates[$0].output * (1 - t[$0] * t[$0]) }
    let through = backward(normal: normal, scale: scale, gain: gain, gradient: shifted)
    // With no dL/dh, the twin without normalisation takes dL/dc alone back.
    var steps = cell.indices.map {
      ReferenceLSTM.cellGradient(
        gates: gates[$0], cell: cell[$0], previousCell: previousCell[$0], hiddenGradient: 0, cellGradient: cellGradient[$0] + through.x[$0],
        isInputCapped: isInputCapped)
    }
    for unit in cell.indices {
      let output = gates[unit].output
      steps[unit].z.output = hiddenGradient[unit] * t[unit] * output * (1 - output)
    }
    return (steps.map(\.z), steps.map(\.previousCellGradient), through.gain, shifted)
  }
}
