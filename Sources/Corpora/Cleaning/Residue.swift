/// What web pages leave around lyrics that were scraped from them. A residue is removed whole or kept whole.
enum Residue {
  /// Whether bytes stand at a place of a text.
  @inline(__always)
  static func has(_ pattern: [UInt8], _ text: Span<UInt8>, _ index: Int, _ end: Int) -> Bool {
    guard index >= 0, end - index >= pattern.count else { return false }
    for place in 0..<pattern.count where text[index + place] != pattern[place] { return false }
    return true
  }

  /// Whether bytes in lower case stand at a place of a text, whatever the case of its ASCII letters.
  static func hasAnyCase(_ pattern: [UInt8], _ text: Span<UInt8>, _ index: Int, _ end: Int) -> Bool {
    guard index >= 0, end - index >= pattern.count else { return false }
    for place in 0..<pattern.count where lowercased(ascii: text[index + place]) != lowercased(ascii: pattern[place]) { return false }
    return true
  }

  /// The first place of a pattern in a range, or nil.
  static func first(_ pattern: [UInt8], _ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
    guard let start = pattern.first else { return nil }
    var index = range.lowerBound
    while index + pattern.count <= range.upperBound {
      if text[index] == start, has(pattern, text, index, range.upperBound) { return index }
      index += 1
    }
    return nil
  }

  /// Where the line that holds a place ends.
  @inline(__always)
  static func endOfLine(_ text: Span<UInt8>, _ place: Int, _ end: Int) -> Int {
    firstPlace(of: newlineByte, in: text, from: place, to: end)
  }

  /// Where the line that holds a place begins.
  static func startOfLine(_ text: Span<UInt8>, _ place: Int, _ start: Int) -> Int {
    var index = place
    while index > start, text[index - 1] != newlineByte { index -= 1 }
    return index
  }

  /// The place after spaces, tabs and no-break spaces.
  static func afterSpaces(_ text: Span<UInt8>, _ place: Int, _ end: Int) -> Int {
    var index = place
    while index < end {
      if text[index] == 0x20 || text[index] == tabByte {
        index += 1
      } else if index + 1 < end, text[index] == 0xC2, text[index + 1] == 0xA0 {
        index += 2
      } else {
        break
      }
    }
    return index
  }

  /// The place before spaces, tabs and no-break spaces, and before line ends on request.
  static func beforeSpaces(_ text: Span<UInt8>, _ place: Int, _ start: Int, andLineEnds: Bool = false) -> Int {
    var index = place
    while index > start {
      let byte = text[index - 1]
      if byte == 0x20 || byte == tabByte || andLineEnds && byte == newlineByte {
        index -= 1
      } else if byte == 0xA0, index - 1 > start, text[index - 2] == 0xC2 {
        index -= 2
      } else {
        break
      }
    }
    return index
  }

  @inline(__always)
  static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  @inline(__always)
  static func isLowercase(_ byte: UInt8) -> Bool { byte &- 0x61 < 26 }

  @inline(__always)
  static func isUppercase(_ byte: UInt8) -> Bool { byte &- 0x41 < 26 }
}
