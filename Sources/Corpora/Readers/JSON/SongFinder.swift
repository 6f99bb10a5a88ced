/// A song of a JSON text, or what was found where one is expected.
struct JSONRecord {
  enum Kind {
    case song([LyricPart])
    /// The lyrics are null or empty.
    case empty
    /// No key is a lyrics key.
    case noKey(found: [String])
    /// The value of the lyrics key is no text.
    case notText(key: String, found: String)
  }

  /// Where its object begins.
  var start: Int
  var kind: Kind
  var title: JSONString?
  /// The values of the columns that choose and join rows, if there are such columns: none for a key that is null, nil for one that is
  /// missing.
  var columns: [[JSONString]?]?
  /// The first keys of the object.
  var keys: [JSONString] = []
  /// What its object has of the title, the artist and the columns to keep.
  var carried: [CarriedKeys.Found] = []
}

/// Finds the songs in a JSON value.
///
/// A song is an object with a lyrics key, at any depth; nothing inside it is another song. Its value is a text, or lists and objects of
/// texts (see `LyricsReader`). If it is a list of objects with titles, in an object without one, each of them is a song. A string of a
/// list that is the whole JSON text is a song too, and so is a list of strings in it, a line each.
struct SongFinder {
  /// How many keys an error names.
  static let mostKeys = 10

  /// The keys that lead to the lyrics; one if there is only one way.
  private let path: [[UInt8]]
  /// The path as one key, as tables that were made flat have it.
  private let wholePath: [UInt8]
  /// The names of texts inside the lyrics.
  private let names: [[UInt8]]
  /// The columns that choose and join rows.
  private let columns: [JSONColumn]
  /// What is carried with a song.
  let carried: CarriedKeys

  init(_ rules: ReadingRules) {
    columns = rules.rows.columns.map { JSONColumn($0) }
    carried = CarriedKeys(keeping: rules.keptColumns)
    let usual = CSVTable.textNames.map { Array($0.utf8) }
    guard let field = rules.textField else {
      path = []
      wholePath = []
      names = usual
      return
    }
    wholePath = Self.folded(Array(field.utf8))
    path = field.split(separator: ".").map { Self.folded(Array($0.utf8)) }
    names = (path.last.map { [$0] } ?? []) + usual
  }

  /// Steps over the value at `index` and returns what is in it, in order.
  func records(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, role: JSONUnit.Role) throws(JSONFault) -> [JSONRecord] {
    JSONScanner.skipSpace(bytes, &index, end)
    let start = index
    var records: [JSONRecord] = []
    var keys: [JSONString] = []
    var columns: [[JSONString]?]?
    guard index < end else { throw JSONFault(place: index, reason: "it breaks off where a value is expected", isCutOff: true) }
    let first = bytes[index]
    if first == UInt8(ascii: "{") {
      let found = try object(bytes, &index, end, depth: 0, into: &records)
      keys = found.keys
      columns = found.columns
    } else if role == .top, first == quoteByte || isText(bytes, index, end) {
      var reader = LyricsReader(names)
      _ = try reader.read(bytes, &index, end, [])
      records = reader.records(bytes, start, key: "the list", title: nil)
    } else if first == UInt8(ascii: "[") {
      try list(bytes, &index, end, depth: 0, into: &records)
    } else {
      try JSONScanner.skipValue(bytes, &index, end)
      if role == .top { records = [JSONRecord(start: start, kind: bytes[start] == UInt8(ascii: "n") ? .empty : .noKey(found: []))] }
    }
    if records.isEmpty, role != .inner {
      records = [JSONRecord(start: start, kind: .noKey(found: keys.map { string(bytes, $0.range) }), columns: columns, keys: keys)]
    }
    return records
  }

