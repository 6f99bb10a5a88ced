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
  package static func cell(z: Gates, previousCell: Double) -> (gates: Gates, cell: Double, hidden: Double) {
    let gates = Gates(
      input: sigmoid(z.input), forget: sigmoid(z.forget), candidate: tanh(z.candidate), output: sigmoid(z.output))
    let cell = gates.forget * previousCell + gates.input * gates.candidate
    return (gates, cell, gates.output * tanh(cell))
  }

  /// From dL/dh and dL/dc of a step to dL/dz of its gates and dL/dc of the step before.
  package static func cellGradient(
    gates: Gates, cell: Double, previousCell: Double, hiddenGradient: Double, cellGradient: Double
  ) -> (z: Gates, previousCellGradient: Double) {
    let t = tanh(cell)
    let c = cellGradient + hiddenGradient * gates.output * (1 - t * t)
    let z = Gates(
      input: c * gates.candidate * gates.input * (1 - gates.input),
      forget: c * previousCell * gates.forget * (1 - gates.forget),
      candidate: c * gates.input * (1 - gates.candidate * gates.candidate),
      output: hiddenGradient * t * gates.output * (1 - gates.output))
    return (z, c * gates.forget)
  }
}
