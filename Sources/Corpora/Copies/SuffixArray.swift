/// Sorts the suffixes of a text by induced sorting: SA-IS, after Nong, Zhang and Chan, "Linear suffix array construction by almost pure
/// induced-sorting" (2009).
///
/// Suffix i is smaller than suffix i + 1 (it is of type S) or larger (type L); the end of the text counts as the smallest symbol. An S
/// suffix after an L suffix is leftmost (LMS). The LMS suffixes are sorted first, by names of the pieces between them and if names are
/// equal by recursion; the order of all others follows from theirs in two passes.
package enum SuffixArray {
  /// Returns the starts of all suffixes in order.
  ///
  /// - Parameters:
  ///   - text: numbers below `alphabet`; fewer than 2^31 of them.
  ///   - alphabet: how many symbols there may be.
  /// - Complexity: O(n + alphabet) time; 4 bytes a symbol for the result, and at most 8 more meanwhile.
  package static func sorted(_ text: Span<UInt32>, alphabet: Int) -> [UInt32] {
    precondition(text.count < Int(Int32.max), "a suffix has a number of 31 bits")
    if text.isEmpty { return [] }
    let types = Types(of: text)
    let buckets = bucketStarts(text, alphabet: alphabet)
    var leftmost: [UInt32] = []
    for index in 0..<text.count where types.isLeftmost(index) { leftmost.append(UInt32(index)) }
    var suffixes = induced(from: leftmost.span, text, types, buckets)
    if leftmost.isEmpty { return suffixes }

    // The LMS suffixes in the order of their pieces, packed at the front.
    var count = 0
    for index in suffixes.indices where types.isLeftmost(Int(suffixes[index])) {
      suffixes[count] = suffixes[index]
      count += 1
    }
    // No two LMS suffixes are neighbours, so half of the places are enough for their names.
    var names = [UInt32](repeating: .max, count: text.count / 2 + 1)
    var name: UInt32 = 0
    for index in 0..<count {
      let place = Int(suffixes[index])
      if index > 0, !isPieceEqual(Int(suffixes[index - 1]), place, text, types) { name += 1 }
      names[place / 2] = name
    }
    if Int(name) + 1 < count {
      let reduced = leftmost.map { names[Int($0) / 2] }
      names = []
      suffixes = []
      let order = sorted(reduced.span, alphabet: Int(name) + 1)
      let sortedLeftmost = order.map { leftmost[Int($0)] }
      return induced(from: sortedLeftmost.span, text, types, buckets)
    }
    suffixes.removeLast(suffixes.count - count)
    return induced(from: suffixes.span, text, types, buckets)
  }

  /// The type of each suffix, a bit each.
  private struct Types {
    private var bits: [UInt64]

    init(of text: Span<UInt32>) {
      bits = [UInt64](repeating: 0, count: text.count / 64 + 1)
      var isSmaller = false
      for index in stride(from: text.count - 2, through: 0, by: -1) {
        let symbol = text[index]
        let next = text[index + 1]
        if symbol != next { isSmaller = symbol < next }
        if isSmaller { bits[index >> 6] |= 1 << UInt64(index & 63) }
      }
    }

    /// Whether the suffix is of type S.
    @inline(__always)
    func isSmaller(_ index: Int) -> Bool { bits[index >> 6] >> UInt64(index & 63) & 1 == 1 }

    @inline(__always)
    func isLeftmost(_ index: Int) -> Bool { index > 0 && isSmaller(index) && !isSmaller(index - 1) }
  }

  /// Where the suffixes that begin with each symbol start in the array, and the end of the last.
  private static func bucketStarts(_ text: Span<UInt32>, alphabet: Int) -> [UInt32] {
    var starts = [UInt32](repeating: 0, count: alphabet + 1)
    for index in text.indices { starts[Int(text[index]) + 1] += 1 }
    for symbol in 0..<alphabet { starts[symbol + 1] += starts[symbol] }
    return starts
  }

  private static let empty = UInt32.max

  /// The order of all suffixes that follows from an order of the LMS suffixes.
  private static func induced(from leftmost: Span<UInt32>, _ text: Span<UInt32>, _ types: Types, _ buckets: [UInt32]) -> [UInt32] {
    let count = text.count
    var array = [UInt32](repeating: empty, count: count)
    var suffixes = array.mutableSpan
    // Ends of the buckets, from which S suffixes are put in backwards.
    var ends = Array(buckets.dropFirst())
    for index in stride(from: leftmost.count - 1, through: 0, by: -1) {
      let place = leftmost[index]
      let symbol = Int(text[Int(place)])
      ends[symbol] -= 1
      suffixes[Int(ends[symbol])] = place
    }
    var starts = buckets
    func putFirst(_ place: Int, _ suffixes: inout MutableSpan<UInt32>, _ starts: inout [UInt32]) {
      let symbol = Int(text[place])
      suffixes[Int(starts[symbol])] = UInt32(place)
      starts[symbol] += 1
    }
    // The suffix before the end of the text comes first of all that begin with its symbol.
    putFirst(count - 1, &suffixes, &starts)
    for index in 0..<count {
      let suffix = suffixes[index]
      if suffix == empty || suffix == 0 || types.isSmaller(Int(suffix) - 1) { continue }
      putFirst(Int(suffix) - 1, &suffixes, &starts)
    }
    ends = Array(buckets.dropFirst())
    for index in stride(from: count - 1, through: 0, by: -1) {
      let suffix = suffixes[index]
      if suffix == empty || suffix == 0 || !types.isSmaller(Int(suffix) - 1) { continue }
      let symbol = Int(text[Int(suffix) - 1])
      ends[symbol] -= 1
      suffixes[Int(ends[symbol])] = suffix - 1
    }
    return array
  }

  /// Whether the pieces from two LMS places to the next LMS place are equal, in symbols and types.
  private static func isPieceEqual(_ first: Int, _ second: Int, _ text: Span<UInt32>, _ types: Types) -> Bool {
    var offset = 0
    while true {
      let one = first + offset
      let other = second + offset
      // The end of the text is like no other symbol.
      if one >= text.count || other >= text.count { return false }
      if text[one] != text[other] || types.isSmaller(one) != types.isSmaller(other) { return false }
      if offset > 0, types.isLeftmost(one) || types.isLeftmost(other) { return types.isLeftmost(one) && types.isLeftmost(other) }
      offset += 1
    }
  }
}
