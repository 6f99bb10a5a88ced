internal import Kernels

/// The projection from the last layer's output, or the sum of all layers' outputs, to a tied decoder, over a window: y = h P^T, without
/// bias; only there where E is not H.
final class OutputProjection {
  private let positions: Int
  /// [T b, E]: y
  private let output: Matrix
  /// [T b, E]: dL/dy; made when first needed, since evaluation does without.
  private lazy var outputGradient = Matrix(rows: positions, columns: output.columns)

  init(positions: Int, configuration: ModelConfiguration) {
    self.positions = positions
    output = Matrix(rows: positions, columns: configuration.embeddingSize)
  }

  /// What the decoder reads: [rows, E].
  ///
  /// - Parameters:
  ///   - hidden: [rows, H]
  ///   - weight: P: [E, H]
  func forward(_ hidden: MatrixView, weight: MatrixView) -> MatrixView {
    let output = output.block(rows: 0..<hidden.rows)
    multiply(hidden, weight.transposed, into: output)
    return output.view
  }

  /// Where the gradient of what the decoder read goes, for ``backward(hidden:weight:hiddenGradient:weightGradient:)``: [rows, E].
  func gradient(rows: Int) -> Matrix { outputGradient.block(rows: 0..<rows) }

  /// Overwrites the gradients of h, [rows, H], and P, [E, H].
  func backward(hidden: MatrixView, weight: MatrixView, hiddenGradient: Matrix, weightGradient: Matrix) {
    let gradient = gradient(rows: hidden.rows).view
    multiply(gradient.transposed, hidden, into: weightGradient)
    multiply(gradient, weight, into: hiddenGradient)
  }
}
