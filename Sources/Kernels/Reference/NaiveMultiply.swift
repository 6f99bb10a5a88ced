/// The readable twin of ``multiply(_:_:into:accumulating:)``: three loops, summed in Double.
package func naiveMultiply(_ a: MatrixView, _ b: MatrixView, into c: Matrix, accumulating: Bool = false) {
  precondition(a.columns == b.rows && c.rows == a.rows && c.columns == b.columns, "the shapes do not fit")
  for row in 0..<c.rows {
    for column in 0..<c.columns {
      var sum = accumulating ? Double(c[row, column]) : 0
      for k in 0..<a.columns { sum += Double(a[row, k]) * Double(b[k, column]) }
      c[row, column] = Float(sum)
    }
  }
}
