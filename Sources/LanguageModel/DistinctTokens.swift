/// The distinct tokens of a window, and which of them stands where.
struct DistinctTokens {
  /// In order of first occurrence.
  private(set) var tokens: [Int32] = []
  /// For each position the number of its token in ``tokens``.
  private(set) var places: [Int32] = []
  /// For each token that the model reads its number in ``tokens``, or -1.
  private var number: [Int32]

  init(positions: Int, inputCount: Int) {
    number = Array(repeating: -1, count: inputCount)
    tokens.reserveCapacity(min(positions, inputCount))
    places.reserveCapacity(positions)
  }

  mutating func find(in window: [Int32]) {
    for token in tokens { number[Int(token)] = -1 }
    tokens.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    for token in window {
      precondition(token >= 0 && token < number.count, "token \(token) is outside the vocabulary of \(number.count)")
      if number[Int(token)] < 0 {
        number[Int(token)] = Int32(tokens.count)
        tokens.append(token)
      }
      places.append(number[Int(token)])
    }
  }
}
