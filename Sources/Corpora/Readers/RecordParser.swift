/// Finds the songs in a piece of a source.
struct RecordParser: Sendable {
  let rules: ReadingRules
  let sourceName: String
  /// Whether control characters stay.
  let keepsControls: Bool
  private(set) var songs: [RawSong] = []
  /// What was wrong, with lines counted from the piece's first.
  private(set) var faults = FaultList()
  /// What was wrong with records that were read all the same.
  var repaired = FaultList()
  /// Records that are sound and have no lyrics.
  private(set) var emptyRecords = 0
  /// Control characters that were left out.
  private(set) var controlsRemoved = 0
  /// Records, or lines of texts, that were read as Windows-1252.
  private(set) var decodedWindows1252 = 0
  /// Lines of timed lyrics that were written once and not at each of their times.
  private(set) var keptRepeats = 0
  /// How many lines the piece has.
  private(set) var lineCount = 0

  init(_ piece: RawPiece, _ bytes: Span<UInt8>, source: SourceFile, rules: ReadingRules, keepsControls: Bool) {
    self.rules = rules
    self.keepsControls = keepsControls
    sourceName = source.name
    faults = piece.faults
    switch source.format {
    case .txt: readText(piece, bytes)
    case .csv: readTable(piece, bytes)
    case .json: readJSON(piece, bytes)
    case .jsonl: readLines(piece, bytes)
    case .lrc: readTimedLyrics(piece, bytes)
    }
    if source.format != .txt { lineCount = newlines(bytes, piece.range) }
    lineCount += piece.linesBefore + piece.linesAfter
  }

  mutating func emptyRecord() { emptyRecords += 1 }

  mutating func keepRepeat() { keptRepeats += 1 }

  mutating func addFault(line: Int, _ reason: String) {
    addFault(.malformedRecord(path: sourceName, line: line, reason: reason))
  }

  mutating func addFault(_ fault: CorpusError) {
    faults.append(fault)
  }

  /// Adds the text of a record's field as a song, if it is one.
  mutating func addSong(_ field: [UInt8], line: Int, title: [UInt8] = []) {
    guard let decoded = decoded(field, line: line) else { return }
    var text: [UInt8] = []
    controlsRemoved += appendWithoutControls(
      decoded.span, CSVScanner.afterMark(decoded.span, 0..<decoded.count)..<decoded.count, to: &text, keepsControls: keepsControls)
    if text.allSatisfy({ $0 <= 0x20 }) {
      emptyRecords += 1
    } else {
      songs.append(RawSong(text: text, line: line, title: firstInvalidByte(title.span, 0..<title.count) == nil ? title : []))
    }
  }

  /// The field as UTF-8, or nil if it is not.
  private mutating func decoded(_ field: [UInt8], line: Int) -> [UInt8]? {
    guard let place = firstInvalidByte(field.span, 0..<field.count) else { return field }
    if rules.readsWindows1252 {
      var text: [UInt8] = []
      decodeWindows1252(field.span, 0..<field.count, into: &text)
      decodedWindows1252 += 1
      return text
    }
    addFault(line: line, "the lyrics have the byte \(hexadecimal(field[place])), which is not valid UTF-8")
    return nil
  }

  // MARK: - Texts

  private mutating func readText(_ piece: RawPiece, _ bytes: Span<UInt8>) {
    let start = piece.isFirst ? CSVScanner.afterMark(bytes, piece.range) : piece.range.lowerBound
    var text: [UInt8] = []
    // Lines that are not UTF-8, by number, with the place and value of the byte.
    var badLines: [Int: (offset: Int, byte: UInt8)] = [:]
    if firstInvalidByte(bytes, start..<piece.range.upperBound) == nil {
      controlsRemoved += appendWithoutControls(bytes, start..<piece.range.upperBound, to: &text, keepsControls: keepsControls)
    } else {
      var number = 1
      var line = start
      while line < piece.range.upperBound {
        var end = line
        while end < piece.range.upperBound, bytes[end] != newlineByte, bytes[end] != carriageReturn { end += 1 }
        var next = min(end + 1, piece.range.upperBound)
        if end < piece.range.upperBound, bytes[end] == carriageReturn, next < piece.range.upperBound, bytes[next] == newlineByte {
          next += 1
        }
        if let place = firstInvalidByte(bytes, line..<end) {
          if rules.readsWindows1252 {
            var decoded: [UInt8] = []
            decodeWindows1252(bytes, line..<end, into: &decoded)
            controlsRemoved += appendWithoutControls(decoded.span, 0..<decoded.count, to: &text, keepsControls: keepsControls)
            decodedWindows1252 += 1
          } else {
            badLines[number] = (piece.offset + place - piece.range.lowerBound, bytes[place])
          }
        } else {
          controlsRemoved += appendWithoutControls(bytes, line..<end, to: &text, keepsControls: keepsControls)
        }
        // A bad line keeps its place even without an end.
        if next > end || badLines[number] != nil { text.append(newlineByte) }
        line = next
        number += 1
      }
    }
    splitSongs(text, piece, badLines)
  }

  private mutating func splitSongs(_ text: [UInt8], _ piece: RawPiece, _ badLines: [Int: (offset: Int, byte: UInt8)]) {
    guard let separator = rules.separator else {
      for (line, bad) in badLines.sorted(by: { $0.key < $1.key }) {
        faults.append(.notUTF8(path: sourceName, offset: bad.offset, line: line, byte: bad.byte))
      }
      lineCount = newlines(text.span, 0..<text.count)
      if !text.isEmpty || piece.continues {
        songs.append(RawSong(text: text, line: 1, continues: piece.continues, isContinued: piece.isContinued))
      }
      return
    }
    let span = text.span
    var song = RawSong(text: [], line: 1, continues: piece.continues)
    var hasLines = piece.continues
    var joinsLine = piece.continuesLine
    var fault: CorpusError?
    var blanks = 0
    func endSong(isContinued: Bool = false) {
      guard hasLines else { return }
      song.isContinued = isContinued
      if let found = fault {
        faults.append(found)
      } else {
        songs.append(song)
      }
      song = RawSong(text: [], line: 1)
      hasLines = false
      fault = nil
    }
    var number = 0
    var start = 0
    while start < text.count {
      var end = start
      while end < text.count, span[end] != newlineByte { end += 1 }
      number += 1
      let line = SongText.trimmed(span, start..<end)
      let bad = badLines.isEmpty ? nil : badLines[number]
      if line.isEmpty, bad == nil {
        blanks += 1
        if blanks >= 2, separator == .blankLines { endSong() }
      } else if bad == nil, SongText.isDivider(span, line, separator) {
        endSong()
        blanks = 0
      } else {
        if !hasLines {
          song.line = number
          hasLines = true
        } else if !joinsLine {
          for _ in 0...blanks { song.text.append(newlineByte) }
        }
        blanks = 0
        song.text.append(span, line)
        if let bad, fault == nil { fault = .notUTF8(path: sourceName, offset: bad.offset, line: number, byte: bad.byte) }
      }
      joinsLine = false
      start = end + 1
    }
    // The last line need not have an end.
    lineCount = text.last == newlineByte ? number : max(0, number - 1)
    if blanks > 0, separator == .none, piece.isContinued { for _ in 0..<blanks { song.text.append(newlineByte) } }
    endSong(isContinued: piece.isContinued)
  }
}
