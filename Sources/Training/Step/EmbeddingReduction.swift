internal import Kernels
internal import LanguageModel

/// The all-reduce of the embedding's gradient: the rows that any shard touched, added up by the ``ReductionTree``. Of several ranks, each
/// first adds up the rows of its own shards, and then those of its slice over the ranks.
///
/// - Invariant for `@unchecked Sendable`: it belongs to one `SharedWeights`, which calls ``gather(_:)`` only while no task of an update
///   runs. The tasks read the tables, and write to disjoint rows of `sum`.
final class EmbeddingReduction: @unchecked Sendable {
  /// E
  let columns: Int
  /// The tokens that any shard touched, in shard order and there in order of occurrence.
  private(set) var tokens: [Int32] = []
  /// The numbers in ``tokens`` of those whose rows belong to the embedding alone and not to a tied decoder.
  private(set) var inputsOnly: [Int32] = []
  let rowsOfInputsOnly: Range<Int>
  /// For each touched token and shard, the token's row there or -1.
  private var places: [Int32] = []
  /// For each token that the model reads its number in `tokens`, or -1.
  private var number: [Int32]
  private var shards: [TouchedRows] = []
  /// [touched, E]
  private(set) var sum: FloatStorage

  init(_ layout: ParameterLayout) {
    let shape = layout[.embedding].shape
    columns = shape[1]
    rowsOfInputsOnly = layout.rowsOfInputsOnly
    number = Array(repeating: -1, count: shape[0])
    sum = FloatStorage(count: 0)
  }

  /// The rows that a shard, or a rank, touched.
  struct TouchedRows {
    /// The tokens, each once.
    let tokens: [Int32]
    /// The number of each token's row, or -1 where it is not here and is not added up; nil: the rows have the order of the tokens.
    let places: [Int32]?
    /// [rows, E]
    let rows: FloatStorage

    init(tokens: [Int32], places: [Int32]?, rows: FloatStorage) {
      self.tokens = tokens
      self.places = places
      self.rows = rows
    }

    init(_ gradients: Gradients) {
      self.init(tokens: gradients.tokens, places: nil, rows: gradients.embeddingRows.storage)
    }
  }

  /// Finds the touched rows, for ``reduce(_:)-(Range<Int>)``.
  func gather(_ shards: [TouchedRows]) {
    for token in tokens { number[Int(token)] = -1 }
    tokens.removeAll(keepingCapacity: true)
    for shard in shards {
      for token in shard.tokens where number[Int(token)] < 0 {
        number[Int(token)] = Int32(tokens.count)
        tokens.append(token)
      }
    }
    inputsOnly.removeAll(keepingCapacity: true)
    for (number, token) in tokens.enumerated() where rowsOfInputsOnly.contains(Int(token)) { inputsOnly.append(Int32(number)) }
    places.removeAll(keepingCapacity: true)
    places.append(contentsOf: repeatElement(-1, count: tokens.count * shards.count))
    for (shard, gradients) in shards.enumerated() {
      for (index, token) in gradients.tokens.enumerated() {
        places[Int(number[Int(token)]) * shards.count + shard] = gradients.places?[index] ?? Int32(index)
      }
    }
    self.shards = shards
    let needed = tokens.count * columns
    if sum.count < needed { sum = FloatStorage(count: min(needed + needed / 4, number.count * columns)) }
  }

  /// Adds up some of the touched rows; returns the sum of their squares.
  func reduce(_ rows: Range<Int>) -> Double {
    rows.reduce(0.0) { $0 + reduce($1) }
  }

  /// Adds up one of the touched rows; returns the sum of its squares.
  func reduce(_ row: Int) -> Double {
    let range = row * columns..<(row + 1) * columns
    sum.fill(0, in: range)
    if let shard = reduce(row, of: 0..<shards.count) {
      Rows.add(rows(of: shard), at: place(row, of: shard) * columns, to: sum, range: range)
    }
    return Optimizer.squares(sum, range: range)
  }

  /// Adds up a row over some shards, by the tree, in the memory of the first that touched it; returns that shard, or nil if none did.
  private func reduce(_ row: Int, of range: Range<Int>) -> Int? {
    if range.count == 1 { return place(row, of: range.lowerBound) < 0 ? nil : range.lowerBound }
    let (left, right) = ReductionTree.halves(range)
    guard let first = reduce(row, of: left) else { return reduce(row, of: right) }
    guard let second = reduce(row, of: right) else { return first }
    let start = place(row, of: first) * columns
    Rows.add(rows(of: second), at: place(row, of: second) * columns, to: rows(of: first), range: start..<start + columns)
    return first
  }

  /// The place of a touched row among those of a shard, or -1.
  private func place(_ row: Int, of shard: Int) -> Int { Int(places[row * shards.count + shard]) }

  private func rows(of shard: Int) -> FloatStorage { shards[shard].rows }

  /// Adds the part of a row inside a range of the gradient of a tied decoder, [V, E].
  func add(_ row: Int, to gradient: FloatStorage, inside range: Range<Int>) {
    let start = Int(tokens[row]) * columns, part = (start..<start + columns).clamped(to: range)
    if !part.isEmpty { Rows.add(sum, at: row * columns + part.lowerBound - start, to: gradient, range: part) }
  }

  /// Adds some of the rows that are added up to the gradient of a tied decoder, [V, E], which has no rows of control tokens.
  ///
  /// - Returns: the sum of the squares of the other rows.
  func add(_ rows: Range<Int>, to gradient: FloatStorage) -> Double {
    var squares = 0.0
    for row in rows {
      let token = Int(tokens[row])
      if rowsOfInputsOnly.contains(token) {
        squares += Optimizer.squares(sum, range: row * columns..<(row + 1) * columns)
        continue
      }
      Rows.add(sum, at: row * columns, to: gradient, range: token * columns..<(token + 1) * columns)
    }
    return squares
  }

  /// The touched row of a token, if it was touched.
  func row(of token: Int) -> Int? { number[token] < 0 ? nil : Int(number[token]) }
}
