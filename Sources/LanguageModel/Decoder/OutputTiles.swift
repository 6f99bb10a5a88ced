/// The output of a product cut into tiles of about one size, which workers compute in any order.
///
/// Only the output is cut and never a sum, so the values do not depend on who computes which tile. The cut depends on the shape alone.
package struct OutputTiles: Sendable {
  /// The rows and columns of one tile.
  package struct Tile: Sendable {
    package let rows: Range<Int>
    package let columns: Range<Int>
  }

  package let tiles: [Tile]

  /// A side that is not longer than this is not cut: a smaller tile takes longer to be laid out for the product than to be computed.
  private static let shortestCut = 128
  /// Sides are multiples of this where they can be, so that vectors are full.
  private static let step = 16

  /// - Parameter count: the number of tiles to reach, where the output is large enough: a power of two.
  package init(rows: Int, columns: Int, count: Int) {
    var parts = (rows: 1, columns: 1)
    func side(_ length: Int, _ parts: Int) -> Int { ((length + parts - 1) / parts + Self.step - 1) / Self.step * Self.step }
    while parts.rows * parts.columns < count {
      let tall = side(rows, parts.rows), wide = side(columns, parts.columns)
      if max(tall, wide) <= Self.shortestCut { break }
      // A square tile needs the least of the two factors for its size.
      if tall >= wide { parts.rows *= 2 } else { parts.columns *= 2 }
    }
    func cut(_ length: Int, _ parts: Int) -> [Range<Int>] {
      let side = side(length, parts)
      return stride(from: 0, to: length, by: side).map { $0..<min($0 + side, length) }
    }
    let bands = cut(columns, parts.columns)
    tiles = cut(rows, parts.rows).flatMap { rows in bands.map { Tile(rows: rows, columns: $0) } }
  }
}
