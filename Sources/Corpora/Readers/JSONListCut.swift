/// Where a large JSON text may be cut: between the elements of its list of songs.
///
/// The list is the text itself, or the first list of objects that is a member of the object that the text is. Objects that follow one
/// another without a list, as in JSONL, are taken as one.
struct JSONListCut {
  /// From the first element, or what follows the cut before, to the end of the last whole element.
  var elements: Range<Int>
  /// Whether the list ends here.
  var isAtEnd = false

  /// The elements in bytes that more will follow; nil if there is no whole one, or no list yet.
  init?(_ bytes: Span<UInt8>, _ range: Range<Int>, isInside: Bool) {
    guard let first = isInside ? range.lowerBound : Self.firstElement(bytes, range) else { return nil }
    var index = first
    var end: Int?
    while true {
      while index < range.upperBound, Self.isBetween(bytes[index]) { index += 1 }
      guard index < range.upperBound else { break }
      if bytes[index] == UInt8(ascii: "]") {
        elements = first..<index
        isAtEnd = true
        return
      }
      guard let next = Self.endOfValue(bytes, index, range.upperBound) else { break }
      // A bracket too many is stepped over, and reported when the elements are read.
      index = max(next, index + 1)
      end = index
    }
    guard let end else { return nil }
    elements = first..<end
  }

  /// White space or a comma.
  static func isBetween(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 9 < 2 || byte == 0x0D || byte == UInt8(ascii: ",") }

  static func firstElement(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var index = CSVScanner.afterMark(bytes, range)
    let end = range.upperBound
    JSONScanner.skipSpace(bytes, &index, end)
    guard index < end else { return nil }
    if bytes[index] == UInt8(ascii: "[") { return index + 1 }
    let start = index
    index += 1
    // In the object: strings and other members are passed over.
    while index < end {
      switch bytes[index] {
      case quoteByte:
        guard let next = endOfValue(bytes, index, end) else { return nil }
        index = next
      case UInt8(ascii: "["):
        var inner = index + 1
        JSONScanner.skipSpace(bytes, &inner, end)
        guard inner < end else { return nil }
        if bytes[inner] == UInt8(ascii: "{") { return inner }
        guard let next = endOfValue(bytes, index, end) else { return nil }
        index = next
      case UInt8(ascii: "{"):
        guard let next = endOfValue(bytes, index, end) else { return nil }
        index = next
      case UInt8(ascii: "}"):
        return start
      default:
        index += 1
      }
    }
    return nil
  }

  /// Where a value ends, by its brackets alone; whether it is sound is asked later.
  static func endOfValue(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
    var depth = 0
    var index = start
    while index < end {
      switch bytes[index] {
      case quoteByte:
        index += 1
        while index < end, bytes[index] != quoteByte { index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1 }
        if index >= end { return nil }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return index }
        depth -= 1
      case UInt8(ascii: ","):
        if depth == 0 { return index }
      default:
        break
      }
      index += 1
      if depth == 0, bytes[index - 1] == UInt8(ascii: "}") || bytes[index - 1] == UInt8(ascii: "]") || bytes[index - 1] == quoteByte {
        return index
      }
    }
    return nil
  }
}

/// Steps over one value by its brackets alone, fed piece by piece.
struct JSONPassing {
  private var depth = 0
  private var isInString = false
  private var isEscaped = false

  /// Where the value ends in these bytes, which follow those of the call before; nil if it goes on.
  mutating func end(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    for index in range {
      let byte = bytes[index]
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == quoteByte {
          isInString = false
          if depth == 0 { return index + 1 }
        }
        continue
      }
      switch byte {
      case quoteByte: isInString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        // A bracket too many ends the list, and what holds it.
        if depth <= 0 { return depth < 0 ? index : index + 1 }
      default: break
      }
    }
    return nil
  }
}
