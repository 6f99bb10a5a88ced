/// What one of a cell's gates is for. The candidate counts as a gate, since it has rows of Wx and Wh too.
package enum CellGate: Sendable {
  /// What is remembered of the candidate.
  case input
  /// What stays of the cell state.
  case forget
  /// What the state may become.
  case candidate
  /// What is shown of the cell state.
  case output
  /// What the candidate sees of the state before. It comes after the product with Wh, as in PyTorch.
  case reset
  /// What stays of the state before.
  case update
}
