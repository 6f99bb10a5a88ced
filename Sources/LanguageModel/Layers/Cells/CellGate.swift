/// What one of a cell's gates is for. The candidate counts as a gate, since it has rows of Wx and Wh too.
package enum CellGate: String, Sendable {
  /// Decides how much of the candidate is added to the cell state.
  case input
  /// Decides how much of the cell state is kept.
  case forget
  /// Computes what the state may become.
  case candidate
  /// Decides how much of the cell state is shown.
  case output
  /// Decides how much of the state before the candidate sees. It comes after the product with Wh, as in PyTorch.
  case reset
  /// Decides how much of the state before is kept.
  case update
}
