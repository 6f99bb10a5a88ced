internal import Basics

/// Finds the songs in a piece of a source.
struct RecordParser: Sendable {
  let rules: ReadingRules
  let sourceName: String
  var songs: [RawSong] = []
  /// What was wrong, with lines counted from the piece's first.
  private(set) var faults = FaultList()
  /// What was wrong with records that were read all the same.
  var repaired = FaultList()
  /// Records that are sound and have no lyrics.
  var emptyRecords = 0
  /// Control characters, and characters that cannot be seen, that were removed.
  private(set) var removedCharacters = RemovedCharacters()
  /// Records, or lines of texts, that were read as Windows-1252.
  private(set) var decodedWindows1252 = 0
  /// Characters that were read in a wrong encoding before.
  private(set) var misread = MisreadCharacters()
  /// Lines of signs, by which songs may be separated, and how often each stands in a text.
  private(set) var ruledLines = RuledLines()
  /// Songs whose line ends were written as `\n`.
  private(set) var escapedSongs = 0
  /// Songs that were written as lists of strings.
  private(set) var listedSongs = 0
  /// Lines of timed lyrics that were written once and not at each of their times.
  var keptRepeats = 0
  /// Rows that do not meet a condition, by the first that they do not meet.
  private(set) var excluded: [Int]
  /// Rows that were joined to the row before, and songs whose rows stand in several places.
  private(set) var joinedRows = 0
  private(set) var scattered = 0
  /// Which of the columns that choose and join rows were there in a JSON object, and the keys of the first that lacks one.
  private(set) var columnsSeen: [Bool]
  private(set) var keysWithoutColumn: [String]?
  /// Songs of other formats that were read as timed lyrics.
  var timedSongs = 0
  /// Markers and dividers between songs.
  private(set) var markers = 0
  /// How many lines the piece has.
  private(set) var lineCount = 0
  /// The encoding that was converted to UTF-8; nil: what is not UTF-8 stands so in the source.
  private let encoding: String?
  /// The first faults of the conversion, each with its line.
  private var conversionFaults: [(line: Int, fault: TextConverter.Fault)] = []
  /// The first of them that is not of a record before.
  private var nextFault = 0
  /// Whether one of the first songs, of which so many were looked at, has a character that is not ASCII.
  private var hasNonASCIISong = false
  private var lookedAt = 0

  init(_ piece: RawPiece, _ bytes: Span<UInt8>, source: SourceFile, rules: ReadingRules) {
    self.rules = rules
    excluded = [Int](repeating: 0, count: rules.rows.conditionCount)
    columnsSeen = [Bool](repeating: false, count: rules.rows.columns.count)
    sourceName = source.name
    faults = piece.faults
    encoding = piece.encoding
    noteConversionFaults(piece, bytes)
    switch source.format {
    case .txt: readText(piece, bytes)
    case .csv: readTable(piece, bytes)
    case .json: readJSON(piece, bytes)
    case .jsonl: readLines(piece, bytes)
    case .lrc: readLyrics(piece, bytes, as: .timed)
    case .srt, .vtt: readLyrics(piece, bytes, as: .subtitles)
    case .chordpro: readLyrics(piece, bytes, as: .chordPro)
    }
    if source.format != .txt { lineCount = newlines(bytes, piece.range) }
    lineCount += piece.linesBefore + piece.linesAfter
  }

  private var isPretokenized: Bool { rules.separation == nil }

  mutating func emptyRecord() { emptyRecords += 1 }

  mutating func addFault(line: Int, _ reason: String) {
    addFault(.malformedRecord(path: sourceName, line: line, reason: reason))
  }

  mutating func addFault(_ fault: CorpusError) {
    faults.append(fault)
  }

  /// Whether a row meets the conditions; counts it if not.
  ///
  /// - Parameter values: the values of the columns that choose and join rows.
  mutating func takesRow(_ values: [[[UInt8]]]) -> Bool {
    guard let condition = rules.rows.failure(values) else { return true }
    excluded[condition] += 1
    return false
  }

  /// Notes which columns a JSON object has.
  mutating func noteColumns(_ isThere: [Bool], keys: () -> [String]) {
    for (number, isOne) in isThere.enumerated() where isOne { columnsSeen[number] = true }
    if keysWithoutColumn == nil, isThere.contains(false) { keysWithoutColumn = keys() }
  }

  /// Joins rows of one song, across pieces.
  mutating func joinRows(_ joiner: inout RowJoiner?, isLast: Bool) {
    guard let joined = joiner?.join(songs, lineCount: lineCount, isLast: isLast) else { return }
    songs = joined.songs
    emptyRecords += joined.emptyCount
    joinedRows = joined.joinedRows
    scattered = joined.scattered
  }