  /// Reads an object, and returns its first keys and the values of its columns.
  private func object(
    _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, depth: Int, into records: inout [JSONRecord]
  ) throws(JSONFault) -> (keys: [JSONString], columns: [[JSONString]?]?) {
    guard depth < JSONScanner.mostDepth else { throw JSONScanner.tooDeep(index) }
    let start = index
    // What is found inside is dropped if the object turns out to be a song.
    let outer = records.count
    var keys: [JSONString] = []
    var values: [[JSONString]?]? = columns.isEmpty ? nil : columns.map { _ in nil }
    var title: (rank: Int, string: JSONString)?
    var found: [CarriedKeys.Found] = []
    var lyrics: (rank: Int, reader: LyricsReader, key: JSONString)?
    var hasWrongPath: (key: JSONString, value: Int)?
    var hasTime = false
    // What the songs inside have in common; a list of objects holds what each of them has.
    var shared: [CarriedKeys.Found] = []
    try JSONScanner.members(bytes, &index, end, isObject: true) { (key, index) throws(JSONFault) in
      guard let key, index < end else { return try JSONScanner.skipValue(bytes, &index, end) }
      if keys.count < Self.mostKeys { keys.append(key) }
      for (number, column) in columns.enumerated() {
        if let found = try column.values(key, bytes, index, end) { values?[number] = found }
      }
      let known = found.count
      try carried.note(key, bytes, index, end, into: &found)
      if found.count > known, !Self.isListOfObjects(bytes, index, end) { shared += found[known...].filter { $0.column > 0 } }
      hasTime = hasTime || LyricsReader.isTime(key, bytes)
      if let (rank, rest) = lyricsKey(key, bytes) {
        let value = index
        var reader = LyricsReader(names)
        reader.start = value
        let isFound = try reader.read(bytes, &index, end, rest)
        if !isFound {
          hasWrongPath = (key, value)
          var inside = value
          try inner(bytes, &inside, end, depth: depth + 1, into: &records)
        } else if lyrics.map({ reader.isText != $0.reader.isText ? reader.isText : rank <= $0.rank }) ?? true {
          lyrics = (rank, reader, key)
        }
        return
      }
      if bytes[index] == quoteByte, let rank = Self.titleRank(key, bytes) {
        let string = try JSONScanner.string(bytes, &index, end)
        if rank < title?.rank ?? .max { title = (rank, string) }
      } else {
        try inner(bytes, &index, end, depth: depth + 1, into: &records)
      }
    }
    if let (_, read, key) = lyrics {
      var reader = read
      records.removeSubrange(outer...)
      // A song may have a time, too, such as its length.
      if hasTime, title == nil, found.isEmpty { reader.joinWords(bytes) }
      // An object may have a key any number of times.
      let carried = CarriedKeys.best(found)
      for var record in reader.records(bytes, start, key: string(bytes, key.range), title: title?.string) {
        record.columns = values
        record.keys = keys
        record.carried = carried
        records.append(record)
      }
    } else if let (key, value) = hasWrongPath, records.count == outer {
      records.append(
        JSONRecord(start: start, kind: .notText(key: string(bytes, key.range), found: LyricsReader.description(bytes, value, end))))
      records[outer].columns = values
      records[outer].keys = keys
    }
    if lyrics == nil, !shared.isEmpty {
      let shared = CarriedKeys.best(shared)
      for number in outer..<records.count {
        let own = Set(records[number].carried.map(\.column))
        records[number].carried += shared.filter { !own.contains($0.column) }
      }
    }
    return (keys, values)
  }

  private static func isListOfObjects(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    guard start < end, bytes[start] == UInt8(ascii: "[") else { return false }
    var index = start + 1
    JSONScanner.skipSpace(bytes, &index, end)
    return index < end && bytes[index] == UInt8(ascii: "{")
  }

  private func inner(
    _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, depth: Int, into records: inout [JSONRecord]
  ) throws(JSONFault) {
    if bytes[index] == UInt8(ascii: "{") {
      _ = try object(bytes, &index, end, depth: depth, into: &records)
    } else if bytes[index] == UInt8(ascii: "[") {
      try list(bytes, &index, end, depth: depth, into: &records)
    } else {
      try JSONScanner.skipValue(bytes, &index, end)
    }
  }

  /// Reads a list. If its first object or list has songs, every later one is expected to have some.
  private func list(
    _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, depth: Int, into records: inout [JSONRecord]
  ) throws(JSONFault) {
    guard depth < JSONScanner.mostDepth else { throw JSONScanner.tooDeep(index) }
    var hasSongs: Bool?
    try JSONScanner.members(bytes, &index, end, isObject: false) { (_, index) throws(JSONFault) in
      guard index < end, bytes[index] == UInt8(ascii: "{") || bytes[index] == UInt8(ascii: "[") else {
        return try JSONScanner.skipValue(bytes, &index, end)
      }
      let start = index
      let before = records.count
      var keys: [JSONString] = []
      var columns: [[JSONString]?]?
      if bytes[index] == UInt8(ascii: "{") {
        let found = try object(bytes, &index, end, depth: depth + 1, into: &records)
        keys = found.keys
        columns = found.columns
      } else {
        try list(bytes, &index, end, depth: depth + 1, into: &records)
      }
      if hasSongs == true, records.count == before {
        let kind = JSONRecord.Kind.noKey(found: keys.map { string(bytes, $0.range) })
        records.append(JSONRecord(start: start, kind: kind, columns: columns, keys: keys))
      }
      hasSongs = hasSongs ?? (records.count > before)
    }
  }

