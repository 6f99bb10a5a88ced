private import Kernels

/// A kernel in the shapes of the char-512 preset on one of two shards, for a benchmark to run over and over.
public enum KernelWorkload: String, CaseIterable, Sendable {
  case wholeWindowProduct, recurrentProduct, singleRowProduct, gatesForward, gatesBackward, softmax, update, gather

  /// What it is, with shapes.
  public var title: String {
    switch self {
    case .wholeWindowProduct: "product 2048 x 512 by 512 x 2048"
    case .recurrentProduct: "packed product 32 x 512 by 512 x 2048"
    case .singleRowProduct: "packed product 1 x 512 by 512 x 2048"
    case .gatesForward: "gates forward 32 x 512"
    case .gatesBackward: "gates backward 32 x 512"
    case .softmax: "softmax and cross-entropy 256 x 96"
    case .update: "RMSProp of 65,536 weights"
    case .gather: "gather 2048 rows of 2048"
    }
  }

  /// Allocates what the kernel works on; returns what runs it once.
  public func makeRun() -> () -> Void {
    func matrix(_ rows: Int, _ columns: Int) -> Matrix {
      let matrix = Matrix(rows: rows, columns: columns)
      matrix.fill(0.001)
      return matrix
    }
    switch self {
    case .wholeWindowProduct:
      let a = matrix(2_048, 512)
      let b = matrix(2_048, 512)
      let c = matrix(2_048, 2_048)
      return { multiply(a.view, b.view.transposed, into: c) }
    case .recurrentProduct, .singleRowProduct:
      let rows = self == .recurrentProduct ? 32 : 1
      let shape = PackedShape(rows: 512, columns: 2_048, offset: 0), storage = FloatStorage(count: shape.end)
      shape.pack(matrix(512, 2_048).view, panels: 0..<shape.panelCount, into: storage)
      let a = matrix(rows, 512)
      let b = PackedFactor(storage, shape)
      let c = matrix(rows, 2_048)
      return {
        c.fill(0)
        multiply(a.view, b, addingTo: c)
      }
    case .gatesForward:
      let z = matrix(32, 2_048)
      let bias = matrix(1, 2_048)
      let c = matrix(32, 512)
      let h = matrix(32, 512)
      let previous = matrix(32, 512)
      return { LSTMGates.forward(gates: z, bias: bias.view, previousCell: previous.view, cell: c, hidden: h) }
    case .gatesBackward:
      let z = matrix(32, 2_048)
      let c = matrix(32, 512)
      let previous = matrix(32, 512)
      let dh = matrix(32, 512)
      let dc = matrix(32, 512)
      let bias = matrix(1, 2_048)
      return {
        LSTMGates.backward(
          gates: z, cell: c, previousCell: previous.view, hiddenGradient: dh.view, cellGradient: dc, biasGradient: bias)
      }
    case .softmax:
      let logits = matrix(256, 96)
      let bias = matrix(1, 96)
      let gradient = matrix(1, 96)
      let targets = [Int32](repeating: 7, count: 256)
      return { _ = SoftmaxCrossEntropy.sum(logits: logits, bias: bias.view, targets: targets[...], gradient: (0.001, gradient)) }
    case .update:
      let w = matrix(1, 65_536)
      let squares = matrix(1, 65_536)
      let g = matrix(1, 65_536)
      let rates = Optimizer.Rates(learningRate: 1e-6, decay: 0.9, epsilon: 1e-8)
      return {
        Optimizer.rmsProp(
          weights: w.storage, state: .init(squares: squares.storage), range: 0..<65_536, gradient: g.storage, at: 0, rates: rates)
      }
    case .gather:
      let table = matrix(96, 2_048)
      let output = matrix(2_048, 2_048)
      let index = (0..<2_048).map { Int32($0 * 7 % 96) }
      return { Rows.gather(table.view, index, into: output) }
    }
  }
}
