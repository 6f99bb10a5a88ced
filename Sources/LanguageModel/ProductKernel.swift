/// Which code computes the products that come once for each time step, or for each token that is written.
///
/// Products of a whole window are OpenBLAS's with either. Results depend on the choice in their last digits.
public enum ProductKernel: String, Sendable, Hashable, Codable, CaseIterable {
  /// Refrain's own kernel, with weights that are laid out for it once a step.
  case packed
  /// OpenBLAS, which lays the weights out anew for every product.
  case openblas
}
