/// Tables, JSON and timed lyrics.
extension RecordParser {
  mutating func readTable(_ piece: RawPiece, _ bytes: Span<UInt8>) {
    guard let table = piece.table else { return }
    let scanner = CSVScanner(delimiter: table.delimiter)
    let end = piece.range.upperBound
    var index = piece.isFirst ? CSVScanner.afterMark(bytes, piece.range) : piece.range.lowerBound
    var line = 1 + piece.linesBefore
    var counted = index
    var fields: [CSVField] = []
    var hasNoEnd = piece.quotesHaveNoEnd
    var isHeader = piece.isFirst && piece.linesBefore == 0
    while index < end {
      line += newlines(bytes, counted..<index)
      counted = index
      guard let next = scanner.record(bytes, from: index, end, isAtEnd: true, hasNoEnd: hasNoEnd, fields: &fields) else {
        addFault(line: line, "a quotation mark opens a field that never ends")
        hasNoEnd = true
        while index < end, bytes[index] != newlineByte { index += 1 }
        index += 1
        continue
      }
      index = next
      if isHeader {
        isHeader = false
        continue
      }
      // A blank line.
      if fields.count == 1, fields[0].range.isEmpty { continue }
      guard fields.count == table.columns.count else {
        addFault(line: line, "it has \(fields.count) fields and the header \(table.columns.count)")
        continue
      }
      if fields.contains(where: \.hasStray) {
        repaired.append(.strayQuote(path: sourceName, line: line))
      }
      let title = table.titleColumn.map { Corpora.bytes(of: fields[$0], bytes) } ?? []
      addSong(Corpora.bytes(of: fields[table.textColumn], bytes), line: line, title: title)
    }
  }

  mutating func readLines(_ piece: RawPiece, _ bytes: Span<UInt8>) {
    var start = piece.isFirst ? CSVScanner.afterMark(bytes, piece.range) : piece.range.lowerBound
    var line = 0
    while start < piece.range.upperBound {
      var end = start
      while end < piece.range.upperBound, bytes[end] != newlineByte { end += 1 }
      line += 1
      var index = start
      JSONScanner.skipSpace(bytes, &index, end)
      if index < end {
        do throws(JSONFault) {
          var finder = SongFinder(textField: rules.textField)
          try finder.read(bytes, &index, end)
          JSONScanner.skipSpace(bytes, &index, end)
          if index < end { throw JSONFault(place: index, reason: "something follows the object") }
          try add(finder, bytes, line: { _ in line })
        } catch {
          addFault(line: line, "it is not valid JSON, at byte \(error.place - start + 1) of the line: \(error.reason)")
        }
      }
      start = end + 1
    }
  }

  mutating func readJSON(_ piece: RawPiece, _ bytes: Span<UInt8>) {
    let end = piece.range.upperBound
    var index = piece.isFirst && !piece.isInsideList ? CSVScanner.afterMark(bytes, piece.range) : piece.range.lowerBound
    var isInsideList = piece.isInsideList
    JSONScanner.skipSpace(bytes, &index, end)
    if !isInsideList, index < end, bytes[index] == UInt8(ascii: "[") {
      isInsideList = true
      index += 1
    }
    var line = 1 + piece.linesBefore
    var counted = piece.range.lowerBound
    func number(_ place: Int) -> Int {
      // Places come in rising order, save those inside an element.
      if place < counted { return line }
      line += newlines(bytes, counted..<place)
      counted = place
      return line
    }
    while true {
      while index < end, JSONListCut.isBetween(bytes[index]) { index += 1 }
      if index >= end { break }
      if bytes[index] == UInt8(ascii: "]") {
        if isInsideList { return }
        index += 1
        continue
      }
      let start = index
      do throws(JSONFault) {
        var finder = SongFinder(textField: rules.textField)
        try finder.read(bytes, &index, end)
        try add(finder, bytes, line: number)
      } catch {
        addFault(line: number(error.place), "it is not valid JSON: \(error.reason)")
        index = Self.nextElement(bytes, after: max(start, min(error.place, end)), end)
      }
    }
    if isInsideList, piece.isLast { addFault(line: number(end), "it is not valid JSON: the list has no end") }
  }

  /// Where the next object of a list may begin, after a fault.
  private static func nextElement(_ bytes: Span<UInt8>, after start: Int, _ end: Int) -> Int {
    var index = start
    while index < end {
      if bytes[index] == UInt8(ascii: "}") {
        var next = index + 1
        JSONScanner.skipSpace(bytes, &next, end)
        if next < end, bytes[next] == UInt8(ascii: ",") { next += 1 }
        JSONScanner.skipSpace(bytes, &next, end)
        if next < end, bytes[next] == UInt8(ascii: "{") || bytes[next] == UInt8(ascii: "]") { return next }
      }
      index += 1
    }
    return end
  }

  private mutating func add(_ finder: SongFinder, _ bytes: Span<UInt8>, line: (Int) -> Int) throws(JSONFault) {
    if finder.songs.isEmpty {
      if finder.hasEmptySong {
        emptyRecord()
      } else {
        addFault(
          .noKey(path: sourceName, line: line(finder.start), wanted: rules.textField.map { [$0] } ?? CSVTable.textNames, found: finder.keys)
        )
      }
    }
    for song in finder.songs {
      var text: [UInt8] = []
      for (number, string) in song.text.enumerated() {
        if number > 0 { text.append(newlineByte) }
        try JSONScanner.decode(string, bytes, into: &text)
      }
      var title: [UInt8] = []
      if let string = song.title { try JSONScanner.decode(string, bytes, into: &title) }
      addSong(text, line: line(song.start), title: title)
    }
  }
}

