/// A line that is a section tag: `[Chorus]`, `[Verse 2: Ann & Bob]`, or `[Hook` without its end.
struct SectionTag {
  private let inner: String
  private let isClosed: Bool

  /// Nil if the line is no tag.
  init?(_ text: Span<UInt8>, _ line: Range<Int>) {
    var start = line.lowerBound
    while start < line.upperBound, text[start] == 0x20 || text[start] == tabByte { start += 1 }
    guard start < line.upperBound, text[start] == UInt8(ascii: "["), line.upperBound - start <= 100 else { return nil }
    var end = start + 1
    while end < line.upperBound, text[end] != UInt8(ascii: "]") { end += 1 }
    isClosed = end < line.upperBound
    // Words after the tag make it a line of lyrics.
    guard end + (isClosed ? 1 : 0) == line.upperBound, end > start + 1 else { return nil }
    inner = string(text, start + 1..<end)
    if !isClosed, normalised == nil { return nil }
  }

  private static let kinds: [String: String] = [
    "verse": "Verse", "vers": "Verse", "chorus": "Chorus", "prechorus": "Pre-Chorus", "postchorus": "Post-Chorus", "hook": "Hook",
    "bridge": "Bridge", "intro": "Intro", "outro": "Outro", "refrain": "Refrain", "interlude": "Interlude", "solo": "Solo",
    "instrumental": "Instrumental", "breakdown": "Breakdown", "break": "Break", "drop": "Drop", "skit": "Skit", "coda": "Coda",
    "spoken": "Spoken", "ending": "Outro", "end": "Outro", "guitarsolo": "Solo", "instrumentalbreak": "Instrumental",
    "repeatchorus": "Chorus", "finalchorus": "Chorus",
  ]

  /// The tag as all are written, or nil if it is of no known kind.
  var normalised: [UInt8]? {
    // What follows a colon names the singers.
    let name = inner.prefix { $0 != ":" && $0 != "(" && $0 != "|" && $0 != "–" }
    var letters = ""
    var digits = ""
    for character in name.lowercased() {
      if character.isASCII, character.isNumber { digits.append(character) } else if character.isLetter { letters.append(character) }
    }
    if letters.hasSuffix("x"), !digits.isEmpty, Self.kinds[letters] == nil {
      // [Chorus x2] keeps its mark.
      guard let kind = Self.kinds[String(letters.dropLast())] else { return nil }
      return Array("[\(kind) x\(digits)]".utf8)
    }
    guard let kind = Self.kinds[letters], digits.count <= 2 else { return nil }
    return Array((digits.isEmpty ? "[\(kind)]" : "[\(kind) \(digits)]").utf8)
  }
}
