/// The encoding of a source's bytes.
enum SourceEncoding {
  /// The encoding that a byte-order mark at the beginning of a text tells, and how many bytes the mark has; nil if there is none.
  ///
  /// FF FE 00 00 is taken for UTF-32: a UTF-16 text would have to begin with a null character.
  static func marked(_ bytes: some Collection<UInt8>) -> (name: String, count: Int)? {
    let marks: [(bytes: [UInt8], name: String)] = [
      ([0xFF, 0xFE, 0, 0], "UTF-32LE"), ([0, 0, 0xFE, 0xFF], "UTF-32BE"), ([0xFF, 0xFE], "UTF-16LE"), ([0xFE, 0xFF], "UTF-16BE"),
      ([0xEF, 0xBB, 0xBF], "UTF-8"),
    ]
    return marks.first { bytes.starts(with: $0.bytes) }.map { ($0.name, $0.bytes.count) }
  }

  /// The encoding of a text that seems to be UTF-16 without a byte-order mark; nil for any other text.
  ///
  /// No text has null characters. In UTF-16, spaces and line ends have a null byte, always in the same one of two places, and what is decoded
  /// has no control characters and no unassigned ones.
  static func unmarked(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String? {
    let range = range.prefix(1 << 16)
    var nulls = (even: 0, odd: 0)
    var index = range.lowerBound
    while index < range.upperBound {
      if bytes[index] == 0 {
        if (index - range.lowerBound) % 2 == 0 { nulls.even += 1 } else { nulls.odd += 1 }
      }
      index += 1
    }
    guard max(nulls.even, nulls.odd) >= max(2, range.count / 100), min(nulls.even, nulls.odd) == 0 else { return nil }
    let name = nulls.odd > 0 ? "UTF-16LE" : "UTF-16BE"
    guard let converter = TextConverter(name) else { return nil }
    var encoded: [UInt8] = [], text: [UInt8] = []
    encoded.append(bytes, range)
    var isText = true
    // The piece may end inside a character.
    converter.convert(encoded, isLast: false, into: &text) { _ in isText = false }
    isText =
      isText
      && String(decoding: text, as: UTF8.self).unicodeScalars.allSatisfy { scalar in
        switch scalar.properties.generalCategory {
        case .control: scalar.properties.isWhitespace
        case .unassigned, .privateUse, .surrogate: false
        default: true
        }
      }
    return isText ? name : nil
  }

  /// Whether a name means UTF-8, which needs no conversion.
  static func isUTF8(_ name: String) -> Bool { ["UTF-8", "UTF8"].contains(name.uppercased()) }

  /// Whether a name means Windows-1252.
  static func isWindows1252(_ name: String) -> Bool {
    ["WINDOWS-1252", "CP1252", "MS-ANSI", "WINDOWS1252"].contains(name.uppercased())
  }
}

extension ReadingOptions {
  /// Whether a name of an encoding means UTF-8, which is the default.
  public static func isUTF8(encoding name: String) -> Bool { SourceEncoding.isUTF8(name) }

  /// Whether a name of an encoding means Windows-1252, which ``readsWindows1252`` stands for.
  public static func isWindows1252(encoding name: String) -> Bool { SourceEncoding.isWindows1252(name) }
}
