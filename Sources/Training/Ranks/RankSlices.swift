internal import LanguageModel

/// The chunks and embedding rows that each rank adds up and updates, in shares of about equal size.
///
/// The chunks are those of one process, so that the sums of their squares, and with them the norm, are the same for any number of ranks.
struct RankSlices {
  /// Neighbouring chunks of one segment that travel together.
  struct Piece {
    let chunks: Range<Int>
    let segment: UpdateWork.Segment
    /// The range in the segment's gradient.
    let range: Range<Int>
    /// The range in the weights.
    let weights: Range<Int>
  }

  /// 4 MiB: while one piece is added up, the next is under way.
  static let mostChunksOfPiece = 16

  /// The chunks of each rank.
  let chunks: [Range<Int>]
  /// The same, as pieces.
  let pieces: [[Piece]]
  /// The rows of the embedding that each rank updates, of those that belong to the embedding alone.
  let rows: [Range<Int>]
  /// The elements of a tied embedding that are in the chunks of each rank.
  let tiedElements: [Range<Int>]
  /// E
  private let columns: Int

  init(_ work: UpdateWork, ranks: Int) {
    let all = work.chunks, total = all.reduce(0) { $0 + $1.range.count }
    columns = work.embedding.columns
    var bounds = [0], elements = 0
    for (number, chunk) in all.enumerated() {
      // A chunk belongs to the rank in whose share its middle lies.
      while bounds.count < ranks, (2 * elements + chunk.range.count) * ranks >= 2 * total * bounds.count { bounds.append(number) }
      elements += chunk.range.count
    }
    while bounds.count <= ranks { bounds.append(all.count) }
    let chunks = (0..<ranks).map { bounds[$0]..<bounds[$0 + 1] }
    self.chunks = chunks
    pieces = chunks.map { Self.pieces($0, of: all) }
    let inputs = work.embedding.rowsOfInputsOnly
    rows = (0..<ranks).map {
      inputs.lowerBound + inputs.count * $0 / ranks..<inputs.lowerBound + inputs.count * ($0 + 1) / ranks
    }
    tiedElements = chunks.map { chunks in
      let own = chunks.filter { work.isEmbedding($0) }
      guard let first = own.first, let last = own.last else { return 0..<0 }
      return all[first].range.lowerBound..<all[last].range.upperBound
    }
  }

  private static func pieces(_ chunks: Range<Int>, of all: [UpdateWork.Chunk]) -> [Piece] {
    var pieces: [Piece] = []
    var first = chunks.lowerBound
    while first < chunks.upperBound {
      var end = first + 1
      while end < chunks.upperBound, end - first < mostChunksOfPiece, all[end].segment == all[first].segment { end += 1 }
      pieces.append(
        Piece(
          chunks: first..<end, segment: all[first].segment, range: all[first].range.lowerBound..<all[end - 1].range.upperBound,
          weights: all[first].weights.lowerBound..<all[end - 1].weights.upperBound))
      first = end
    }
    return pieces
  }

  /// Whether a rank adds up the gradient of a token's row of the embedding, or of a part of it.
  func addsUp(_ token: Int32, rank: Int) -> Bool {
    let start = Int(token) * columns, tied = tiedElements[rank]
    return rows[rank].contains(Int(token)) || start < tied.upperBound && tied.lowerBound < start + columns
  }

  /// The ranges of the weights that a rank updates.
  func weights(of rank: Int) -> [Range<Int>] {
    let rows = rows[rank]
    return pieces[rank].map(\.weights) + (rows.isEmpty ? [] : [rows.lowerBound * columns..<rows.upperBound * columns])
  }
}
