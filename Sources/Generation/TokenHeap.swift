/// A binary heap of tokens in one array, which is kept from token to token.
///
/// A token that is taken off the top moves behind the heap, as in heap sort: after ``restore()`` the array is all there, and those taken
/// off stand at its end, the last one first.
struct TokenHeap {
  private(set) var tokens: [Int32] = []
  /// How many of the tokens are in the heap; the others were taken off.
  private(set) var count = 0

  mutating func reserve(_ capacity: Int) { tokens.reserveCapacity(capacity) }

  mutating func removeAll() {
    tokens.removeAll(keepingCapacity: true)
    count = 0
  }

  /// Adds a token without regard to order, which ``arrange(_:)`` then makes.
  ///
  /// - Precondition: nothing was taken off.
  mutating func append(_ token: Int32) {
    tokens.append(token)
    count += 1
  }

  mutating func arrange(_ goesFirst: (Int32, Int32) -> Bool) {
    for place in stride(from: count / 2 - 1, through: 0, by: -1) { sink(place, goesFirst) }
  }

  mutating func insert(_ token: Int32, _ goesFirst: (Int32, Int32) -> Bool) {
    append(token)
    var place = count - 1
    while place > 0, goesFirst(tokens[place], tokens[(place - 1) / 2]) {
      tokens.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func replaceTop(by token: Int32, _ goesFirst: (Int32, Int32) -> Bool) {
    tokens[0] = token
    sink(0, goesFirst)
  }

  mutating func removeTop(_ goesFirst: (Int32, Int32) -> Bool) {
    count -= 1
    tokens.swapAt(0, count)
    sink(0, goesFirst)
  }

  /// Ends taking off: all tokens count again.
  mutating func restore() { count = tokens.count }

  mutating func reverse() { tokens.reverse() }

  /// Leaves only what was taken off, in the order in which it was.
  mutating func keepTaken() {
    tokens.removeFirst(count)
    tokens.reverse()
    count = tokens.count
  }

  private mutating func sink(_ start: Int, _ goesFirst: (Int32, Int32) -> Bool) {
    var place = start
    while true {
      var first = place
      for child in [2 * place + 1, 2 * place + 2] where child < count && goesFirst(tokens[child], tokens[first]) { first = child }
      if first == place { return }
      tokens.swapAt(place, first)
      place = first
    }
  }
}
