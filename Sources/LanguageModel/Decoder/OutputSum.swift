internal import Kernels

/// The sum of all layers' outputs over a window, which the decoder, or the projection before it, reads; only there where the model has one
/// (Melis, Dyer and Blunsom, "On the state of the art of evaluation in neural language models", 2018, call it a skip connection).
///
/// The outputs are added before anything of them is dropped: what the next layer reads has a mask of its own, and so has the sum. The
/// gradient of the sum is that of each output, besides what comes from the layer above.
final class OutputSum {
  private let positions: Int
  /// [T b, H]
  private let sum: Matrix
  /// [T b, H]: made when first needed, since evaluation does without.
  private lazy var sumGradient = Matrix(rows: positions, columns: sum.columns)

  init(positions: Int, configuration: ModelConfiguration) {
    self.positions = positions
    sum = Matrix(rows: positions, columns: configuration.outputSize)
  }

  /// Adds a layer's outputs, [rows, H], from the first layer to the last. The first layer's begin a new sum.
  func add(_ outputs: MatrixView, layer: Int) {
    let sum = sum.block(rows: 0..<outputs.rows)
    if layer == 0 { sum.copy(from: outputs) } else { Rows.add(outputs, times: 1, to: sum) }
  }

  /// The sum: [rows, H].
  func outputs(rows: Int) -> MatrixView { sum.view.block(rows: 0..<rows) }

  /// Where the gradient of the sum goes: [rows, H].
  func gradient(rows: Int) -> Matrix { sumGradient.block(rows: 0..<rows) }
}
