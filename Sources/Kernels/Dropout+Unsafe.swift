// The C loops take addresses of rows, which the shapes are checked for first.
internal import CVectorKernels

/// One dropout mask: element i is 0 with a probability and 1 / (1 - probability) otherwise, as a function of key and i alone.
///
/// So a mask is the same whichever worker, shard or order of calls asks for its elements. Twin: `ReferenceDropout`.
package struct Dropout: Sendable {
  private var parameters: refrain_dropout

  /// - Parameters:
  ///   - probability: of an element to be dropped, from 0 to less than 1.
  ///   - key: another key is another mask.
  package init(probability: Float, key: UInt64) {
    precondition(probability >= 0 && probability < 1, "the probability \(probability) is not in 0..<1")
    parameters = refrain_dropout(
      key: key, threshold: UInt32((Double(probability) * 0x1p32).rounded()), scale: 1 / (1 - probability))
  }

  /// The mask's element at an index.
  package func element(_ index: Int) -> Float {
    var drop = parameters
    var value = Float(0)
    unsafe refrain_dropout_mask(&drop, UInt32(truncatingIfNeeded: index), &value, 1)
    return value
  }

  /// Overwrites a row-major matrix with the mask's elements from `first` on, row by row.
  package func fill(_ mask: Matrix, first: Int) {
    precondition(mask.shape.order == .rowMajor, "masks are row-major")
    var drop = parameters
    for row in 0..<mask.rows {
      unsafe refrain_dropout_mask(
        &drop, UInt32(truncatingIfNeeded: first + row * mask.columns), mask.view.pointer + row * mask.shape.leadingDimension, mask.columns)
    }
  }

  /// output = x times the mask's elements from `first` on, row by row; x and output may be the same memory.
  package func apply(to x: MatrixView, first: Int = 0, into output: Matrix) {
    precondition(x.rows == output.rows && x.columns == output.columns, "shapes differ")
    precondition(x.shape.order == .rowMajor && output.shape.order == .rowMajor, "masks are row-major")
    var drop = parameters
    for row in 0..<x.rows {
      let from = unsafe x.pointer + row * x.shape.leadingDimension
      let to = unsafe output.view.pointer + row * output.shape.leadingDimension
      unsafe refrain_dropout_apply(&drop, UInt32(truncatingIfNeeded: first + row * x.columns), from, to, x.columns)
    }
  }
}