  // MARK: - Keys

  /// How good a key is for the lyrics, and the keys that lead from its value to them; nil: it is none.
  private func lyricsKey(_ key: JSONString, _ bytes: Span<UInt8>) -> (rank: Int, rest: ArraySlice<[UInt8]>)? {
    let range = Self.trimmed(key.range, bytes)
    if wholePath.isEmpty {
      for (rank, name) in names.enumerated() where Self.equals(range, name, bytes) { return (rank, []) }
      return nil
    }
    if Self.equals(range, wholePath, bytes) { return (0, []) }
    guard let first = path.first, Self.equals(range, first, bytes) else { return nil }
    return (1, path.dropFirst())
  }

  /// In JSON, a name may be that of anything.
  private static let titles = DetailNames.titles.filter { $0 != "name" }.map { Array($0.utf8) }

  static func isTitle(_ key: JSONString, _ bytes: Span<UInt8>) -> Bool { titleRank(key, bytes) != nil }

  /// How good a key is for the title, the best 0; nil: it is none.
  private static func titleRank(_ key: JSONString, _ bytes: Span<UInt8>) -> Int? {
    titles.firstIndex { CarriedKeys.equals(key.range, $0, bytes) }
  }

  /// Whether a key, without the spaces at its ends, is a name, which is in lower case.
  static func equals(_ key: Range<Int>, _ name: [UInt8], _ bytes: Span<UInt8>) -> Bool {
    guard key.count == name.count else { return false }
    var place = key.lowerBound
    for byte in name {
      if bytes[place] != byte, lowercased(ascii: bytes[place]) != byte { return false }
      place += 1
    }
    return true
  }

  static func trimmed(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, bytes[start] == 0x20 { start += 1 }
    while start < end, bytes[end - 1] == 0x20 { end -= 1 }
    return start..<end
  }

  private static func folded(_ name: [UInt8]) -> [UInt8] { name.map { lowercased(ascii: $0) } }

  // MARK: - Values that are not whole

  /// Whether the first bytes of a value are those of a song's object: they have a lyrics key. Nothing behind `end` is looked at.
  func isSong(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    guard start < end, bytes[start] == UInt8(ascii: "{") else { return false }
    var hasLyrics = false
    var hasTitle = false
    var hasTitledList = false
    forEachKey(bytes, start, end) { key, value in
      hasTitle = hasTitle || Self.isTitle(key, bytes)
      guard lyricsKey(key, bytes) != nil else { return }
      hasLyrics = true
      hasTitledList = hasTitledList || isTitledList(bytes, value, end)
    }
    return hasLyrics && (hasTitle || !hasTitledList)
  }

  /// The first keys of an object, of which the first bytes are there.
  func keys(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> [String] {
    var keys: [String] = []
    forEachKey(bytes, start, end) { key, _ in if keys.count < Self.mostKeys { keys.append(string(bytes, key.range)) } }
    return keys
  }

  private func isTitledList(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    guard start < end, bytes[start] == UInt8(ascii: "[") else { return false }
    var index = start + 1
    JSONScanner.skipSpace(bytes, &index, end)
    guard index < end, bytes[index] == UInt8(ascii: "{") else { return false }
    var isTitled = false
    forEachKey(bytes, index, end) { key, _ in isTitled = isTitled || Self.isTitle(key, bytes) }
    return isTitled
  }

  private func forEachKey(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ body: (_ key: JSONString, _ value: Int) -> Void) {
    var index = start
    // What comes after a fault, or after the end of the bytes, cannot be told.
    try? JSONScanner.members(bytes, &index, end, isObject: true) { (key, index) throws(JSONFault) in
      if let key { body(key, index) }
      try JSONScanner.skipValue(bytes, &index, end)
    }
  }

  /// Whether a value is a list of strings, or of lists of strings, by the first that is not null.
  func isText(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    var index = start
    guard index < end, bytes[index] == UInt8(ascii: "[") else { return false }
    while index < end {
      switch bytes[index] {
      case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","), 0x20, 9, newlineByte, carriageReturn: index += 1
      case quoteByte: return true
      case UInt8(ascii: "n"):
        while index < end, (bytes[index] | 0x20) &- 0x61 < 26 { index += 1 }
      default: return false
      }
      // The list itself ends: it has no strings.
      if index >= end { return false }
    }
    return false
  }

  /// Whether a value has songs, or objects that are songs without lyrics.
  func hasSongs(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    var index = range.lowerBound
    return ((try? records(bytes, &index, range.upperBound, role: .inner)) ?? []).isEmpty == false
  }
}
