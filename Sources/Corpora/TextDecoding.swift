/// A file's bytes as clean UTF-8: checked, without a byte order mark, line ends all `\n`, and without control characters
/// other than tab and newline.
///
/// - Throws: `CorpusError.notUTF8` with the place of the first bad byte.
func cleanedText(_ bytes: [UInt8], path: String) throws(CorpusError) -> [UInt8] {
  do throws(UTF8.ValidationError) {
    _ = try UTF8Span(validating: bytes.span)
  } catch {
    let offset = error.byteOffsets.lowerBound
    throw .notUTF8(path: path, offset: offset, line: lineNumber(of: offset, in: bytes), byte: bytes[offset])
  }
  var clean: [UInt8] = []
  clean.reserveCapacity(bytes.count)
  var index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  while index < bytes.count {
    let byte = bytes[index]
    let next = index + 1 < bytes.count ? bytes[index + 1] : 0
    index += 1
    switch byte {
    case newlineByte, tabByte, 0x20..<0x7F: clean.append(byte)
    case carriageReturn: if next != newlineByte { clean.append(newlineByte) }
    case 0..<0x20, 0x7F: break
    case 0xC2 where next < 0xA0: index += 1  // the control characters U+0080 to U+009F
    default: clean.append(byte)
    }
  }
  return clean
}

/// Lines end with LF, CRLF or CR.
private func lineNumber(of offset: Int, in bytes: [UInt8]) -> Int {
  var line = 1
  for index in 0..<offset {
    let isPair = bytes[index] == carriageReturn && index + 1 < bytes.count && bytes[index + 1] == newlineByte
    if bytes[index] == newlineByte || bytes[index] == carriageReturn && !isPair { line += 1 }
  }
  return line
}

let newlineByte = UInt8(ascii: "\n")
let tabByte = UInt8(ascii: "\t")
let carriageReturn = UInt8(ascii: "\r")
