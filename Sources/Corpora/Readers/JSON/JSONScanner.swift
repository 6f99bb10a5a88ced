internal import Basics

/// What is wrong with a JSON text, and where.
struct JSONFault: Error {
  var place: Int
  var reason: String
  /// Whether the bytes ended too early, so that more of them may be sound.
  var isCutOff = false
}

/// A string between its quotation marks.
struct JSONString {
  var range: Range<Int>
  var hasEscapes: Bool
}

/// Reads JSON (RFC 8259) where it lies: values are passed over or pointed at, and nothing is built.
///
/// This is written by hand, since a library would build the whole text in memory, and the input may be hostile and of any size.
enum JSONScanner {
  /// Deeper nesting is no song's, and would use up the stack.
  static let mostDepth = 128

  static func tooDeep(_ place: Int) -> JSONFault { JSONFault(place: place, reason: "it is nested more than \(mostDepth) deep") }

  static func skipSpace(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) {
    while index < end, bytes[index] == 0x20 || bytes[index] &- 9 < 2 || bytes[index] == 0x0D { index += 1 }
  }

  /// Steps over the string at `index`, whose first byte is a quotation mark.
  static func string(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) throws(JSONFault) -> JSONString {
    let start = index + 1
    var place = start
    var hasEscapes = false
    while place < end {
      if end - place >= 8 {
        let word = bytes.eightBytes(at: place)
        let found = EightBytes.first(quoteByte, in: word) | EightBytes.first(UInt8(ascii: "\\"), in: word)
        if found == 0 {
          place += 8
          continue
        }
        place += found.trailingZeroBitCount / 8
      }
      let byte = bytes[place]
      if byte == quoteByte {
        index = place + 1
        return JSONString(range: start..<place, hasEscapes: hasEscapes)
      }
      if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        place += 1
      }
      place += 1
    }
    throw JSONFault(place: index, reason: "a string has no end", isCutOff: true)
  }

  static func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
  }

  /// Steps over any value.
  static func skipValue(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, depth: Int = 0) throws(JSONFault) {
    skipSpace(bytes, &index, end)
    guard index < end else { throw JSONFault(place: index, reason: "it breaks off where a value is expected", isCutOff: true) }
    switch bytes[index] {
    case quoteByte:
      _ = try string(bytes, &index, end)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard depth < mostDepth else { throw tooDeep(index) }
      let isObject = bytes[index] == UInt8(ascii: "{")
      try members(bytes, &index, end, isObject: isObject) { (_, index) throws(JSONFault) in
        try skipValue(bytes, &index, end, depth: depth + 1)
      }
    default:
      try skipLiteral(bytes, &index, end)
    }
  }

  /// Steps over a key, the colon after it and the space before the value.
  @discardableResult
  static func skipKey(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) throws(JSONFault) -> JSONString {
    guard index < end, bytes[index] == quoteByte else {
      throw JSONFault(place: index, reason: "a key in quotation marks is missing", isCutOff: index >= end)
    }
    let key = try string(bytes, &index, end)
    skipSpace(bytes, &index, end)
    guard index < end, bytes[index] == UInt8(ascii: ":") else {
      throw JSONFault(place: index, reason: "a colon is missing", isCutOff: index >= end)
    }
    index += 1
    skipSpace(bytes, &index, end)
    return key
  }

  /// Calls `body` for each member of the object or list at `index`, with the key of an object's; it must step over the value.
  static func members(
    _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, isObject: Bool,
    _ body: (_ key: JSONString?, _ index: inout Int) throws(JSONFault) -> Void
  ) throws(JSONFault) {
    let closing = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
    index += 1
    skipSpace(bytes, &index, end)
    if index < end, bytes[index] == closing {
      index += 1
      return
    }
    while true {
      var key: JSONString?
      if isObject {
        skipSpace(bytes, &index, end)
        key = try skipKey(bytes, &index, end)
      } else {
        skipSpace(bytes, &index, end)
      }
      try body(key, &index)
      skipSpace(bytes, &index, end)
      guard index < end else {
        throw JSONFault(place: index, reason: "it breaks off inside \(isObject ? "an object" : "a list")", isCutOff: true)
      }
      let mark = bytes[index]
      guard mark == UInt8(ascii: ",") || mark == closing else {
        throw JSONFault(place: index, reason: "a comma or the end of \(isObject ? "an object" : "a list") is missing")
      }
      index += 1
      if mark == closing { return }
    }
  }

  /// Steps over a number, true, false or null.
  static func skipLiteral(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) throws(JSONFault) {
    let start = index
    while index < end, isLiteral(bytes[index]) { index += 1 }
    let text = Corpora.string(bytes, start..<min(index, start + 40))
    guard ["true", "false", "null", "NaN", "Infinity", "-Infinity"].contains(text) || Double(text) != nil else {
      throw JSONFault(place: start, reason: "a value is expected", isCutOff: index >= end)
    }
  }

  private static func isLiteral(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }

  /// The text of a string, its escapes undone; half a surrogate pair becomes U+FFFD.
  static func decode(_ string: JSONString, _ bytes: Span<UInt8>, into text: inout [UInt8]) throws(JSONFault) {
    guard string.hasEscapes else { return text.append(bytes, string.range) }
    var index = string.range.lowerBound
    let end = string.range.upperBound
    func unit(_ place: Int) -> UInt32? {
      guard place + 4 <= end else { return nil }
      var value: UInt32 = 0
      for index in place..<place + 4 {
        guard let digit = hexadecimalDigit(bytes[index]) else { return nil }
        value = value << 4 | digit
      }
      return value
    }
    while index < end {
      let place = firstPlace(of: UInt8(ascii: "\\"), in: bytes, from: index, to: end - 1)
      guard place + 1 < end else { return text.append(bytes, index..<end) }
      text.append(bytes, index..<place)
      index = place + 2
      switch bytes[place + 1] {
      case UInt8(ascii: "n"): text.append(newlineByte)
      case UInt8(ascii: "r"): text.append(carriageReturn)
      case UInt8(ascii: "t"): text.append(tabByte)
      case UInt8(ascii: "b"): text.append(8)
      case UInt8(ascii: "f"): text.append(12)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[place + 1])
      case UInt8(ascii: "u"):
        guard var value = unit(index) else { throw JSONFault(place: place, reason: "\\u is not followed by four hexadecimal digits") }
        index += 4
        if value >> 10 == 0x36, index + 6 <= end, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u"),
          let low = unit(index + 2), low >> 10 == 0x37
        {
          value = 0x1_0000 + (value & 0x3FF) << 10 + low & 0x3FF
          index += 6
        }
        text.append(contentsOf: UTF8.encode(Unicode.Scalar(value) ?? "\u{FFFD}") ?? .init())
      default:
        throw JSONFault(place: place, reason: "\\ is followed by no letter that it may be")
      }
    }
  }
}
