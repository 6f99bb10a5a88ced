/// A mark that a line, or what stands before, is sung several times: `(x2)`, `[2x]`, `x3`, `[Repeat x2]`.
struct RepeatMark {
  /// The line without the mark.
  var line: Range<Int>
  /// How many times it is sung in all; `Int.max` for a number that is larger.
  var count: Int

  /// A larger number is a joke, or no mark: such a mark is kept.
  static let mostTimes = 8

  /// Several marks at the end of one line do not multiply: the largest counts. Nil if the line ends in no mark.
  init?(_ text: Span<UInt8>, _ line: Range<Int>) {
    guard var mark = Self.last(text, line) else { return nil }
    while !mark.line.isEmpty, let before = Self.last(text, mark.line) {
      mark.line = before.line
      mark.count = max(mark.count, before.count)
    }
    self.line = mark.line
    count = mark.count
  }

  /// The mark at the very end of a line, and what stands before it.
  private static func last(_ text: Span<UInt8>, _ line: Range<Int>) -> (line: Range<Int>, count: Int)? {
    var end = line.upperBound
    var opening: UInt8?
    switch text[end - 1] {
    case UInt8(ascii: ")"): (opening, end) = (UInt8(ascii: "("), end - 1)
    case UInt8(ascii: "]"): (opening, end) = (UInt8(ascii: "["), end - 1)
    default: break
    }
    var start = end
    while start > line.lowerBound, isMark(text[start - 1]) { start -= 1 }
    let mark = string(text, start..<end).lowercased()
    let digits = mark.hasPrefix("x") ? mark.dropFirst() : mark.hasSuffix("x") ? mark.dropLast() : ""
    guard !digits.isEmpty, !digits.contains("x") else { return nil }
    let count = Int(digits) ?? .max
    guard count >= 2 else { return nil }
    if let opening {
      // [Repeat x2], (repeat 2x)
      let word = Array("repeat ".utf8)
      if start - word.count >= line.lowerBound, word.indices.allSatisfy({ lowercased(ascii: text[start - word.count + $0]) == word[$0] }) {
        start -= word.count
      }
      guard start > line.lowerBound, text[start - 1] == opening else { return nil }
      start -= 1
    } else if start > line.lowerBound, text[start - 1] != 0x20 {
      return nil
    }
    return (SongText.trimmed(text, line.lowerBound..<start), count)
  }

  private static func isMark(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 || byte | 0x20 == UInt8(ascii: "x") }
}