  /// Adds the text of a record's field as a song, if it is one.
  ///
  /// - Parameters:
  ///   - group: what the row has in common with others of the same song, in which a row without text is a blank line.
  ///   - form: how it is written; nil: as it looks.
  ///   - details: what is known of it besides its text, as a `DetailRecord`.
  mutating func addSong(
    _ field: [UInt8], line: Int, title: [UInt8] = [], group: [UInt8]? = nil, form: LyricsForm? = nil, details: [UInt8] = []
  ) {
    if form == nil, group == nil, !isPretokenized, let format = UnreadFormat(field.span, 0..<field.count) {
      return addFault(line: line, "the lyrics are \(format.rawValue), which is not read")
    }
    guard var decoded = decoded(field, line: line) else { return }
    if form == nil, group == nil, !isPretokenized { undoEscapes(&decoded) }
    // Before control characters go, which some are.
    misread += misreadCharacters(decoded.span, 0..<decoded.count)
    var text: [UInt8] = []
    removedCharacters += appendWithoutControls(
      decoded.span, CSVScanner.afterMark(decoded.span, 0..<decoded.count)..<decoded.count, to: &text, keepsControls: rules.keepsControls,
      isPretokenized: isPretokenized)
    let title = firstInvalidByte(title.span, 0..<title.count) == nil ? title : []
    guard let group else { return add(text, line: line, title: title, form: form, details: details) }
    while let last = text.last, last <= 0x20 { text.removeLast() }
    let first = text.firstIndex { $0 > 0x20 } ?? text.count
    text.removeSubrange(..<first)
    songs.append(RawSong(text: text, line: line, title: title, group: group, details: details))
  }

  /// Makes lines of a text that a program wrote as one string with `\n`, or as a list of strings.
  private mutating func undoEscapes(_ text: inout [UInt8]) {
    if let lines = EscapedLines.lines(ofList: text.span) {
      text = lines
      listedSongs += 1
    }
    if let lines = EscapedLines.unescaped(text.span) {
      text = lines
      escapedSongs += 1
    }
  }

  /// A value that is carried with a song, as a `DetailRecord` keeps it; nil if there is none, or it is not text.
  func detail(_ value: [UInt8]) -> [UInt8]? {
    if firstInvalidByte(value.span, 0..<value.count) == nil { return DetailRecord.value(value) }
    guard rules.readsWindows1252, encoding == nil else { return nil }
    var text: [UInt8] = []
    decodeWindows1252(value.span, 0..<value.count, into: &text)
    return DetailRecord.value(text)
  }

  /// The field as UTF-8, or nil if it is not.
  private mutating func decoded(_ field: [UInt8], line: Int) -> [UInt8]? {
    guard let place = firstInvalidByte(field.span, 0..<field.count) else { return field }
    if rules.readsWindows1252, encoding == nil {
      var text: [UInt8] = []
      decodeWindows1252(field.span, 0..<field.count, into: &text)
      decodedWindows1252 += 1
      return text
    }
    if let encoding {
      // Records and faults come in the same order.
      while nextFault < conversionFaults.count, conversionFaults[nextFault].line < line { nextFault += 1 }
      let fault = nextFault < conversionFaults.count ? conversionFaults[nextFault].fault : nil
      // Each fault left its mark in the text.
      nextFault = min(conversionFaults.count, nextFault + field.count { $0 == TextConverter.mark })
      addFault(.notInEncoding(path: sourceName, encoding: encoding, line: line, offset: fault?.offset, byte: fault?.byte))
    } else {
      var sample = EncodingSample()
      sample.add(field.span, 0..<field.count)
      while !hasNonASCIISong, lookedAt < songs.count {
        let text = songs[lookedAt].text
        hasNonASCIISong = hasNonASCII(text.span, 0..<text.count)
        lookedAt += 1
      }
      sample.isMixed = hasNonASCIISong
      addFault(.lyricsNotUTF8(path: sourceName, line: line, byte: field[place], sample: sample))
    }
    return nil
  }

  /// Finds the lines of the first faults: only these are shown.
  private mutating func noteConversionFaults(_ piece: RawPiece, _ bytes: Span<UInt8>) {
    var line = 1 + piece.linesBefore
    var counted = piece.range.lowerBound
    for fault in piece.conversionFaults.prefix(4_096) where piece.range.contains(fault.place) {
      line += newlines(bytes, counted..<fault.place)
      counted = fault.place
      conversionFaults.append((line, fault))
    }
  }

  // MARK: - Texts

