internal import Basics

/// The place of the first byte that UTF-8 does not allow, or nil.
func firstInvalidByte(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
  do throws(UTF8.ValidationError) {
    _ = try UTF8Span(validating: bytes.extracting(range))
    return nil
  } catch {
    return range.lowerBound + error.byteOffsets.lowerBound
  }
}

/// How many characters were removed from a text.
struct RemovedCharacters: Sendable, Hashable {
  /// Control characters.
  var controls = 0
  /// Soft hyphens, zero width spaces, word joiners and byte-order marks.
  var invisible = 0

  static func += (sum: inout RemovedCharacters, other: RemovedCharacters) {
    sum.controls += other.controls
    sum.invisible += other.invisible
  }
}

/// Adds valid UTF-8, line ends made `\n` and control characters left out, and returns how many of these there were.
///
/// Lines end with LF, CR LF, CR CR LF (what is left of CR LF that was converted twice), CR, VT, FF, U+0085, U+2028 or U+2029.
/// Soft hyphens, zero width spaces, word joiners and byte-order marks inside the text are removed; zero width joiners and non-joiners,
/// which letters and emoji need, are not.
///
/// - Parameters:
///   - keepsControls: whether only the line ends are changed.
///   - isPretokenized: whether the text is taken as given: only LF, CR LF, CR CR LF and CR end its lines, and invisible characters stay.
func appendWithoutControls(
  _ bytes: Span<UInt8>, _ range: Range<Int>, to clean: inout [UInt8], keepsControls: Bool = false, isPretokenized: Bool = false
) -> RemovedCharacters {
  var removed = RemovedCharacters()
  let keepsInvisible = keepsControls || isPretokenized
  // What stays as it is is added in runs.
  var start = range.lowerBound
  var index = range.lowerBound
  while index < range.upperBound {
    if range.upperBound - index >= 8 {
      let other = EightBytes.unprintable(bytes.eightBytes(at: index))
      if other == 0 {
        index += 8
        continue
      }
      index += other.trailingZeroBitCount / 8
    }
    let byte = bytes[index]
    if !mayChange(byte) {
      index += 1
      continue
    }
    clean.append(bytes, start..<index)
    index += 1
    defer { start = index }
    switch byte {
    case carriageReturn:
      let first = index - 1
      while index < range.upperBound, bytes[index] == carriageReturn { index += 1 }
      // The line feed that follows is the line end of all of them.
      if index == range.upperBound || bytes[index] != newlineByte {
        clean.append(contentsOf: repeatElement(newlineByte, count: index - first))
      }
    case 0x0B, 0x0C:
      if !isPretokenized { clean.append(newlineByte) } else if keepsControls { clean.append(byte) } else { removed.controls += 1 }
    case 0..<0x20, 0x7F:
      if keepsControls { clean.append(byte) } else { removed.controls += 1 }
    case 0xC2 where index < range.upperBound && (bytes[index] < 0xA0 || bytes[index] == 0xAD):
      let second = bytes[index]
      if second == 0x85, !isPretokenized {
        clean.append(newlineByte)
      } else if second == 0xAD ? keepsInvisible : keepsControls {
        clean.append(byte)
        clean.append(second)
      } else if second == 0xAD {
        removed.invisible += 1
      } else {
        removed.controls += 1
      }
      index += 1
    case 0xE2 where index + 1 < range.upperBound && !isPretokenized && bytes[index] & 0xFE == 0x80:
      // U+2000 to U+207F: U+2028 and U+2029 end a line, U+200B and U+2060 are removed.
      let last = bytes[index + 1]
      if bytes[index] == 0x80, last == 0xA8 || last == 0xA9 {
        clean.append(newlineByte)
        index += 2
      } else if !keepsInvisible, bytes[index] == 0x80 && last == 0x8B || bytes[index] == 0x81 && last == 0xA0 {
        removed.invisible += 1
        index += 2
      } else {
        clean.append(byte)
      }
    case 0xEF where !keepsInvisible && index + 1 < range.upperBound && bytes[index] == 0xBB && bytes[index + 1] == 0xBF:
      removed.invisible += 1
      index += 2
    default: clean.append(byte)
    }
  }
  clean.append(bytes, start..<range.upperBound)
  return removed
}

/// Whether a byte is a control character other than a line feed and a tab, or begins a character that may be removed or end a line.
@inline(__always)
private func mayChange(_ byte: UInt8) -> Bool {
  byte < 0x20 ? byte != newlineByte && byte != tabByte : byte >= 0x7F && (byte == 0x7F || byte == 0xC2 || byte == 0xE2 || byte == 0xEF)
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
let windows1252: [UInt32] = [
  0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
  0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
]

let newlineByte = UInt8(ascii: "\n")
let tabByte = UInt8(ascii: "\t")
let carriageReturn = UInt8(ascii: "\r")
