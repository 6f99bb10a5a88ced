/// Lyrics out of ChordPro: directives and chords are removed, and sections become tags such as `[Chorus]`.
struct ChordPro {
  struct Song {
    var text: [UInt8] = []
    var title: [UInt8] = []
    var artist: [UInt8] = []
    /// The number of its first line, from 1.
    var line: Int
  }

  /// The songs, which `{new_song}` separates.
  private(set) var songs: [Song] = []
  private var song = Song(line: 1)
  /// What ends the lines that are no lyrics, such as `end_of_tab`.
  private var skipped: Set<String> = []

  /// Reads a text.
  init(_ bytes: Span<UInt8>) {
    var start = 0
    var number = 0
    while start < bytes.count {
      let end = Residue.endOfLine(bytes, start, bytes.count)
      let first = Residue.afterSpaces(bytes, start, end)
      let line = first..<Residue.beforeSpaces(bytes, end, first)
      number += 1
      start = end + 1
      if !line.isEmpty, bytes[first] == UInt8(ascii: "{"), let closing = Residue.first([UInt8(ascii: "}")], bytes, line) {
        read(directive: string(bytes, first + 1..<closing), line: number)
        let rest = Residue.afterSpaces(bytes, closing + 1, line.upperBound)
        if rest < line.upperBound, skipped.isEmpty { add(bytes, rest..<line.upperBound) }
      } else if skipped.isEmpty, line.isEmpty || bytes[first] != UInt8(ascii: "#") {
        add(bytes, line)
      }
    }
    endSong(line: number)
  }

  private mutating func endSong(line: Int) {
    songs.append(song)
    song = Song(line: line + 1)
  }

  // MARK: - Directives

  private static let short = [
    "t": "title", "c": "comment", "ci": "comment", "cb": "comment", "comment_italic": "comment", "comment_box": "comment",
    "highlight": "comment", "soc": "start_of_chorus", "sov": "start_of_verse", "sob": "start_of_bridge", "sot": "start_of_tab",
    "sog": "start_of_grid", "eot": "end_of_tab", "eog": "end_of_grid", "ns": "new_song",
  ]
  /// Environments that hold no lyrics.
  private static let wordless: Set<String> = ["tab", "grid", "abc", "ly", "svg", "textblock"]

  private mutating func read(directive: String, line: Int) {
    let name = directive.prefix { $0 != ":" && !$0.isWhitespace }
    var value = directive.dropFirst(name.count).trimming()
    if value.hasPrefix(":") { value = value.dropFirst().trimming() }
    // A selector such as `-ukulele` may follow the name.
    let plain = String(name.prefix { $0 != "-" }).lowercased()
    let known = Self.short[plain] ?? plain
    if skipped.contains(known) {
      skipped = []
    } else if !skipped.isEmpty {
      return
    } else if known == "title" {
      if song.title.isEmpty { song.title = Array(value.utf8) }
    } else if known == "artist" {
      if song.artist.isEmpty { song.artist = Array(value.utf8) }
    } else if known == "new_song" {
      endSong(line: line)
    } else if known == "comment" {
      if let tag = Self.tag(value.hasSuffix(":") ? value.dropLast().trimming() : value) { addLine(tag) }
    } else if known == "chorus" {
      addLine(Self.tag(value) ?? Array("[Chorus]".utf8))
    } else if known.hasPrefix("start_of_") {
      let kind = known.dropFirst("start_of_".count)
      if Self.wordless.contains(String(kind)) {
        skipped = ["end_of_\(kind)"]
      } else if let tag = Self.tag(Self.label(value)) ?? Self.tag(kind) {
        addLine(tag)
      }
    }
  }

  /// The label of an environment: `Verse 1`, `label="Verse 1"`.
  private static func label(_ value: Substring) -> Substring {
    guard value.hasPrefix("label="), let first = value.firstIndex(of: "\""), let last = value.lastIndex(of: "\""), first < last else {
      return value
    }
    return value[value.index(after: first)..<last]
  }

  /// A section tag with this name, or nil if sections have no such name.
  private static func tag(_ name: Substring) -> [UInt8]? {
    let bytes = Array("[\(name)]".utf8)
    return SectionTag(bytes.span, 0..<bytes.count)?.normalised
  }

  // MARK: - Lines

  private mutating func addLine(_ line: [UInt8]) {
    if !song.text.isEmpty { song.text.append(newlineByte) }
    song.text += line
  }

  private mutating func add(_ bytes: Span<UInt8>, _ line: Range<Int>) {
    if line.isEmpty {
      if !song.text.isEmpty { song.text.append(newlineByte) }
      return
    }
    if SectionTag(bytes, line)?.normalised != nil {
      addLine(Array(string(bytes, line).utf8))
      return
    }
    if Self.isOfChords(string(bytes, line)) { return }
    var words: [UInt8] = []
    var hasChords = false
    var index = line.lowerBound
    while index < line.upperBound {
      if bytes[index] == UInt8(ascii: "["), let end = Residue.first([UInt8(ascii: "]")], bytes, index..<line.upperBound) {
        hasChords = true
        index = end + 1
        // One space is left of those on both sides of a chord.
        while index < line.upperBound, bytes[index] == 0x20, words.isEmpty || words.last == 0x20 { index += 1 }
        continue
      }
      words.append(bytes[index])
      index += 1
    }
    while words.last == 0x20 || words.last == tabByte { words.removeLast() }
    let isBare = words.allSatisfy { [0x20, UInt8(ascii: "|"), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains($0) }
    if !(hasChords && isBare) { addLine(words) }
  }

  /// Whether a line is nothing but chords and bars, as they stand above lyrics.
  private static func isOfChords(_ line: String) -> Bool {
    let words = line.split { $0 == " " || $0 == "\t" }
    return words.contains(where: isChord) && words.allSatisfy { isChord($0) || $0.allSatisfy { "|/-.%:".contains($0) } || $0 == "N.C." }
  }

  private static let parts = [
    "maj", "min", "dim", "aug", "sus", "add", "m", "M", "+", "-", "\u{B0}", "\u{F8}", "(", ")", "#", "b", "\u{266F}", "\u{266D}",
  ]

  /// Whether a word is a chord: `Am`, `F#m7b5`, `Gsus4`, `D/F#`.
  private static func isChord(_ word: Substring) -> Bool {
    guard let first = word.first, ("A"..."H").contains(first) else { return false }
    var rest = word.dropFirst()
    while let next = rest.first {
      if next == "/" {
        rest = rest.dropFirst()
        guard let bass = rest.first, ("A"..."H").contains(bass) || bass == "6" || bass == "9" else { return false }
        rest = rest.dropFirst()
      } else if next.isASCII, next.isNumber {
        rest = rest.dropFirst()
      } else if let part = parts.first(where: { rest.hasPrefix($0) }) {
        rest = rest.dropFirst(part.count)
      } else {
        return false
      }
    }
    return true
  }
}

extension Substring {
  /// Without spaces at its ends.
  fileprivate func trimming() -> Substring {
    var rest = drop { $0.isWhitespace }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return rest
  }
}
