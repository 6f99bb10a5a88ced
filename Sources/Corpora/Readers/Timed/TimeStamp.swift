/// The time at which a line or a word is sung, as it stands in the text.
enum TimeStamp {
  /// The time, in milliseconds, of a stamp at `start`, and what follows it.
  ///
  /// A stamp is `mm:ss`, `mm:ss.xx`, `hh:mm:ss.xx` or `mm:ss.xx.yy` between an opening and a closing mark, spaces inside them aside, or a
  /// start and a length in milliseconds, `[12345,678]`.
  static func read(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ opening: UInt8, _ closing: UInt8) -> (time: Int, next: Int)? {
    guard start < end, bytes[start] == opening else { return nil }
    var parts = [0]
    var digits = 0
    var isFraction = false
    var isLength = false
    var fraction = 0
    var scale = 1_000
    var index = start + 1
    while index < end, index - start < 24 {
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if isFraction {
          scale /= 10
          fraction += scale * Int(byte - 0x30)
        } else {
          parts[parts.count - 1] = parts[parts.count - 1] * 10 + Int(byte - 0x30)
        }
        digits += 1
        if digits > 8 { return nil }
      case UInt8(ascii: ":"):
        guard digits > 0, !isFraction else { return nil }
        // Some write hundredths after a third colon.
        parts.append(0)
        digits = 0
      case UInt8(ascii: "."), UInt8(ascii: ","):
        // Some write a second point.
        guard digits > 0, !isLength else { return nil }
        isLength = parts.count == 1 && byte == UInt8(ascii: ",")
        isFraction = true
        digits = 0
      case UInt8(ascii: " "):
        // Before the first digit or after the last.
        guard digits == 0 && parts == [0] || index < end && (bytes[index] == closing || bytes[index] == UInt8(ascii: " ")) else {
          return nil
        }
      case UInt8(ascii: "-"), UInt8(ascii: "+"):
        guard digits == 0, parts == [0], !isFraction else { return nil }
      case closing:
        guard digits > 0 || isFraction && !isLength else { return nil }
        if isLength { return (parts[0], index) }
        guard 2...4 ~= parts.count else { return nil }
        let seconds = parts.prefix(3).reduce(0) { $0 * 60 + $1 }
        return (seconds * 1_000 + fraction + (parts.count == 4 ? parts[3] * 10 : 0), index)
      default:
        return nil
      }
    }
    return nil
  }

  /// Where the stamp of a word ends that has a start and a length in milliseconds: `(12345,678)`, `<0,200,0>`. Nil if there is none.
  static func endOfSyllable(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
    guard start < end, bytes[start] == UInt8(ascii: "(") || bytes[start] == UInt8(ascii: "<") else { return nil }
    let closing = bytes[start] == UInt8(ascii: "(") ? UInt8(ascii: ")") : UInt8(ascii: ">")
    var index = start + 1
    var commas = 0
    while index < end, index - start < 32 {
      let byte = bytes[index]
      index += 1
      if byte == closing { return commas > 0 ? index : nil }
      if byte == UInt8(ascii: ",") { commas += 1 } else if byte &- 0x30 >= 10 { return nil }
    }
    return nil
  }
}
