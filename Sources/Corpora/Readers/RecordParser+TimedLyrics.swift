/// LRC: lyrics with the times at which the lines are sung.
extension RecordParser {
  /// Writes a line that is sung at several times at each of them, or once if the song would grow too large.
  ///
  /// Tags such as `[ar:...]` and the times are left out.
  mutating func readTimedLyrics(_ piece: RawPiece, _ bytes: Span<UInt8>) {
    guard piece.range.count > 0 else { return }
    var lines: [(time: Int, text: [UInt8])] = []
    var isRepeated = false
    var time = 0
    var title: [UInt8] = []
    var room = Cleaner.mostBytes(ofExpanded: piece.range.count) - piece.range.count
    var start = CSVScanner.afterMark(bytes, piece.range)
    while start < piece.range.upperBound {
      var end = start
      while end < piece.range.upperBound, bytes[end] != newlineByte, bytes[end] != carriageReturn { end += 1 }
      var index = start
      var times: [Int] = []
      while let (stamp, next) = Self.stamp(bytes, index, end, UInt8(ascii: "["), UInt8(ascii: "]")) {
        times.append(stamp)
        index = next
        while index < end, bytes[index] == 0x20 { index += 1 }
      }
      if times.isEmpty, let tag = Self.tag(bytes, start, end) {
        if tag.name == "ti" { title = tag.value }
      } else {
        let text = Self.withoutStamps(bytes, index, end)
        // A stray line without a time belongs after the one before it.
        if times.isEmpty {
          if !text.isEmpty { lines.append((time, text)) }
        } else {
          time = times.max() ?? time
          if times.count - 1 > room / (text.count + 1) {
            keepRepeat()
            times.removeLast(times.count - 1)
          }
          room -= (times.count - 1) * (text.count + 1)
          isRepeated = isRepeated || times.count > 1
          for stamp in times { lines.append((stamp, text)) }
        }
      }
      start = end + 1
    }
    if isRepeated {
      lines = lines.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    }
    addSong(Array(lines.map(\.text).joined(separator: [newlineByte])), line: 1, title: title)
  }

  /// The time, in milliseconds, of a stamp `[mm:ss]`, `[mm:ss.xx]` or `[hh:mm:ss.xx]` at `start`, and what follows it.
  private static func stamp(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ opening: UInt8, _ closing: UInt8
  ) -> (time: Int, next: Int)? {
    guard start < end, bytes[start] == opening else { return nil }
    var parts = [0]
    var digits = 0
    var isFraction = false
    var fraction = 0
    var scale = 1_000
    var index = start + 1
    while index < end, index - start < 20 {
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if isFraction {
          scale /= 10
          fraction += scale * Int(byte - 0x30)
        } else {
          parts[parts.count - 1] = parts[parts.count - 1] * 10 + Int(byte - 0x30)
          digits += 1
          if digits > 6 { return nil }
        }
      case UInt8(ascii: ":"):
        guard digits > 0, !isFraction else { return nil }
        // Some write hundredths after a third colon.
        parts.append(0)
        digits = 0
      case UInt8(ascii: "."), UInt8(ascii: ","):
        guard digits > 0, !isFraction else { return nil }
        isFraction = true
      case closing:
        guard digits > 0, 2...3 ~= parts.count else { return nil }
        return (parts.reduce(0) { $0 * 60 + $1 } * 1_000 + fraction, index)
      default:
        return nil
      }
    }
    return nil
  }

  /// A line `[name:value]`.
  private static func tag(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> (name: String, value: [UInt8])? {
    let line = SongText.trimmed(bytes, start..<end)
    guard line.count > 3, bytes[line.lowerBound] == UInt8(ascii: "["), bytes[line.upperBound - 1] == UInt8(ascii: "]") else { return nil }
    var index = line.lowerBound + 1
    while index < line.upperBound, lowercased(ascii: bytes[index]) &- 0x61 < 26 { index += 1 }
    let name = string(bytes, line.lowerBound + 1..<index).lowercased()
    let known: Set<String> = ["ar", "al", "ti", "au", "by", "re", "ve", "length", "offset", "la", "tool", "lr", "id"]
    guard bytes[index] == UInt8(ascii: ":"), known.contains(name) else { return nil }
    return (name, (index + 1..<line.upperBound - 1).map { bytes[$0] })
  }

  /// The line without stamps inside it, spaces folded where one was.
  private static func withoutStamps(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> [UInt8] {
    var text: [UInt8] = []
    var index = start
    while index < end {
      let angular = stamp(bytes, index, end, UInt8(ascii: "<"), UInt8(ascii: ">"))
      if let (_, next) = angular ?? stamp(bytes, index, end, UInt8(ascii: "["), UInt8(ascii: "]")) {
        index = next
        while index < end, bytes[index] == 0x20, text.last == 0x20 || text.isEmpty { index += 1 }
      } else {
        text.append(bytes[index])
        index += 1
      }
    }
    while text.last == 0x20 || text.last == tabByte { text.removeLast() }
    return text
  }
}
