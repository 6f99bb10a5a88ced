/// Lyrics out of subtitles: SubRip (.srt) and WebVTT (.vtt).
struct Subtitles {
  private static let web = Array("WEBVTT".utf8)
  private static let arrow = Array("-->".utf8)

  /// The lines of all cues, without times, numbers, notes and marks of style.
  private(set) var text: [UInt8] = []

  /// Whether a text begins as subtitles do.
  static func areIn(_ text: Span<UInt8>) -> Bool {
    var start = 0
    while start < text.count, text[start] <= 0x20 { start += 1 }
    let end = Residue.endOfLine(text, start, text.count)
    guard start < end else { return false }
    if Residue.has(web, text, start, end) { return end == start + web.count || text[start + web.count] <= 0x20 }
    return isNumber(text, start..<end) && isTiming(text, end + 1)
  }

  /// Reads a text.
  init(_ bytes: Span<UInt8>) {
    var first = 0
    while first < bytes.count, bytes[first] <= 0x20 { first += 1 }
    let isWeb = Residue.has(Self.web, bytes, first, bytes.count)
    var start = 0
    var isInCue = false
    var hasCues = false
    // Captions that were recognized from speech roll up: a cue begins with the last line of the one before.
    let isRolling = isWeb && Residue.first(Array("<c>".utf8), bytes, first..<bytes.count) != nil
    var lastLine: [UInt8] = []
    var mayRepeat = false
    while start < bytes.count {
      let end = Residue.endOfLine(bytes, start, bytes.count)
      let line = start..<Residue.beforeSpaces(bytes, end, start)
      let next = end + 1
      defer { start = next }
      if line.isEmpty {
        isInCue = false
      } else if Self.isTiming(bytes, start) {
        isInCue = true
        hasCues = true
        mayRepeat = isRolling
      } else if Self.isTiming(bytes, next), !isInCue || Self.isNumber(bytes, line) {
        // The number or the name of the next cue.
        isInCue = false
      } else if isInCue || hasCues && !isWeb {
        // SubRip's cues may have blank lines inside; what WebVTT has outside of cues are notes.
        let words = Self.withoutMarks(bytes, line)
        if words.isEmpty { continue }
        defer {
          lastLine = words
          mayRepeat = false
        }
        if mayRepeat, words == lastLine { continue }
        if !text.isEmpty { text.append(newlineByte) }
        text += words
      }
    }
  }

  private static func isNumber(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
    let end = Residue.beforeSpaces(bytes, line.upperBound, line.lowerBound)
    guard line.lowerBound < end, end - line.lowerBound <= 8 else { return false }
    for index in line.lowerBound..<end where !Residue.isDigit(bytes[index]) { return false }
    return true
  }

  /// Whether a line at a place is `00:00:01,000 --> 00:00:03,500`, with or without hours and settings.
  private static func isTiming(_ bytes: Span<UInt8>, _ start: Int) -> Bool {
    guard start < bytes.count else { return false }
    var index = Residue.afterSpaces(bytes, start, bytes.count)
    guard index < bytes.count, Residue.isDigit(bytes[index]) else { return false }
    var hasColon = false
    while index < bytes.count, index - start < 32 {
      let byte = bytes[index]
      if byte == UInt8(ascii: "-") { return hasColon && Residue.has(arrow, bytes, index, bytes.count) }
      guard Residue.isDigit(byte) || [UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: ","), 0x20].contains(byte) else { return false }
      hasColon = hasColon || byte == UInt8(ascii: ":")
      index += 1
    }
    return false
  }

  /// A line without `<i>`, `<v Ann>`, `<00:00:01.000>` and `{\an8}`.
  private static func withoutMarks(_ bytes: Span<UInt8>, _ line: Range<Int>) -> [UInt8] {
    var text: [UInt8] = []
    var index = Residue.afterSpaces(bytes, line.lowerBound, line.upperBound)
    while index < line.upperBound {
      let byte = bytes[index]
      let second = index + 1 < line.upperBound ? bytes[index + 1] : 0
      let isTag =
        byte == UInt8(ascii: "<") && (Residue.isLowercase(second | 0x20) || Residue.isDigit(second) || second == UInt8(ascii: "/"))
      let isOverride = byte == UInt8(ascii: "{") && second == UInt8(ascii: "\\")
      if isTag || isOverride,
        let end = Residue.first([isTag ? UInt8(ascii: ">") : UInt8(ascii: "}")], bytes, index..<line.upperBound)
      {
        index = end + 1
        while index < line.upperBound, bytes[index] == 0x20, text.last == 0x20 || text.isEmpty { index += 1 }
        continue
      }
      text.append(byte)
      index += 1
    }
    while text.last == 0x20 || text.last == tabByte { text.removeLast() }
    return text
  }
}
