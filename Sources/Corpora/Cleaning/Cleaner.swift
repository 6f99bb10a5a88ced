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
    let text = inNormalForm(song.text)
    let span = text.span
    let start = output.count
    let most = Self.mostBytes(ofExpanded: text.count)
    var stanza = RepeatedStanza(from: start)
    var blanks = 0
    var hasLines = song.continues
    var isFirstLine = !song.continues
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
      var end = index
      while end < text.count, span[end] != newlineByte { end += 1 }
      var line = SongText.trimmed(span, index..<end)
      index = end + 1
      if isFirstLine, !line.isEmpty {
        isFirstLine = false
        if options.residue, let rest = Residue.afterHeading(span, line, title: song.title) {
          counts.residue += 1
          line = rest
        }
      }
      if options.residue, let rest = Residue.withoutAdvertisement(span, line) {
        counts.residue += 1
        if rest.isEmpty { continue }
        line = rest
      }
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
    } else if options.residue, let end = Residue.withoutEnding(output.span, start..<output.count) {
      counts.residue += 1
      output.removeLast(output.count - end)
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
    (hasLines, joinsLine, blanks) = (true, false, 0)
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
