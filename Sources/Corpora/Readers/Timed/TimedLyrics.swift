/// Lyrics out of a text with time stamps, as LRC files and their dialects have them.
struct TimedLyrics {
  /// The lines, each at each of its times.
  private(set) var text: [UInt8] = []
  /// The song's title, if the text has it.
  private(set) var title: [UInt8] = []
  /// Who sings it, if the text has it.
  private(set) var artist: [UInt8] = []
  /// Lines that were written once and not at each of their times, since the song would have grown too large.
  private(set) var keptRepeats = 0

  /// The values of the first tags `ti` and `ar`.
  private struct Credits {
    var title: [UInt8] = []
    var artist: [UInt8] = []
  }

  private static let opening = UInt8(ascii: "[")
  private static let closing = UInt8(ascii: "]")
  /// So many lines without a stamp at a text's beginning tell that it has none.
  private static let mostPlainLines = 10

  /// Whether most of a text's lines begin with a time stamp, tags such as `[ar:...]` aside; or whether it has only such tags.
  static func areIn(_ text: Span<UInt8>) -> Bool {
    var stamped = 0
    var plain = 0
    var tags = 0
    var start = 0
    while start < text.count {
      let end = Residue.endOfLine(text, start, text.count)
      let first = Residue.afterSpaces(text, start, end)
      start = end + 1
      guard first < end else { continue }
      if stamp(text, first, end) != nil {
        stamped += 1
      } else if isCredit(text, first, end) {
        tags += 1
      } else {
        var credits = Credits()
        let rest = text[first] == opening ? endOfTags(text, first, end, &credits, areKnown: stamped == 0) : first
        if rest == end { tags += 1 } else if rest == first || stamp(text, rest, end) == nil { plain += 1 } else { stamped += 1 }
      }
      if stamped == 0, plain >= mostPlainLines { return false }
    }
    return stamped > plain || tags > 0 && plain == 0
  }

