/// Recognizes a mark that says that a line or the stanza before it is sung several times: `(x2)`, `[2x]`, `x3`, `[Repeat x2]`.
struct RepeatMark {
  /// The line without the mark.
  var line: Range<Int>
  /// How many times it is sung in all; `Int.max` for a number that is larger.
  var count: Int

  /// The largest number that is carried out. A mark with a larger one is kept: it is a joke, or no mark.
  static let mostTimes = 8

  /// Finds the marks at the end of a line; nil if there are none. Several marks do not multiply: the largest counts.
  init?(_ text: Span<UInt8>, _ line: Range<Int>) {
    guard var mark = Self.last(text, line) else { return nil }
    while !mark.line.isEmpty, let before = Self.last(text, mark.line) {
      mark.line = before.line
      mark.count = max(mark.count, before.count)
    }
    self.line = mark.line
    count = mark.count
  }

  /// Finds the last mark of a line, and the text before it.
  private static func last(_ text: Span<UInt8>, _ line: Range<Int>) -> (line: Range<Int>, count: Int)? {
    var end = line.upperBound
    var opening: UInt8?
    switch text[end - 1] {
    case UInt8(ascii: ")"):
      opening = UInt8(ascii: "(")
      end -= 1
    case UInt8(ascii: "]"):
      opening = UInt8(ascii: "[")
      end -= 1
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
