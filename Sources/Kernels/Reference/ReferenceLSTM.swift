internal import Glibc

/// The readable twin of ``LSTMGates`` for one unit of one lane, in Double.
package enum ReferenceLSTM {
  package static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// The four gates of a unit, in the order used everywhere.
  package struct Gates {
    package var input, forget, candidate, output: Double
    package init(input: Double, forget: Double, candidate: Double, output: Double) {
      self.input = input
      self.forget = forget
      self.candidate = candidate
      self.output = output
    }
  }

  /// From pre-activations z and the cell before to the activated gates, the cell and the hidden value.
  ///
  /// - Parameter isInputCapped: whether the input gate is at most 1 - the forget gate.
  package static func cell(
    z: Gates, previousCell: Double, isInputCapped: Bool = false
  ) -> (gates: Gates, cell: Double, hidden: Double) {
    var gates = Gates(
      input: sigmoid(z.input), forget: sigmoid(z.forget), candidate: tanh(z.candidate), output: sigmoid(z.output))
    if isInputCapped { gates.input = min(gates.input, 1 - gates.forget) }
    let cell = gates.forget * previousCell + gates.input * gates.candidate
    return (gates, cell, gates.output * tanh(cell))
  }

  /// From dL/dh and dL/dc of a step to dL/dz of its gates and dL/dc of the step before.
  ///
  /// - Parameter isInputCapped: whether the input gate is at most 1 - the forget gate. Where it is no less, it has no gradient of its own.
  package static func cellGradient(
    gates: Gates, cell: Double, previousCell: Double, hiddenGradient: Double, cellGradient: Double, isInputCapped: Bool = false
  ) -> (z: Gates, previousCellGradient: Double) {
    let t = tanh(cell)
    let c = cellGradient + hiddenGradient * gates.output * (1 - t * t)
    let takesRoom = isInputCapped && gates.input >= 1 - gates.forget
    let forget = takesRoom ? previousCell - gates.candidate : previousCell
    let z = Gates(
      input: takesRoom ? 0 : c * gates.candidate * gates.input * (1 - gates.input),
      forget: c * forget * gates.forget * (1 - gates.forget),
      candidate: c * gates.input * (1 - gates.candidate * gates.candidate),
      output: hiddenGradient * t * gates.output * (1 - gates.output))
    return (z, c * gates.forget)
  }
}
