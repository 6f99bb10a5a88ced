internal import Kernels
internal import LanguageModel

/// The all-reduce of the embedding's gradient: the rows that any shard touched, added up in shard order; and when each row was last
/// updated.
///
/// - Invariant for `@unchecked Sendable`: it belongs to one `SharedWeights`, which calls ``gather(_:)`` and ``noteUpdate()`` only while no
///   task of an update runs. The tasks read the tables, and write to disjoint rows of `sum`.
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
  /// How many updates there were, and for each token the last one that touched its row.
  var updates: Int32 = 0
  var lastUpdate: [Int32]
  /// [touched, E]
  private(set) var sum: FloatStorage

  init(_ layout: ParameterLayout) {
    let shape = layout[.embedding].shape
    columns = shape[1]
    number = Array(repeating: -1, count: shape[0])
    lastUpdate = Array(repeating: 0, count: shape[0])
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

  /// How many updates went by without touching a token's row since the last one that did.
  func missedUpdates(_ token: Int) -> Int { Int(updates - lastUpdate[token]) }

  /// The touched row of a token, if it was touched.
  func row(of token: Int) -> Int? { number[token] < 0 ? nil : Int(number[token]) }

  /// The touched rows were updated, or all of them.
  func noteUpdate(ofAll: Bool) {
    updates += 1
    if ofAll {
      for token in lastUpdate.indices { lastUpdate[token] = updates }
    } else {
      for token in tokens { lastUpdate[Int(token)] = updates }
    }
  }
}
