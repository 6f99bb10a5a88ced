package import Basics
package import Kernels

/// Chooses tokens from logits, for any number of streams in turn. Nothing is allocated per token.
///
/// Only as many tokens are put in order as may be chosen: the others are passed over by comparing a block of them at a time.
package final class Sampler {
  let sampling: Sampling
  /// [1, V]: logits, then shares of the probability.
  let row: Matrix
  /// [1, V]: the shares of the tokens that are left, the likeliest first.
  let shares: Matrix
  var heap = TokenHeap()

  /// - Precondition: the settings are valid.
  package init(_ sampling: Sampling, vocabularySize: Int) {
    self.sampling = sampling
    row = Matrix(rows: 1, columns: vocabularySize)
    shares = Matrix(rows: 1, columns: vocabularySize)
    if hasFilters { heap.reserve(vocabularySize) }
  }

  /// Whether some tokens are left out for their probability.
  var hasFilters: Bool { sampling.topK != nil || sampling.topP != nil || isFiltering }

  /// The generator of a stream's random numbers.
  package static func generator(seed: UInt64) -> SeededGenerator { SeededGenerator(seed: seed, stream: 1 << 32) }

  /// The next token.
  ///
  /// - Parameters:
  ///   - logits: [1, V].
  ///   - excluded: tokens that may not be chosen, whatever their logits; at least one token must be left.
  ///   - adjust: changes a copy of the logits, [1, V], first.
  package func next(
    _ logits: MatrixView, excluding excluded: [Int32] = [], using generator: inout SeededGenerator,
    adjusting adjust: (Matrix) -> Void = { _ in }
  ) -> Int32 {
    precondition(excluded.count < row.columns, "there is no token left to choose")
    row.copy(from: logits)
    adjust(row)
    for token in excluded { row[0, Int(token)] = -.infinity }
    let largest = TokenChoice.largest(row.view)
    let likeliest = TokenChoice.find(atLeast: largest, in: row.view)
    // A temperature so small that its inverse overflows comes to the same as none.
    if sampling.temperature < .leastNormalMagnitude || sampling.topK == 1 { return token(likeliest, excluded) }

    if isFiltering { return draw(filter(), from: &generator) ?? token(likeliest, excluded) }
    if let topK = sampling.topK, topK < row.columns - excluded.count {
      keep(topK)
      return draw(limit(heap.count), from: &generator) ?? token(likeliest, excluded)
    }
    TokenChoice.softmax(row, temperature: sampling.temperature)
    for token in excluded { row[0, Int(token)] = 0 }
    if let topP = sampling.topP, topP < 1 {
      return draw(keep(share: topP), from: &generator) ?? token(likeliest, excluded)
    }
    return token(TokenChoice.draw(row.view, uniform: generator.uniformDouble()) ?? likeliest, excluded)
  }

  /// The token of a column; where logits that are no numbers have led to none that may be chosen, the first that may.
  private func token(_ column: Int, _ excluded: [Int32]) -> Int32 {
    if column < row.columns, !excluded.contains(Int32(column)) { return Int32(column) }
    return (0..<Int32(row.columns)).first { !excluded.contains($0) } ?? 0
  }

  /// Leaves the k likeliest in the heap's array, the likeliest first, and their shares of the probability.
  private func keep(_ k: Int) {
    let row = self.row
    heap.removeAll()
    // The least likely of those that are kept is on top; of equals the higher id goes first.
    func goesFirst(_ a: Int32, _ b: Int32) -> Bool { (row[0, Int(a)], b) < (row[0, Int(b)], a) }
    var column = -1
    while true {
      // Beyond k, only what is likelier than the top: an equal one has the higher id.
      let limit = heap.count < k ? -Float.greatestFiniteMagnitude : row[0, Int(heap.tokens[0])].nextUp
      column = TokenChoice.find(atLeast: limit, in: row.view, from: column + 1)
      if column == row.columns { break }
      if heap.count < k { heap.insert(Int32(column), goesFirst) } else { heap.replaceTop(by: Int32(column), goesFirst) }
    }
    for _ in 0..<heap.count { heap.removeTop(goesFirst) }
    heap.restore()
    for (place, token) in heap.tokens.enumerated() { shares[0, place] = row[0, Int(token)] }
    if heap.count > 0 { TokenChoice.softmax(shares.columns(0..<heap.count), temperature: sampling.temperature) }
  }

  /// How many of the first `count` shares are within top-p.
  private func limit(_ count: Int) -> Int {
    guard let topP = sampling.topP, topP < 1 else { return count }
    var sum = 0.0
    for place in 0..<count {
      sum += Double(shares[0, place])
      if sum >= Double(topP) { return place + 1 }
    }
    return count
  }

  /// Leaves the fewest likeliest tokens that have a share together at the front of the heap's array, and says how many.
  private func keep(share topP: Float) -> Int {
    let row = self.row
    // A bound below which no token is needed, found by quartering; then only what is above it is put in order.
    var bound = TokenChoice.largest(row.view)
    repeat { bound /= 4 } while bound > 0 && TokenChoice.sum(atLeast: bound, in: row.view) < Double(topP)
    bound = max(bound, .leastNonzeroMagnitude)
    heap.removeAll()
    var column = TokenChoice.find(atLeast: bound, in: row.view)
    while column < row.columns {
      heap.append(Int32(column))
      column = TokenChoice.find(atLeast: bound, in: row.view, from: column + 1)
    }
    // The likeliest is on top; of equals the lower id goes first.
    func goesFirst(_ a: Int32, _ b: Int32) -> Bool { (row[0, Int(b)], a) < (row[0, Int(a)], b) }
    heap.arrange(goesFirst)
    var sum = 0.0, kept = 0
    while heap.count > 0, sum < Double(topP) {
      let share = row[0, Int(heap.tokens[0])]
      heap.removeTop(goesFirst)
      shares[0, kept] = share
      sum += Double(share)
      kept += 1
    }
    heap.restore()
    heap.reverse()
    return kept
  }

  /// A token of the heap's array, by the first `count` shares.
  private func draw(_ count: Int, from generator: inout SeededGenerator) -> Int32? {
    let uniform = generator.uniformDouble()
    guard count > 0, let place = TokenChoice.draw(shares.view.columns(0..<count), uniform: uniform) else { return nil }
    return heap.tokens[place]
  }
}
