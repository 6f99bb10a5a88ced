internal import Basics

/// Cleans songs, and counts what it did.
struct Cleaner: Sendable {
  let options: CleaningOptions
  private(set) var counts = CleaningCounts()
  private var classes = ScalarClasses()

  init(_ options: CleaningOptions) {
    self.options = options
  }

  mutating func takeCounts() -> CleaningCounts {
    defer { counts = CleaningCounts() }
    return counts
  }

  /// The most bytes of a song, or of a piece of one, once its repeats are written out: 16 times as many as before, and no more than a
  /// record may have.
  static func mostBytes(ofExpanded count: Int) -> Int {
    max(count, min(16 * count, PreparationLimits().recordBytes))
  }

  /// Adds the cleaned text of a song, or of a piece of one, to `output`.
  mutating func clean(_ song: RawSong, into output: inout [UInt8]) {
    let text = inNormalForm(options.residue ? withoutResidue(song) : song.text)
    let span = text.span
    let start = output.count
    let most = Self.mostBytes(ofExpanded: text.count)
    var stanza = RepeatedStanza(from: start)
    var blanks = 0
    var hasLines = song.continues
    var index = 0
    if song.continues, text.first == newlineByte {
      // The line end of what stands before.
      output.append(newlineByte)
      index = 1
      while index < text.count, span[index] == newlineByte {
        blanks += 1
        index += 1
      }
      keepBlanks(&blanks, &output)
    }
    var joinsLine = song.continues
    while index < text.count {
      let end = Residue.endOfLine(span, index, text.count)
      let line = SongText.trimmed(span, index..<end)
      index = end + 1
      if line.isEmpty {
        blanks += 1
        continue
      }
      if options.repeats == .expand, let mark = RepeatMark(span, line) {
        // The rest of the song needs room too, if all of it is kept.
        let room = most - (output.count - start) - blanks - max(0, text.count - index)
        if mark.line.isEmpty, mark.count <= RepeatMark.mostTimes, stanza.repeats(mark.count, &output, room: room) {
          counts.repeats += 1
          blanks = 0
          continue
        }
        if !mark.line.isEmpty, mark.count <= RepeatMark.mostTimes, mark.count <= room / (mark.line.count + 1) {
          counts.repeats += 1
          for _ in 0..<mark.count {
            beginLine(&hasLines, &joinsLine, &blanks, &output)
            append(span, mark.line, to: &output)
          }
          continue
        }
        counts.keptRepeats += 1
        beginLine(&hasLines, &joinsLine, &blanks, &output)
        append(span, line, to: &output)
        continue
      }
      if options.tags != .keep, let tag = SectionTag(span, line) {
        if options.tags == .drop {
          counts.tags += 1
          stanza.end(output)
          continue
        }
        if let normal = tag.normalised, !equals(normal, span, line) {
          counts.tags += 1
          beginLine(&hasLines, &joinsLine, &blanks, &output)
          output += normal
          continue
        }
      }
      beginLine(&hasLines, &joinsLine, &blanks, &output)
      append(span, line, to: &output)
    }
    if song.isContinued {
      for _ in 0..<blanks { output.append(newlineByte) }
    } else if options.residue {
      removeEnding(of: song, from: start, &output)
    }
  }

  /// The text without what is removed before lines are looked at: character references, tags, the heading and advertisements.
  private mutating func withoutResidue(_ song: RawSong) -> [UInt8] {
    var text = song.text
    var count = 0
    var signs = Residue.signs(in: text.span)
    if signs.hasMarkup {
      text = CharacterReferences.decoded(text.span, count: &count)
      counts.add(count, \.characterReferences)
      count = 0
      text = HTMLTags.removed(from: text.span, count: &count)
      counts.add(count, \.htmlTags)
      count = 0
      // Tags may have separated the words of an advertisement.
      signs = Residue.signs(in: text.span)
    }
    if !song.continues {
      var title = song.title
      if title.contains(UInt8(ascii: "&")) { title = CharacterReferences.decoded(title.span, count: &count) }
      count = 0
      if let end = Residue.endOfHeading(text.span, title: title) {
        counts.add(1, \.headings)
        text.removeFirst(Residue.afterSpaces(text.span, end, text.count))
      }
      if let end = Residue.endOfCredits(text.span) {
        counts.add(1, \.headings)
        text.removeFirst(end)
      }
    }
    if signs.hasAdvertisement {
      text = Residue.withoutAdvertisements(text.span, removed: &count)
      counts.add(count, \.advertisements)
    }
    return text
  }

  /// Removes the residue at a song's end, and all of the song if it is a placeholder.
  private mutating func removeEnding(of song: RawSong, from start: Int, _ output: inout [UInt8]) {
    while true {
      if let end = Residue.withoutEmbed(output.span, start..<output.count) {
        counts.add(1, \.embeds)
        output.removeLast(output.count - end)
      } else if let end = Residue.withoutFooter(output.span, start..<output.count) {
        counts.add(1, \.footers)
        output.removeLast(output.count - end)
      } else {
        break
      }
    }
    if !song.continues, start < output.count, Residue.isPlaceholder(output.span, start..<output.count) {
      counts.add(1, \.placeholders)
      output.removeLast(output.count - start)
    }
  }

  private mutating func inNormalForm(_ text: [UInt8]) -> [UInt8] {
    guard options.normalForm, let first = text.firstIndex(where: { $0 >= 0xCC }) else { return text }
    if classes.isSimple(text.span, first..<text.count) { return text }
    let normal = Array(String(decoding: text, as: UTF8.self).inNormalFormC.utf8)
    if normal != text { counts.normalForm += 1 }
    return normal
  }

  /// Writes the line end before a line, and the blank lines that stay.
  private mutating func beginLine(_ hasLines: inout Bool, _ joinsLine: inout Bool, _ blanks: inout Int, _ output: inout [UInt8]) {
    if hasLines {
      if !joinsLine { output.append(newlineByte) }
      keepBlanks(&blanks, &output)
    }
    hasLines = true
    joinsLine = false
    blanks = 0
  }

  private mutating func keepBlanks(_ blanks: inout Int, _ output: inout [UInt8]) {
    let kept = options.blankLines ? min(blanks, 1) : blanks
    counts.blankLines += blanks - kept
    for _ in 0..<kept { output.append(newlineByte) }
    blanks = 0
  }

  private mutating func append(_ text: Span<UInt8>, _ line: Range<Int>, to output: inout [UInt8]) {
    guard options.quotes else { return output.append(text, line) }
    var index = line.lowerBound
    while index < line.upperBound {
      let byte = text[index]
      if byte < 0xC2 {
        output.append(byte)
        index += 1
        continue
      }
      let (value, next) = scalar(text, at: index)
      switch value {
      case 0x2018...0x201B, 0x2032:
        output.append(UInt8(ascii: "'"))
        counts.quotes += 1
      case 0x201C...0x201F, 0x2033, 0xAB, 0xBB:
        output.append(UInt8(ascii: "\""))
        counts.quotes += 1
      default:
        output.append(text, index..<next)
      }
      index = next
    }
  }
}
