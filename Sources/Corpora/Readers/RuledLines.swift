/// Lines of a text that are nothing but signs, such as `* * *` and `____`: songs may be separated by them.
struct RuledLines: Sendable {
  /// How often each stands in the text with more than one line of words before it.
  private(set) var counts: [String: Int] = [:]
  private var linesSince = 0

  /// The most different lines that are counted.
  private static let most = 16
  /// The most bytes of a line that is checked.
  private static let longest = 200
  /// Signs that are no ASCII.
  private static let signs = Set("·•–—―⁂※❦★☆◆◇─━═＊～".unicodeScalars)
  private static let isSign = (0..<256).map { byte in
    UInt8(byte) >= 0x80 ? signs.contains { Array(String($0).utf8)[0] == UInt8(byte) } : "-=*_~#+%@|<>/\\:".utf8.contains(UInt8(byte))
  }

  /// Notes a line that is trimmed at its end.
  @inline(__always)
  mutating func note(_ text: Span<UInt8>, _ line: Range<Int>) {
    let start = Residue.afterSpaces(text, line.lowerBound, line.upperBound)
    // Nearly all lines begin with a letter.
    if start < line.upperBound, (text[start] | 0x20) &- 0x61 >= 26, Self.isSign[Int(text[start])],
      Self.isRuled(text, start..<line.upperBound)
    {
      if linesSince > 1 { add(string(text, start..<line.upperBound), 1) }
      linesSince = 0
    } else {
      linesSince += 1
    }
  }

  private static func isRuled(_ text: Span<UInt8>, _ line: Range<Int>) -> Bool {
    guard line.count <= longest else { return false }
    return string(text, line).unicodeScalars.allSatisfy { scalar in
      scalar.isASCII ? scalar == " " || isSign[Int(scalar.value)] : signs.contains(scalar)
    }
  }

  private mutating func add(_ line: String, _ count: Int) {
    if counts.count < Self.most || counts[line] != nil { counts[line, default: 0] += count }
  }

  static func += (sum: inout RuledLines, other: RuledLines) {
    // In a fixed order, since only the first few are counted.
    for (line, count) in other.counts.sorted(by: { $0.key < $1.key }) { sum.add(line, count) }
  }

  /// The line that stands most often, if it does so at least three times.
  var divider: (line: String, count: Int)? {
    let best = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }
    return best.flatMap { $0.value >= 3 ? ($0.key, $0.value) : nil }
  }
}
