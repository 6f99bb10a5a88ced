internal import Kernels
internal import LanguageModel

/// The all-reduce of the embedding's gradient: the rows that any shard touched, added up in shard order.
///
/// - Invariant for `@unchecked Sendable`: it belongs to one `SharedWeights`, which calls ``gather(_:)`` only while no task of an update
///   runs. The tasks read the tables, and write to disjoint rows of `sum`.
final class EmbeddingReduction: @unchecked Sendable {
  /// E
  let columns: Int
  /// The tokens that any shard touched, in shard order and there in order of occurrence.
  private(set) var tokens: [Int32] = []
  /// For each touched token and shard, the token's row there or -1.
  private var places: [Int32] = []
  /// For each token of the vocabulary its number in `tokens`, or -1.
  private var number: [Int32]
  private var shards: [Gradients] = []
  /// [touched, E]
  private(set) var sum: FloatStorage

  init(_ layout: ParameterLayout) {
    let shape = layout[.embedding].shape
    columns = shape[1]
    number = Array(repeating: -1, count: shape[0])
    sum = FloatStorage(count: 0)
  }

  /// Finds the touched rows, for ``reduce(_:)``.
  func gather(_ shards: [Gradients]) {
    for token in tokens { number[Int(token)] = -1 }
    tokens.removeAll(keepingCapacity: true)
    for shard in shards {
      for token in shard.tokens where number[Int(token)] < 0 {
        number[Int(token)] = Int32(tokens.count)
        tokens.append(token)
      }
    }
    places.removeAll(keepingCapacity: true)
    places.append(contentsOf: repeatElement(-1, count: tokens.count * shards.count))
    for (shard, gradients) in shards.enumerated() {
      for (row, token) in gradients.tokens.enumerated() { places[Int(number[Int(token)]) * shards.count + shard] = Int32(row) }
    }
    self.shards = shards
    let needed = tokens.count * columns
    if sum.count < needed { sum = FloatStorage(count: min(needed + needed / 4, number.count * columns)) }
  }

  /// Adds up some of the touched rows; returns the sum of their squares.
  func reduce(_ rows: Range<Int>) -> Double {
    var squares = 0.0
    for row in rows {
      let range = row * columns..<(row + 1) * columns
      sum.fill(0, in: range)
      for (shard, gradients) in shards.enumerated() {
        let place = Int(places[row * shards.count + shard])
        if place >= 0 { Rows.add(gradients.embeddingRows.storage, at: place * columns, to: sum, range: range) }
      }
      squares += Optimizer.squares(sum, range: range)
    }
    return squares
  }

  /// The touched row of a token, if it was touched.
  func row(of token: Int) -> Int? { number[token] < 0 ? nil : Int(number[token]) }
}
