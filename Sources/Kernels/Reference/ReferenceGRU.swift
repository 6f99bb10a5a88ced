internal import Glibc

/// The readable twin of ``GRUGates`` for one unit of one lane, in Double.
package enum ReferenceGRU {
  /// The four parts of a unit, in the order used everywhere.
  package struct Parts {
    /// r and z
    package var reset, update: Double
    /// n: its product with the input before the step, then the activated candidate
    package var candidate: Double
    /// m: the candidate's product with the state before
    package var recurrent: Double
    package init(reset: Double, update: Double, candidate: Double, recurrent: Double) {
      self.reset = reset
      self.update = update
      self.candidate = candidate
      self.recurrent = recurrent
    }
  }

  /// From the products, biases added, and the hidden value before to the parts and the hidden value.
  package static func cell(a: Parts, previousHidden: Double) -> (parts: Parts, hidden: Double) {
    let reset = ReferenceLSTM.sigmoid(a.reset), update = ReferenceLSTM.sigmoid(a.update)
    let candidate = tanh(a.candidate + reset * a.recurrent)
    let parts = Parts(reset: reset, update: update, candidate: candidate, recurrent: a.recurrent)
    return (parts, (1 - update) * candidate + update * previousHidden)
  }

  /// From dL/dh of a step to the gradients of its products, and what of dL/dh goes past the gates to the step before.
  package static func cellGradient(
    parts: Parts, previousHidden: Double, hiddenGradient: Double
  ) -> (a: Parts, previousHiddenGradient: Double) {
    let candidate = hiddenGradient * (1 - parts.update) * (1 - parts.candidate * parts.candidate)
    let a = Parts(
      reset: candidate * parts.recurrent * parts.reset * (1 - parts.reset),
      update: hiddenGradient * (previousHidden - parts.candidate) * parts.update * (1 - parts.update), candidate: candidate,
      recurrent: candidate * parts.reset)
    return (a, hiddenGradient * parts.update)
  }
}
