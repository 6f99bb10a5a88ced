internal import Basics

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

  /// The encoding of a text that seems to be UTF-16 or UTF-32 without a byte-order mark; nil for any other text.
  ///
  /// No text has null characters. In these encodings, spaces and line ends have null bytes. What is decoded must have no control characters
  /// and no unassigned ones.
  static func unmarked(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String? {
    let range = range.prefix(1 << 16)
    // How many null bytes there are at each place of four.
    var nulls = [0, 0, 0, 0]
    var index = range.lowerBound
    while index < range.upperBound {
      if bytes[index] == 0 { nulls[(index - range.lowerBound) % 4] += 1 }
      index += 1
    }
    guard nulls.reduce(0, +) >= max(2, range.count / 200) else { return nil }
    var names = nulls[0] + nulls[2] > nulls[1] + nulls[3] ? ["UTF-16BE", "UTF-16LE"] : ["UTF-16LE", "UTF-16BE"]
    let quarter = range.count / 4
    if quarter > 0, nulls[3] >= quarter {
      names.insert("UTF-32LE", at: 0)
    } else if quarter > 0, nulls[0] >= quarter {
      names.insert("UTF-32BE", at: 0)
    }
    var encoded: [UInt8] = []
    encoded.append(bytes, range)
    // Ideographic spaces have a null byte where other spaces have none. Then the text must make sense, too.
    let isMixed = nulls[0] + nulls[2] > 0 && nulls[1] + nulls[3] > 0
    return names.first { isText(encoded, in: $0, isPlausible: isMixed && $0.hasPrefix("UTF-16")) }
  }

  /// ISO-2022-JP, if a text's bytes are ASCII and switch to its Japanese characters; nil for any other text.
  static func japanese(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String? {
    let range = range.prefix(1 << 16)
    let first = firstPlace(of: escapeByte, in: bytes, from: range.lowerBound, to: range.upperBound)
    guard first < range.upperBound, !hasNonASCII(bytes, range) else { return nil }
    var hasSwitch = false
    for index in first..<max(first, range.upperBound - 2) where bytes[index] == escapeByte {
      let name = [bytes[index + 1], bytes[index + 2]]
      hasSwitch = hasSwitch || switches.contains(name)
    }
    guard hasSwitch else { return nil }
    var encoded: [UInt8] = []
    encoded.append(bytes, range)
    return isText(encoded, in: "ISO-2022-JP", isPlausible: false) ? "ISO-2022-JP" : nil
  }

  private static let escapeByte: UInt8 = 0x1B
  /// `$B`, `$@` and `(J`, which follow an escape character.
  private static let switches = ["$B", "$@", "(J"].map { Array($0.utf8) }

  /// Whether bytes are text in an encoding, by its characters, and if asked for by what languages have.
  private static func isText(_ bytes: [UInt8], in encoding: String, isPlausible: Bool) -> Bool {
    guard let converter = TextConverter(encoding) else { return false }
    var text: [UInt8] = []
    var isText = true
    // The piece may end inside a character.
    converter.convert(bytes, isLast: false, into: &text) { _ in isText = false }
    let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
    if isPlausible, TextPlausibility(scalars.prefix(1_000)).best < TextPlausibility.least { return false }
    return isText
      && scalars.allSatisfy { scalar in
        switch scalar.properties.generalCategory {
        case .control: scalar.properties.isWhitespace
        case .unassigned, .privateUse, .surrogate: false
        default: true
        }
      }
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
