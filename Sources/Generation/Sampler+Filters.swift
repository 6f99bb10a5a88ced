private import Foundation
internal import Kernels

/// Min-p and typical sampling, together with top-k and top-p.
extension Sampler {
  /// Whether a token is chosen by ``filter()``. Other samplers do without, as they always did.
  var isFiltering: Bool { sampling.minP ?? 0 > 0 || sampling.typicalP ?? 1 < 1 }

  /// Leaves the tokens that all filters accept at the front of the heap's array, with their shares of the probability, and returns how
  /// many.
  ///
  /// The filters come in this order: temperature, top-k, min-p, top-p, typical. Each sees what the one before has left, as a distribution.
  func filter() -> Int {
    TokenChoice.softmax(row, temperature: sampling.temperature)
    let bound = max(TokenChoice.largest(row.view) * (sampling.minP ?? 0), .leastNonzeroMagnitude)
    heap.removeAll()
    var column = TokenChoice.find(atLeast: bound, in: row.view)
    while column < row.columns {
      heap.append(Int32(column))
      column = TokenChoice.find(atLeast: bound, in: row.view, from: column + 1)
    }
    let topP = sampling.topP ?? 1
    if sampling.topK ?? .max < heap.count || topP < 1 {
      let row = self.row
      // Of equals the lower id goes first.
      take(upTo: sampling.topK ?? .max, share: topP) { (row[0, Int($1)], $0) < (row[0, Int($0)], $1) }
    }
    if let typicalP = sampling.typicalP, typicalP < 1 { keepTypical(typicalP) }
    for (place, token) in heap.tokens.enumerated() { shares[0, place] = row[0, Int(token)] }
    return heap.tokens.count
  }

  /// Leaves the tokens whose surprise is nearest to the expected one, until they have a share together.
  private func keepTypical(_ share: Float) {
    let row = self.row
    let total = heap.tokens.reduce(0.0) { $0 + Double(row[0, Int($1)]) }
    var entropy = 0.0
    for token in heap.tokens {
      let p = Double(row[0, Int(token)]) / total
      if p > 0 { entropy -= p * log(p) }
    }
    func distance(_ token: Int32) -> Double { abs(-log(Double(row[0, Int(token)]) / total) - entropy) }
    take(upTo: .max, share: share) { (distance($0), $0) < (distance($1), $1) }
  }

  /// Leaves the first of the heap's tokens in an order: at most so many, and no more than have a share of all of these together.
  private func take(upTo most: Int, share: Float, _ goesFirst: (Int32, Int32) -> Bool) {
    heap.arrange(goesFirst)
    let total: Double
    if most < heap.count {
      // The share is of the tokens that top-k leaves.
      var kept = 0.0
      for _ in 0..<most {
        kept += Double(row[0, Int(heap.tokens[0])])
        heap.removeTop(goesFirst)
      }
      heap.keepTaken()
      heap.arrange(goesFirst)
      total = kept
    } else {
      total = heap.tokens.reduce(0.0) { $0 + Double(row[0, Int($1)]) }
    }
    var sum = 0.0
    while heap.count > 0, sum < Double(share) * total {
      sum += Double(row[0, Int(heap.tokens[0])])
      heap.removeTop(goesFirst)
    }
    heap.keepTaken()
  }
}
