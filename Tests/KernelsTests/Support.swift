import Basics
import Kernels

/// Unit round-off of Float: a single operation is exact to this share of its result.
let roundOff = 0x1p-24

/// A matrix of uniform values in [-1, 1), with a gap between its runs so that strides are put to the test.
func randomMatrix(rows: Int, columns: Int, order: MatrixOrder = .rowMajor, padding: Int = 3, seed: UInt64) -> Matrix {
  let matrix = Matrix(rows: rows, columns: columns, order: order, padding: padding)
  var generator = SeededGenerator(seed: seed)
  for row in 0..<rows {
    for column in 0..<columns { matrix[row, column] = 2 * generator.uniform() - 1 }
  }
  return matrix
}

func randomFloats(_ count: Int, seed: UInt64, scale: Float = 1) -> [Float] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in (2 * generator.uniform() - 1) * scale }
}

func storage(_ values: [Float]) -> FloatStorage {
  FloatBuffer(values).storage
}
