/// The place of the first byte that UTF-8 does not allow, or nil.
func firstInvalidByte(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
  do throws(UTF8.ValidationError) {
    _ = try UTF8Span(validating: bytes.extracting(range))
    return nil
  } catch {
    return range.lowerBound + error.byteOffsets.lowerBound
  }
}

/// Adds bytes, line ends made `\n` and control characters left out, and returns how many of these there were.
///
/// - Parameter keepsControls: whether only the line ends are changed.
func appendWithoutControls(_ bytes: Span<UInt8>, _ range: Range<Int>, to clean: inout [UInt8], keepsControls: Bool = false) -> Int {
  clean.reserveCapacity(clean.count + range.count)
  var removed = 0
  var index = range.lowerBound
  while index < range.upperBound {
    let byte = bytes[index]
    index += 1
    switch byte {
    case newlineByte, tabByte, 0x20..<0x7F: clean.append(byte)
    case carriageReturn: if index == range.upperBound || bytes[index] != newlineByte { clean.append(newlineByte) }
    case 0..<0x20, 0x7F:
      if keepsControls { clean.append(byte) } else { removed += 1 }
    case 0xC2 where index < range.upperBound && bytes[index] < 0xA0 && !keepsControls:  // U+0080 to U+009F
      removed += 1
      index += 1
    default: clean.append(byte)
    }
  }
  return removed
}

/// Bytes in Windows-1252, which is Latin-1 with quotation marks and dashes, as UTF-8. The five bytes that it leaves open are dropped.
func decodeWindows1252(_ bytes: Span<UInt8>, _ range: Range<Int>, into text: inout [UInt8]) {
  for index in range {
    let byte = bytes[index]
    if byte < 0x80 {
      text.append(byte)
    } else {
      let value = byte < 0xA0 ? windows1252[Int(byte) - 0x80] : UInt32(byte)
      if value != 0, let scalar = Unicode.Scalar(value) { text.append(contentsOf: String(scalar).utf8) }
    }
  }
}

/// The characters of the bytes 0x80 to 0x9F.
private let windows1252: [UInt32] = [
  0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
  0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
]

let newlineByte = UInt8(ascii: "\n")
let tabByte = UInt8(ascii: "\t")
let carriageReturn = UInt8(ascii: "\r")
