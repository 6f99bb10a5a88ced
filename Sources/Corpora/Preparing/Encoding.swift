/// The second pass: the gathered numbers become tokens of the vocabulary, part by part.
struct Encoding {
  let settlement: Gathering.Settlement
  let numbers: TypeNumbers
  let ids: NumberStore

  /// The tokens of a block, or of one that becomes bytes.
  struct Block: Sendable {
    var part: Int
    var tokens: [TokenID]
    var unknown: Int
    /// The tokens as the store has them, if it was asked for.
    var bytes: [UInt8] = []
  }

  /// Hands on the blocks of all parts in order.
  ///
  /// - Parameter tokenSize: 2 or 4 to have the bytes instead of the tokens; nil for the tokens.
  /// - Throws: `CorpusError`; what `take` throws.
  func run(workers: Int, tokenSize: Int?, take: (Block) throws -> Void) throws {
    let numbers = numbers
    let ids = ids
    for part in 0..<3 {
      var blocks = Blocks(settlement.stretches(part))
      try inOrder(
        workers: workers, next: { try blocks.next() }, state: { () },
        process: { (_, block) in
          var result = Self.encode(block.stretches, part: part, numbers, ids: try block.stretches.read(from: ids))
          if let tokenSize {
            result.bytes = [UInt8](repeating: 0, count: result.tokens.count * tokenSize)
            var place = 0
            for token in result.tokens {
              result.bytes[place] = UInt8(truncatingIfNeeded: token)
              result.bytes[place + 1] = UInt8(truncatingIfNeeded: token >> 8)
              if tokenSize == 4 {
                result.bytes[place + 2] = UInt8(truncatingIfNeeded: token >> 16)
                result.bytes[place + 3] = UInt8(truncatingIfNeeded: token >> 24)
              }
              place += tokenSize
            }
          }
          return result
        },
        take: take)
    }
  }

  private static func encode(_ block: [Gathering.Settlement.Stretch], part: Int, _ numbers: TypeNumbers, ids: [UInt32]) -> Block {
    var tokens: [TokenID] = []
    tokens.reserveCapacity(ids.count + block.count)
    var unknown = 0
    var index = 0
    let boundary = numbers.tokenizer.songBoundary
    for stretch in block {
      if stretch.hasBoundary, let boundary { tokens.append(boundary) }
      unknown += numbers.append(ids[index..<index + stretch.count], to: &tokens)
      index += stretch.count
    }
    return Block(part: part, tokens: tokens, unknown: unknown)
  }
}
