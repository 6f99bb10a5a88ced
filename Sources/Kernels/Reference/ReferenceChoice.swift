/// The readable twin of ``TokenChoice``.
package enum ReferenceChoice {
  package static func find(atLeast limit: Float, in row: [Float], from start: Int) -> Int {
    row.indices.first { $0 >= start && row[$0] >= limit } ?? row.count
  }

  package static func sum(atLeast limit: Float, in row: [Float]) -> Double {
    row.reduce(0) { $0 + ($1 >= limit ? Double($1) : 0) }
  }

  /// The column whose share of the exact sum covers `uniform`.
  package static func draw(_ row: [Float], uniform: Double) -> Int? {
    var point = uniform * row.reduce(0) { $0 + Double($1) }
    for (column, share) in row.enumerated() where share > 0 {
      point -= Double(share)
      if point < 0 { return column }
    }
    return row.lastIndex { $0 > 0 }
  }
}
