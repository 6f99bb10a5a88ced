/// Character references of HTML: `&amp;`, `&#39;`, `&#x27;`, also `\&apos;` and `&amp;#39;`.
enum CharacterReferences {
  /// Names that pages also write without the semicolon.
  private static let unended: Set<String> = ["amp", "nbsp", "quot", "apos", "lt", "gt"]
  /// How often a text may have been escaped.
  private static let mostRounds = 3

  /// The text with its references as characters.
  ///
  /// A no-break space becomes a space, since a page uses it for its layout; control characters and characters that cannot be seen
  /// become nothing.
  static func decoded(_ text: Span<UInt8>, count: inout Int) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
      let byte = text[index]
      let isEscaped = byte == UInt8(ascii: "\\") && index + 1 < text.count && text[index + 1] == UInt8(ascii: "&")
      guard byte == UInt8(ascii: "&") || isEscaped, var found = reference(text, index + (isEscaped ? 2 : 1)) else {
        result.append(byte)
        index += 1
        continue
      }
      count += 1
      // A text that was escaped twice has `&amp;#39;`.
      for _ in 1..<mostRounds where found.value == 0x26 {
        guard let inner = reference(text, found.end) else { break }
        found = inner
      }
      index = found.end
      if found.value == 0x0D {
        // The line feed that may follow is the line end.
        let next = index < text.count && text[index] == UInt8(ascii: "&") ? reference(text, index + 1)?.value : nil
        if next != 0x0A, index == text.count || text[index] != newlineByte { result.append(newlineByte) }
        continue
      }
      append(found.value, to: &result)
    }
    return result
  }

  private static func append(_ value: UInt32, to result: inout [UInt8]) {
    switch value {
    case 0x0A, 0x0B, 0x0C, 0x85, 0x2028, 0x2029: result.append(newlineByte)
    case 0x09: result.append(tabByte)
    case 0xA0: result.append(0x20)
    case 0..<0x20, 0x7F, 0xAD, 0x200B, 0x2060, 0xFEFF: break
    default: if let scalar = Unicode.Scalar(value) { result.append(contentsOf: String(scalar).utf8) }
    }
  }

  /// The character of the reference whose `&` stands before a place, and where it ends.
  private static func reference(_ text: Span<UInt8>, _ start: Int) -> (value: UInt32, end: Int)? {
    guard start < text.count else { return nil }
    return text[start] == UInt8(ascii: "#") ? numbered(text, start + 1) : named(text, start)
  }

  private static func numbered(_ text: Span<UInt8>, _ start: Int) -> (value: UInt32, end: Int)? {
    var index = start
    let isHexadecimal = index < text.count && text[index] | 0x20 == UInt8(ascii: "x")
    if isHexadecimal { index += 1 }
    let first = index
    var value: UInt32 = 0
    while index < text.count, index - first < 8, let digit = Character(Unicode.Scalar(text[index])).hexDigitValue,
      isHexadecimal || digit < 10
    {
      value = value * (isHexadecimal ? 16 : 10) + UInt32(digit)
      index += 1
    }
    guard index > first else { return nil }
    // Pages number the characters of Windows-1252 by their bytes.
    if 0x80..<0xA0 ~= value, value != 0x85 { value = windows1252[Int(value) - 0x80] }
    guard value > 0, Unicode.Scalar(value) != nil else { return nil }
    if index < text.count, text[index] == UInt8(ascii: ";") { return (value, index + 1) }
    // Without the semicolon, only what cannot be meant otherwise.
    switch value {
    case 0x22, 0x26, 0x27, 0x3C, 0x3E, 0xA0, 0x2010...0x2026: return isHexadecimal ? nil : (value, index)
    default: return nil
    }
  }

  private static func named(_ text: Span<UInt8>, _ start: Int) -> (value: UInt32, end: Int)? {
    var index = start
    while index < text.count, index - start <= CharacterReferenceNames.longest, isNamePart(text[index]) { index += 1 }
    guard index > start + 1, let value = CharacterReferenceNames.value(of: string(text, start..<index)) else { return nil }
    if index < text.count, text[index] == UInt8(ascii: ";") { return (value, index + 1) }
    let isAddress = index < text.count && text[index] == UInt8(ascii: "=")
    return !isAddress && unended.contains(string(text, start..<index)) ? (value, index) : nil
  }

  private static func isNamePart(_ byte: UInt8) -> Bool { Residue.isDigit(byte) || Residue.isLowercase(byte | 0x20) }
}
