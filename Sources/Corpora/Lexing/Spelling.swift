/// The ways of writing the apostrophes of a token: `don't` and `don’t` are one word, which a vocabulary has in one of them.
enum Spelling {
  private static let straight = UInt8(ascii: "'")
  /// The first byte of a curly apostrophe, U+2019.
  private static let curly: UInt8 = 0xE2

  /// Whether the token is a word or tag with an apostrophe, and not an apostrophe alone.
  static func hasApostrophe(_ token: Span<UInt8>, _ range: Range<Int>) -> Bool {
    var count = 0, others = 0
    forEachPart(token, range) { if $0 { count += 1 } else { others += 1 } }
    return count > 0 && others > 0
  }

  /// The token with every apostrophe straight, or curly.
  static func written(_ token: Span<UInt8>, _ range: Range<Int>, curly isCurly: Bool) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(range.count)
    var index = range.lowerBound
    forEachPart(token, range) { isApostrophe in
      if !isApostrophe {
        result.append(token[index])
        index += 1
      } else {
        index += token[index] == straight ? 1 : 3
        if isCurly { result += [curly, 0x80, 0x99] } else { result.append(straight) }
      }
    }
    return result
  }

  /// Calls `take` once for each apostrophe (true) and once for each other byte (false).
  private static func forEachPart(_ token: Span<UInt8>, _ range: Range<Int>, _ take: (_ isApostrophe: Bool) -> Void) {
    var index = range.lowerBound
    while index < range.upperBound {
      let isCurly =
        token[index] == curly && range.upperBound - index >= 3 && token[index + 1] == 0x80 && token[index + 2] == 0x99
      take(isCurly || token[index] == straight)
      index += isCurly ? 3 : 1
    }
  }
}