  /// The stamp at a place: of a line, or of its first word.
  private static func stamp(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> (time: Int, next: Int)? {
    TimeStamp.read(text, start, end, opening, closing) ?? TimeStamp.read(text, start, end, UInt8(ascii: "<"), UInt8(ascii: ">"))
  }

  /// Reads a text. Tags such as `[ar:...]`, credits, names of voices and times are left out.
  init(_ bytes: Span<UInt8>) {
    var lines: [(time: Int, text: [UInt8])] = []
    var isRepeated = false
    var time = 0
    var credits = Credits()
    var room = Cleaner.mostBytes(ofExpanded: bytes.count) - bytes.count
    var start = 0
    while start < bytes.count {
      let end = Residue.endOfLine(bytes, start, bytes.count)
      var index = Residue.afterSpaces(bytes, start, end)
      start = end + 1
      if Self.isCredit(bytes, index, end) { continue }
      var times: [Int] = []
      var isInMilliseconds = false
      while true {
        if let (stamp, next) = TimeStamp.read(bytes, index, end, Self.opening, Self.closing) {
          times.append(stamp)
          isInMilliseconds = isInMilliseconds || !Self.hasColon(bytes, index..<next)
          index = Residue.afterSpaces(bytes, next, end)
          continue
        }
        let next = Self.endOfTags(bytes, index, end, &credits, areKnown: !times.isEmpty)
        if next == index { break }
        index = next
        // A line of tags is no line of lyrics.
        if index == end, times.isEmpty { index = end + 1 }
      }
      if index > end { continue }
      let voice = Self.endOfVoice(bytes, index, end)
      if !times.isEmpty || voice < end && Self.isWordStamp(bytes, voice, end) { index = voice }
      let text = Self.withoutStamps(bytes, Self.insideBackground(bytes, index, end), isInMilliseconds)
      if times.isEmpty {
        // A stray line without a time belongs after the one before it.
        if !text.isEmpty { lines.append((time, text)) }
        continue
      }
      time = times.max() ?? time
      if times.count - 1 > room / (text.count + 1) {
        keptRepeats += 1
        times.removeLast(times.count - 1)
      }
      room -= (times.count - 1) * (text.count + 1)
      isRepeated = isRepeated || times.count > 1
      for stamp in times { lines.append((stamp, text)) }
    }
    if isRepeated {
      lines = lines.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    }
    text = Array(lines.map(\.text).joined(separator: [newlineByte]))
    title = credits.title
    artist = credits.artist
  }

  private static func hasColon(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    for index in range where bytes[index] == UInt8(ascii: ":") { return true }
    return false
  }

  private static func isWordStamp(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    TimeStamp.read(bytes, start, end, UInt8(ascii: "<"), UInt8(ascii: ">")) != nil
  }

  // MARK: - Parts of a line

  private static let credit = Array("{\"t\":".utf8)
  /// Who wrote words, music and arrangement, as the first timed lines of some sources say.
  private static let creditNames = Residue.chineseCredits.map { Array($0.utf8) }

  /// Whether a line names who made the song: an object `{"t":0,"c":[{"tx":"..."}]}`, or `作词 : ...` after its stamps.
  private static func isCredit(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    guard start < end else { return false }
    if bytes[start] == UInt8(ascii: "{") {
      let last = Residue.beforeSpaces(bytes, end, start)
      return Residue.has(credit, bytes, start, end) && bytes[last - 1] == UInt8(ascii: "}")
    }
    var index = start
    while let (_, next) = TimeStamp.read(bytes, index, end, opening, closing) { index = Residue.afterSpaces(bytes, next, end) }
    guard index > start, index < end, bytes[index] >= 0xE4 else { return false }
    for name in creditNames where Residue.has(name, bytes, index, end) {
      let colon = Residue.afterSpaces(bytes, index + name.count, end)
      return Residue.has([UInt8(ascii: ":")], bytes, colon, end) || Residue.has(Array("\u{FF1A}".utf8), bytes, colon, end)
    }
    return false
  }

  private static let knownTags: Set<String> = [
    "ar", "al", "ti", "au", "by", "re", "ve", "length", "offset", "la", "tool", "lr", "id", "#", "encoding", "total", "hash", "sign", "qq",
  ]

  /// Where tags `[name:value]` end that begin at a place, spaces after them included; the place itself if there is none.
  ///
  /// - Parameter areKnown: whether only tags with names that LRC defines count. Otherwise every name does, except those of sections and
  ///   `bg`, if nothing but tags and stamps is on the line.
  private static func endOfTags(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ credits: inout Credits, areKnown: Bool) -> Int {
    var index = start
    var known = start
    while index < end, bytes[index] == opening, let (name, value, next) = tag(bytes, index, end) {
      let isKnown = knownTags.contains(name)
      if !isKnown {
        if areKnown || name == "bg" || SectionTag(bytes, index..<next)?.normalised != nil { break }
      }
      if name == "ti", credits.title.isEmpty { for place in value { credits.title.append(bytes[place]) } }
      if name == "ar", credits.artist.isEmpty { for place in value { credits.artist.append(bytes[place]) } }
      index = Residue.afterSpaces(bytes, next, end)
      if isKnown { known = index }
    }
    return index == end || stamp(bytes, index, end) != nil ? index : known
  }

  /// The tag at a place: its name in lower case, its value, and where it ends.
  private static func tag(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> (name: String, value: Range<Int>, next: Int)? {
    var index = start + 1
    while index < end, index - start < 32, bytes[index] != UInt8(ascii: ":"), isNamePart(bytes[index]) { index += 1 }
    guard index > start + 1, index < end, bytes[index] == UInt8(ascii: ":"), !Residue.isDigit(bytes[start + 1]) else { return nil }
    let name = string(bytes, start + 1..<index).lowercased()
    let value = Residue.afterSpaces(bytes, index + 1, end)
    var depth = 1
    var place = index + 1
    while place < end {
      if bytes[place] == opening { depth += 1 }
      if bytes[place] == closing { depth -= 1 }
      if depth == 0 { return (name, min(value, place)..<Residue.beforeSpaces(bytes, place, min(value, place)), place + 1) }
      place += 1
    }
    return nil
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    Residue.isDigit(byte) || Residue.isLowercase(byte | 0x20) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: "#")
  }

  /// The place after the name of a voice: `v1:`, `F:`, `M:` or `D:`.
  private static func endOfVoice(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    guard start + 1 < end else { return start }
    var index = start
    switch bytes[index] {
    case UInt8(ascii: "v"), UInt8(ascii: "V"):
      index += 1
      while index < end, Residue.isDigit(bytes[index]) { index += 1 }
      guard index > start + 1 else { return start }
    case UInt8(ascii: "F"), UInt8(ascii: "M"), UInt8(ascii: "D"): index += 1
    default: return start
    }
    guard index < end, bytes[index] == UInt8(ascii: ":") else { return start }
    return Residue.afterSpaces(bytes, index + 1, end)
  }

  /// The words of background vocals, `[bg: ...]`; any other line as it is.
  private static func insideBackground(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Range<Int> {
    let last = Residue.beforeSpaces(bytes, end, start)
    guard Residue.hasAnyCase(Array("[bg:".utf8), bytes, start, last), bytes[last - 1] == closing else { return start..<end }
    return Residue.afterSpaces(bytes, start + 4, last - 1)..<last - 1
  }

  /// The line without stamps inside it, spaces folded where one was.
  private static func withoutStamps(_ bytes: Span<UInt8>, _ line: Range<Int>, _ isInMilliseconds: Bool) -> [UInt8] {
    var text: [UInt8] = []
    var index = line.lowerBound
    let end = line.upperBound
    while index < end {
      let next = stamp(bytes, index, end)?.next ?? (isInMilliseconds ? TimeStamp.endOfSyllable(bytes, index, end) : nil)
      if let next {
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
