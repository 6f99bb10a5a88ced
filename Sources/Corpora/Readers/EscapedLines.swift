internal import Basics

/// Lyrics whose line ends a program wrote as it writes strings in its source code: `one\ntwo`, or `['one', "it's two"]`.
enum EscapedLines {
  private static let backslash = UInt8(ascii: "\\")
  private static let apostrophe = UInt8(ascii: "'")

  /// The text with its line ends, if it has none before its end and `\n` stands in it at least twice; nil for any other text.
  static func unescaped(_ text: Span<UInt8>) -> [UInt8]? {
    var end = text.count
    while end > 0, text[end - 1] <= 0x20 { end -= 1 }
    // Most texts have a line end near their beginning.
    guard firstPlace(of: newlineByte, in: text, from: 0, to: end) == end else { return nil }
    let first = firstPlace(of: backslash, in: text, from: 0, to: end)
    guard first < end, firstPlace(of: carriageReturn, in: text, from: 0, to: first) == first else { return nil }
    var result: [UInt8] = []
    result.reserveCapacity(end)
    result.append(text, 0..<first)
    var lineEnds = 0
    var index = first
    while index < end {
      guard text[index] == backslash else {
        if text[index] == carriageReturn { return nil }
        result.append(text[index])
        index += 1
        continue
      }
      // What was escaped twice has two.
      var next = index + 1
      while next < text.count, text[next] == backslash { next += 1 }
      switch next < text.count ? text[next] : 0 {
      case UInt8(ascii: "n"):
        lineEnds += 1
        result.append(newlineByte)
      case UInt8(ascii: "r"):
        // \r\n is one line end, and \r alone is one, too.
        var after = next + 1
        while after < text.count, text[after] == backslash { after += 1 }
        if after == next + 1 || after == text.count || text[after] != UInt8(ascii: "n") {
          lineEnds += 1
          result.append(newlineByte)
        }
      case quoteByte, apostrophe: result.append(text[next])
      default:
        result.append(text, index..<next)
        index = next
        continue
      }
      index = next + 1
    }
    return lineEnds >= 2 ? result : nil
  }

  /// The strings of a text that is a list of strings as Python or JSON writes it, a line each; nil for any other text.
  ///
  /// Commas may be missing, as in NumPy's lists.
  static func lines(ofList text: Span<UInt8>) -> [UInt8]? {
    var index = 0
    skipSpace(text, &index)
    guard index < text.count, text[index] == UInt8(ascii: "[") else { return nil }
    index += 1
    var result: [UInt8] = []
    var count = 0
    while true {
      skipSpace(text, &index)
      guard index < text.count else { return nil }
      if text[index] == UInt8(ascii: "]") { break }
      if let end = endOfNothing(text, index) {
        index = end
        skipSpace(text, &index)
        if index < text.count, text[index] == UInt8(ascii: ",") { index += 1 }
        continue
      }
      // Python 2 writes u'...'.
      if text[index] == UInt8(ascii: "u"), index + 1 < text.count { index += 1 }
      guard text[index] == quoteByte || text[index] == apostrophe, let line = string(text, &index) else { return nil }
      if count > 0 { result.append(newlineByte) }
      result += line
      count += 1
      skipSpace(text, &index)
      if index < text.count, text[index] == UInt8(ascii: ",") { index += 1 }
    }
    index += 1
    skipSpace(text, &index)
    // An empty list has no lyrics.
    return index == text.count ? result : nil
  }

  private static let nothings = ["None", "nan", "NaN", "null"].map { Array($0.utf8) }

  /// Where a value ends that stands for a missing line; nil if there is none at the place.
  private static func endOfNothing(_ text: Span<UInt8>, _ index: Int) -> Int? {
    nothings.first { Residue.has($0, text, index, text.count) }.map { index + $0.count }
  }

  private static func skipSpace(_ text: Span<UInt8>, _ index: inout Int) {
    while index < text.count, text[index] <= 0x20 { index += 1 }
  }

  /// The string in quotation marks at a place, without line ends at its end; nil if it has no end.
  private static func string(_ text: Span<UInt8>, _ index: inout Int) -> [UInt8]? {
    let quote = text[index]
    var result: [UInt8] = []
    index += 1
    while index < text.count, text[index] != quote {
      if text[index] == backslash, index + 1 < text.count {
        guard let next = appendEscaped(text, index + 1, to: &result) else { return nil }
        index = next
      } else {
        result.append(text[index])
        index += 1
      }
    }
    guard index < text.count else { return nil }
    index += 1
    while let last = result.last, last == newlineByte || last == carriageReturn { result.removeLast() }
    return result
  }

  /// Appends the character of the escape at `place` and returns the index after it; nil if the escape is invalid.
  private static func appendEscaped(_ text: Span<UInt8>, _ place: Int, to result: inout [UInt8]) -> Int? {
    switch text[place] {
    case UInt8(ascii: "n"): result.append(newlineByte)
    case UInt8(ascii: "r"): result.append(carriageReturn)
    case UInt8(ascii: "t"): result.append(tabByte)
    case UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "v"), UInt8(ascii: "a"): break
    case quoteByte, apostrophe, backslash, UInt8(ascii: "/"): result.append(text[place])
    case UInt8(ascii: "x"): return appendScalar(text, place + 1, digits: 2, to: &result)
    case UInt8(ascii: "u"): return appendScalar(text, place + 1, digits: 4, to: &result)
    case UInt8(ascii: "U"): return appendScalar(text, place + 1, digits: 8, to: &result)
    default:
      // Python keeps a backslash that escapes nothing.
      result.append(backslash)
      result.append(text[place])
    }
    return place + 1
  }

  private static func appendScalar(_ text: Span<UInt8>, _ place: Int, digits: Int, to result: inout [UInt8]) -> Int? {
    guard var value = number(text, place, digits) else { return nil }
    var next = place + digits
    if digits == 4, value >> 10 == 0x36, next + 6 <= text.count, text[next] == backslash, text[next + 1] == UInt8(ascii: "u"),
      let low = number(text, next + 2, 4), low >> 10 == 0x37
    {
      value = 0x1_0000 + (value & 0x3FF) << 10 + low & 0x3FF
      next += 6
    }
    result.append(contentsOf: UTF8.encode(Unicode.Scalar(value) ?? "\u{FFFD}") ?? .init())
    return next
  }

  /// A hexadecimal number; nil if one of its digits is none.
  private static func number(_ text: Span<UInt8>, _ place: Int, _ digits: Int) -> UInt32? {
    guard place + digits <= text.count else { return nil }
    var value: UInt32 = 0
    for index in place..<place + digits {
      guard let digit = JSONScanner.hexadecimalDigit(text[index]) else { return nil }
      value = value << 4 | digit
    }
    return value
  }
}