/// Looks for songs in a JSON value: objects that have lyrics, at any depth.
struct SongFinder {
  struct Song {
    /// Where its object begins.
    var start: Int
    /// A string, or a list's strings, a line each.
    var text: [JSONString]
    var title: JSONString?
  }

  private let path: [[UInt8]]
  private let names: [[UInt8]]
  private(set) var songs: [Song] = []
  /// Whether there was a song whose lyrics are null or not text.
  private(set) var hasEmptySong = false
  /// The first keys that were met.
  private(set) var keys: [String] = []
  private(set) var start = 0

  init(textField: String?) {
    path = textField.map { $0.split(separator: ".").map { Array($0.utf8) } } ?? []
    names = CSVTable.textNames.map { Array($0.utf8) }
  }

  /// Steps over the value at `index` and keeps the songs in it.
  mutating func read(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) throws(JSONFault) {
    JSONScanner.skipSpace(bytes, &index, end)
    start = index
    songs = try value(bytes, &index, end, depth: 0)
  }

  private mutating func value(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, depth: Int) throws(JSONFault) -> [Song] {
    JSONScanner.skipSpace(bytes, &index, end)
    guard depth < JSONScanner.mostDepth else {
      throw JSONFault(place: index, reason: "it is nested more than \(JSONScanner.mostDepth) deep")
    }
    guard index < end, bytes[index] == UInt8(ascii: "{") || bytes[index] == UInt8(ascii: "[") else {
      try JSONScanner.skipValue(bytes, &index, end)
      return []
    }
    if bytes[index] == UInt8(ascii: "{") { return try object(bytes, &index, end, path[...], depth).songs }
    var found: [Song] = []
    try JSONScanner.members(bytes, &index, end, isObject: false) { (_, index) throws(JSONFault) in
      found += try value(bytes, &index, end, depth: depth + 1)
    }
    return found
  }

  private struct Finding {
    var text: [JSONString] = []
    var hasText = false
    var songs: [Song] = []
  }

  /// Steps over an object. `path` is what is left of the way to the lyrics.
  private mutating func object(
    _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, _ path: ArraySlice<[UInt8]>, _ depth: Int
  ) throws(JSONFault) -> Finding {
    let start = index
    var finding = Finding()
    var title: JSONString?
    var rank = Int.max
    try JSONScanner.members(bytes, &index, end, isObject: true) { (key, index) throws(JSONFault) in
      guard let key, index < end else { return try JSONScanner.skipValue(bytes, &index, end) }
      if depth == 0 || self.keys.isEmpty, self.keys.count < 12 { self.keys.append(Corpora.string(bytes, key.range)) }
      let own =
        path.isEmpty ? names.firstIndex { equals(key, $0, bytes) } : path.count == 1 && equals(key, path.first ?? [], bytes) ? 0 : nil
      let first = bytes[index]
      if let own, own < rank || !finding.hasText {
        if first == quoteByte {
          finding.text = [try JSONScanner.string(bytes, &index, end)]
        } else if first == UInt8(ascii: "["), let strings = try strings(bytes, &index, end) {
          finding.text = strings
        } else if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
          finding.songs += try value(bytes, &index, end, depth: depth + 1)
          return
        } else {
          try JSONScanner.skipValue(bytes, &index, end)
          finding.text = []
        }
        finding.hasText = true
        rank = own
      } else if first == UInt8(ascii: "{") {
        guard depth + 1 < JSONScanner.mostDepth else {
          throw JSONFault(place: index, reason: "it is nested more than \(JSONScanner.mostDepth) deep")
        }
        let isOnPath = path.count > 1 && equals(key, path.first ?? [], bytes)
        let inner = try object(bytes, &index, end, isOnPath ? path.dropFirst() : self.path[...], depth + 1)
        if isOnPath, inner.hasText { (finding.text, finding.hasText) = (inner.text, true) }
        finding.songs += inner.songs
      } else if first == UInt8(ascii: "[") {
        finding.songs += try value(bytes, &index, end, depth: depth + 1)
      } else if first == quoteByte {
        let string = try JSONScanner.string(bytes, &index, end)
        if title == nil, equals(key, Self.title, bytes) || equals(key, Self.song, bytes) { title = string }
      } else {
        try JSONScanner.skipValue(bytes, &index, end)
      }
    }
    guard finding.hasText else { return finding }
    // What a nested object found on the way is this object's.
    if path.count == self.path.count {
      if finding.text.isEmpty { hasEmptySong = true }
      finding.songs = finding.text.isEmpty ? finding.songs : [Song(start: start, text: finding.text, title: title)]
    }
    return finding
  }

  private static let title = Array("title".utf8)
  private static let song = Array("song".utf8)

  /// A list of strings only, or nil, stepping back, if there is anything else in it.
  private func strings(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) throws(JSONFault) -> [JSONString]? {
    let start = index
    var strings: [JSONString] = []
    var isStringsOnly = true
    try JSONScanner.members(bytes, &index, end, isObject: false) { (_, index) throws(JSONFault) in
      if index < end, bytes[index] == quoteByte {
        strings.append(try JSONScanner.string(bytes, &index, end))
      } else {
        isStringsOnly = false
        try JSONScanner.skipValue(bytes, &index, end)
      }
    }
    if isStringsOnly { return strings }
    index = start
    return nil
  }

  private func equals(_ key: JSONString, _ name: [UInt8], _ bytes: Span<UInt8>) -> Bool {
    guard key.range.count == name.count else { return false }
    var place = key.range.lowerBound
    for byte in name {
      if bytes[place] != byte, lowercased(ascii: bytes[place]) != byte { return false }
      place += 1
    }
    return true
  }
}