  private mutating func readText(_ piece: RawPiece, _ bytes: Span<UInt8>) {
    let start = piece.isFirst ? CSVScanner.afterMark(bytes, piece.range) : piece.range.lowerBound
    var text: [UInt8] = []
    // Lines that are not UTF-8, by number, with the place and value of the byte.
    var badLines: [Int: BadLine] = [:]
    var sample = EncodingSample()
    var conversions = piece.conversionFaults[...]
    if firstInvalidByte(bytes, start..<piece.range.upperBound) == nil {
      misread += misreadCharacters(bytes, start..<piece.range.upperBound)
      removedCharacters += appendWithoutControls(
        bytes, start..<piece.range.upperBound, to: &text, keepsControls: rules.keepsControls, isPretokenized: isPretokenized)
    } else {
      var number = 1
      var line = start
      // Where a run of carriage returns ends after which no line feed stands.
      var runEnd = start
      while line < piece.range.upperBound {
        var end = line
        while end < piece.range.upperBound, bytes[end] != newlineByte, bytes[end] != carriageReturn { end += 1 }
        var next = min(end + 1, piece.range.upperBound)
        if end < piece.range.upperBound, bytes[end] == carriageReturn, next >= runEnd {
          // CR LF and CR CR LF are one line end.
          var after = next
          while after < piece.range.upperBound, bytes[after] == carriageReturn { after += 1 }
          if after < piece.range.upperBound, bytes[after] == newlineByte { next = after + 1 } else { runEnd = after }
        }
        let lineStart = text.count
        if let place = firstInvalidByte(bytes, line..<end) {
          if rules.readsWindows1252, encoding == nil {
            var decoded: [UInt8] = []
            decodeWindows1252(bytes, line..<end, into: &decoded)
            removedCharacters += appendWithoutControls(
              decoded.span, 0..<decoded.count, to: &text, keepsControls: rules.keepsControls, isPretokenized: isPretokenized)
            decodedWindows1252 += 1
          } else {
            sample.add(bytes, line..<end)
            // Lines and faults come in the same order.
            while let first = conversions.first, first.place < place { conversions.removeFirst() }
            badLines[number] = BadLine(
              offset: piece.offset + place - piece.range.lowerBound, byte: bytes[place],
              fault: conversions.first.flatMap { $0.place == place ? $0 : nil })
          }
        } else {
          misread += misreadCharacters(bytes, line..<end)
          if !sample.isMixed { sample.isMixed = hasNonASCII(bytes, line..<end) }
          removedCharacters += appendWithoutControls(
            bytes, line..<end, to: &text, keepsControls: rules.keepsControls, isPretokenized: isPretokenized)
        }
        // A bad line keeps its place even without an end.
        if next > end || badLines[number] != nil { text.append(newlineByte) }
        line = next
        // A line may hold line ends of other kinds.
        number += newlines(text.span, lineStart..<text.count)
      }
    }
    splitSongs(text, piece, badLines, sample)
  }

  /// A line that is not UTF-8: the first such byte, and the fault of the conversion that it marks.
  private struct BadLine {
    var offset: Int
    var byte: UInt8
    var fault: TextConverter.Fault?
  }

  private func fault(_ bad: BadLine, line: Int, _ sample: EncodingSample) -> CorpusError {
    if let encoding {
      return .notInEncoding(path: sourceName, encoding: encoding, line: line, offset: bad.fault?.offset, byte: bad.fault?.byte)
    }
    return .notUTF8(path: sourceName, offset: bad.offset, line: line, byte: bad.byte, sample: sample)
  }

  private mutating func splitSongs(_ text: [UInt8], _ piece: RawPiece, _ badLines: [Int: BadLine], _ sample: EncodingSample) {
    guard let separation = rules.separation else {
      for (line, bad) in badLines.sorted(by: { $0.key < $1.key }) {
        faults.append(self.fault(bad, line: line, sample))
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
      } else if song.continues || isContinued {
        songs.append(song)
      } else {
        add(song.text, line: song.line, title: [], form: nil, details: [])
      }
      song = RawSong(text: [], line: 1)
      hasLines = false
      fault = nil
    }
    var number = 0
    func addLine(_ line: Range<Int>, _ bad: BadLine?) {
      if !hasLines {
        song.line = number
        hasLines = true
      } else if !joinsLine {
        for _ in 0...blanks { song.text.append(newlineByte) }
      }
      blanks = 0
      song.text.append(span, line)
      if let bad, fault == nil { fault = self.fault(bad, line: number, sample) }
      joinsLine = false
    }
    var start = 0
    while start < text.count {
      let end = Residue.endOfLine(span, start, text.count)
      number += 1
      let line = SongText.trimmed(span, start..<end)
      let bad = badLines.isEmpty ? nil : badLines[number]
      if line.isEmpty, bad == nil {
        blanks += 1
        if blanks == separation.blankLines { endSong() }
      } else if bad == nil, var marker = separation.end(in: span, line, from: line.lowerBound) {
        var rest = line
        while true {
          let before = SongText.trimmed(span, rest.lowerBound..<marker.lowerBound)
          if SongSeparation.afterSpaces(span, before) < before.upperBound { addLine(before, nil) }
          endSong()
          blanks = 0
          joinsLine = false
          markers += 1
          rest = SongSeparation.afterSpaces(span, marker.upperBound..<line.upperBound)..<line.upperBound
          guard let next = separation.end(in: span, line, from: rest.lowerBound) else { break }
          marker = next
        }
        if !rest.isEmpty { addLine(rest, nil) }
      } else {
        addLine(line, bad)
        if separation.blankLines != nil { ruledLines.note(span, line) }
        if separation.separator == .everyLine { endSong() }
      }
      joinsLine = false
      start = end + 1
    }
    // The last line need not have an end.
    lineCount = text.last == newlineByte ? number : max(0, number - 1)
    if blanks > 0, separation.separator == .none, piece.isContinued { for _ in 0..<blanks { song.text.append(newlineByte) } }
    endSong(isContinued: piece.isContinued)
  }
}
