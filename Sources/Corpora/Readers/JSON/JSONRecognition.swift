internal import Basics

/// Whether bytes are JSON objects or lists, or begin as such and as no lyrics would.
///
/// A tag such as `[Chorus]` is not JSON, and neither is text that follows a list, as in `["Hey"] she said`. At most 64 KiB are looked at;
/// where these end within a value, what stands there so far decides.
func isJSON(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
  let start = CSVScanner.afterMark(bytes, range)
  var beginning: [UInt8] = []
  beginning.append(bytes, start..<min(range.upperBound, start + 1 << 16))
  var syntax = JSONSyntax(bytes: beginning, isWhole: start + beginning.count == range.upperBound)
  return syntax.isJSON()
}

/// Checks the syntax of JSON texts, one after the other.
private struct JSONSyntax {
  let bytes: [UInt8]
  /// Whether nothing follows the bytes.
  let isWhole: Bool
  private var index = 0
  /// The brackets that are open.
  private var open: [UInt8] = []
  private var hasKey = false
  private var hasElement = false

  init(bytes: [UInt8], isWhole: Bool) {
    self.bytes = bytes
    self.isWhole = isWhole
  }

  private enum Fault: Error { case notJSON, cutOff }

  mutating func isJSON() -> Bool {
    do throws(Fault) {
      guard let first = peek(), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return false }
      repeat { try value() } while peek() != nil
      return true
    } catch {
      // Lyrics that end within brackets have no key before a colon.
      return error == .cutOff && (hasKey || hasElement && !isWhole)
    }
  }

  /// The next byte that is not white space or the separator of a sequence of JSON texts (RFC 7464); nil at the end.
  private mutating func peek() -> UInt8? {
    while index < bytes.count, [0x20, tabByte, carriageReturn, newlineByte, 0x1E].contains(bytes[index]) { index += 1 }
    return index < bytes.count ? bytes[index] : nil
  }

  private mutating func next() throws(Fault) -> UInt8 {
    guard let byte = peek() else { throw .cutOff }
    index += 1
    return byte
  }

  /// Passes a value of any depth.
  private mutating func value() throws(Fault) {
    repeat {
      switch try next() {
      case UInt8(ascii: "{"):
        open.append(UInt8(ascii: "}"))
        if peek() != UInt8(ascii: "}") {
          try key()
          continue
        }
      case UInt8(ascii: "["):
        open.append(UInt8(ascii: "]"))
        if peek() != UInt8(ascii: "]") { continue }
      case UInt8(ascii: "\""): try string()
      case let byte: try word(from: byte)
      }
      // What may follow a value: the ends of lists and objects, or the next value.
      var isNextValue = false
      while !isNextValue, let closing = open.last {
        switch try next() {
        case closing: open.removeLast()
        case UInt8(ascii: ","):
          if closing == UInt8(ascii: "}") { try key() }
          isNextValue = true
        default: throw .notJSON
        }
        hasElement = true
      }
    } while !open.isEmpty
  }

  private mutating func key() throws(Fault) {
    guard try next() == UInt8(ascii: "\"") else { throw .notJSON }
    try string()
    guard try next() == UInt8(ascii: ":") else { throw .notJSON }
    hasKey = true
  }

  /// Passes the rest of a string.
  private mutating func string() throws(Fault) {
    while index < bytes.count {
      let byte = bytes[index]
      index += byte == UInt8(ascii: "\\") ? 2 : 1
      if byte == UInt8(ascii: "\"") { return }
      if byte == newlineByte { throw .notJSON }
    }
    throw .cutOff
  }

  /// Passes a number, `true`, `false` or `null`.
  private mutating func word(from first: UInt8) throws(Fault) {
    var word = [first]
    while index < bytes.count, bytes[index] > 0x20, ![UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}")].contains(bytes[index]) {
      word.append(bytes[index])
      index += 1
      if word.count > 32 { throw .notJSON }
    }
    let text = String(decoding: word, as: UTF8.self)
    if ["true", "false", "null"].contains(text) { return }
    // `Double` also reads "nan" and "0x1F".
    let isDecimal = first != UInt8(ascii: "+") && text.allSatisfy { "0123456789+-.eE".contains($0) }
    if !isDecimal || Double(text) == nil { throw .notJSON }
  }
}
