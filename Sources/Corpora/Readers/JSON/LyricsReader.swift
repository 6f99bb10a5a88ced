/// A string of a song's lyrics.
struct LyricPart {
  var string: JSONString
  /// Whether a blank line comes before it.
  var isAfterBlank: Bool
  /// How it follows the part before.
  var joint = Joint.line
  /// Whether it is the text of an object with a time.
  var isTimed = false
  /// Whether the next word continues it without a space.
  var isPartOfWord = false

  enum Joint { case line, word, syllable }
}

/// Reads the value of a lyrics key in JSON.
///
/// A string is text as it is. The strings of a list are lines, and so are the texts of its objects; a list in a list is a stanza. The
/// members of an object are stanzas, unless one of its keys is a usual name of lyrics: then that member is the text. A blank line stands
/// before and after a stanza. What is null, a number, true or false is left out.
struct LyricsReader {
  private enum Break { case none, line, stanza }

  private struct Element {
    var start: Int
    var firstPart: Int
    var title: JSONString?
  }

  private let names: [[UInt8]]
  private var parts: [LyricPart] = []
  private var pending = Break.none
  /// Whether there is something that is no text.
  private var isWrong = false
  private var hasOtherScalars = false
  /// The elements of the outermost list.
  private var elements: [Element] = []
  private var listDepth: Int?
  /// Where the value begins.
  var start = 0

  /// - Parameter names: the keys that lead to the text in an object, the best first, in lower case.
  init(_ names: [[UInt8]]) {
    self.names = names
  }

  /// Whether the value can be lyrics; if not, it is described.
  var isText: Bool { !isWrong && (!parts.isEmpty || !hasOtherScalars) }

  /// Steps over a value and takes the text that `path` leads to.
  ///
  /// - Returns: whether there is something at the end of the path, null and empty lists included.
  mutating func read(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, _ path: ArraySlice<[UInt8]>) throws(JSONFault) -> Bool {
    try read(bytes, &index, end, path, depth: 0, isElement: false)
  }

  private mutating func read(
    _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, _ path: ArraySlice<[UInt8]>, depth: Int, isElement: Bool
  ) throws(JSONFault) -> Bool {
    JSONScanner.skipSpace(bytes, &index, end)
    guard index < end else { throw JSONFault(place: index, reason: "it breaks off where a value is expected", isCutOff: true) }
    guard depth < JSONScanner.mostDepth else { throw JSONScanner.tooDeep(index) }
    switch bytes[index] {
    case quoteByte:
      let string = try JSONScanner.string(bytes, &index, end)
      guard path.isEmpty else { return false }
      parts.append(LyricPart(string: string, isAfterBlank: pending == .stanza && !parts.isEmpty))
      pending = .line
      return true
    case UInt8(ascii: "["):
      return try list(bytes, &index, end, path, depth: depth, isElement: isElement)
    case UInt8(ascii: "{"):
      if let key = path.first { return try member(key, bytes, &index, end, path.dropFirst(), depth: depth, isElement: isElement) }
      try object(bytes, &index, end, depth: depth, isElement: isElement)
      return true
    default:
      let isNull = bytes[index] == UInt8(ascii: "n")
      try JSONScanner.skipLiteral(bytes, &index, end)
      // A number, true or false instead of lyrics says that there are none.
      if !isNull, depth > 0 { hasOtherScalars = true }
      return isNull || path.isEmpty
    }
  }

  private mutating func list(
    _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, _ path: ArraySlice<[UInt8]>, depth: Int, isElement: Bool
  ) throws(JSONFault) -> Bool {
    let isOutermost = listDepth == nil
    if isOutermost { listDepth = depth }
    if isElement { pending = .stanza }
    var isFound: Bool?
    try JSONScanner.members(bytes, &index, end, isObject: false) { (_, index) throws(JSONFault) in
      if isOutermost { elements.append(Element(start: index, firstPart: parts.count)) }
      let isOne = try read(bytes, &index, end, path, depth: depth + 1, isElement: true)
      isFound = isFound ?? false || isOne
    }
    if isElement { pending = .stanza }
    return isFound ?? true
  }

  /// Steps over an object and follows one of its keys.
  private mutating func member(
    _ wanted: [UInt8], _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, _ path: ArraySlice<[UInt8]>, depth: Int, isElement: Bool
  ) throws(JSONFault) -> Bool {
    let first = parts.count
    var isFound = false
    try JSONScanner.members(bytes, &index, end, isObject: true) { (key, index) throws(JSONFault) in
      guard let key else { return }
      if SongFinder.equals(SongFinder.trimmed(key.range, bytes), wanted, bytes) {
        parts.removeSubrange(first...)
        isFound = try read(bytes, &index, end, path, depth: depth + 1, isElement: isElement) || isFound
      } else {
        try note(key, bytes, &index, end, depth: depth)
      }
    }
    return isFound
  }

  /// Steps over an object and takes the text that it has, or its members as stanzas.
  private mutating func object(
    _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, depth: Int, isElement: Bool
  ) throws(JSONFault) {
    let start = index
    var hasTime = false
    var isPartOfWord = false
    var text: (rank: Int, place: Int)?
    var count = 0
    try JSONScanner.members(bytes, &index, end, isObject: true) { (key, index) throws(JSONFault) in
      guard let key else { return }
      count += 1
      let range = SongFinder.trimmed(key.range, bytes)
      if let rank = names.firstIndex(where: { SongFinder.equals(range, $0, bytes) }), rank <= text?.rank ?? rank { text = (rank, index) }
      hasTime = hasTime || Self.isTime(key, bytes)
      if SongFinder.equals(range, Self.partKey, bytes), index < end, bytes[index] == UInt8(ascii: "t") { isPartOfWord = true }
      try note(key, bytes, &index, end, depth: depth)
    }
    if var place = text?.place {
      let first = parts.count
      let before = pending
      let isString = place < end && bytes[place] == quoteByte
      _ = try read(bytes, &place, end, [], depth: depth + 1, isElement: isElement)
      guard hasTime, parts.count > first else { return }
      if isString {
        parts[first].isTimed = true
        parts[first].isPartOfWord = isPartOfWord
      } else if joinWords(from: first, bytes) {
        parts[first].isAfterBlank = before == .stanza && first > 0
        pending = .line
      }
      return
    }
    // In a list, an object with several members and no text is something else than lyrics.
    if isElement, count > 1 {
      isWrong = true
      return
    }
    var place = start
    try JSONScanner.members(bytes, &place, end, isObject: true) { (_, index) throws(JSONFault) in
      pending = .stanza
      _ = try read(bytes, &index, end, [], depth: depth + 1, isElement: false)
      pending = .stanza
    }
  }

  /// Steps over a member that is not the text, and keeps it if it is the title of an element of the outermost list.
  private mutating func note(
    _ key: JSONString, _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, depth: Int
  ) throws(JSONFault) {
    guard let listDepth, depth == listDepth + 1, index < end, bytes[index] == quoteByte, SongFinder.isTitle(key, bytes) else {
      return try JSONScanner.skipValue(bytes, &index, end)
    }
    let title = try JSONScanner.string(bytes, &index, end)
    if let last = elements.indices.last, elements[last].title == nil { elements[last].title = title }
  }

  // MARK: - Words

  private static let partKey = Array("part".utf8)
  private static let times = [
    "time", "times", "timestamp", "start", "starttime", "starttimems", "startms", "begin", "offset", "ts", "t", "from", "timetag",
  ].map { Array($0.utf8) }

  private static let timesBegin = Array("tsbof".utf8)

  /// Whether a key is a usual name of a time.
  static func isTime(_ key: JSONString, _ bytes: Span<UInt8>) -> Bool {
    guard let first = key.range.first, Self.timesBegin.contains(bytes[first] | 0x20) else { return false }
    return times.contains { CarriedKeys.equals(key.range, $0, bytes) }
  }

  /// Joins the parts to one line, if each is a word of an object with a time: the words of a line that has a time itself.
  mutating func joinWords(_ bytes: Span<UInt8>) { _ = joinWords(from: 0, bytes) }

  private mutating func joinWords(from first: Int, _ bytes: Span<UInt8>) -> Bool {
    guard parts.count > first, parts[first...].allSatisfy(\.isTimed) else { return false }
    // Lines with times have spaces.
    for part in parts[first...] {
      let word = SongFinder.trimmed(part.string.range, bytes)
      for place in word where bytes[place] == 0x20 { return false }
    }
    for number in first + 1..<parts.count {
      parts[number].joint = parts[number - 1].isPartOfWord ? .syllable : .word
      parts[number].isAfterBlank = false
    }
    for number in first..<parts.count { parts[number].isTimed = false }
    return true
  }

  // MARK: - What was read

  /// The songs that the value is: one, or one for each element that has a title if the value's object has none.
  ///
  /// - Parameters:
  ///   - place: where the object begins.
  ///   - key: the lyrics key, for an error.
  ///   - title: the object's title.
  func records(_ bytes: Span<UInt8>, _ place: Int, key: String, title: JSONString?) -> [JSONRecord] {
    guard isText else {
      return [JSONRecord(start: place, kind: .notText(key: key, found: Self.description(bytes, start, bytes.count)), title: title)]
    }
    if title == nil, elements.first?.title != nil {
      return elements.indices.map { number in
        let end = number + 1 < elements.count ? elements[number + 1].firstPart : parts.count
        var own = Array(parts[elements[number].firstPart..<end])
        if !own.isEmpty { own[0].isAfterBlank = false }
        return JSONRecord(start: elements[number].start, kind: own.isEmpty ? .empty : .song(own), title: elements[number].title)
      }
    }
    return [JSONRecord(start: place, kind: parts.isEmpty ? .empty : .song(parts), title: title)]
  }

  /// What a value is, in words.
  static func description(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> String {
    switch bytes[start] {
    case UInt8(ascii: "{"):
      var index = start
      var keys: [String] = []
      // The value was read once, and is sound.
      try? JSONScanner.members(bytes, &index, end, isObject: true) { (key, index) throws(JSONFault) in
        if let key, keys.count < SongFinder.mostKeys { keys.append(string(bytes, key.range)) }
        try JSONScanner.skipValue(bytes, &index, end)
      }
      return keys.isEmpty ? "an object without keys" : "an object with the keys \(keys.joined(separator: ", "))"
    case UInt8(ascii: "["):
      var index = start + 1
      JSONScanner.skipSpace(bytes, &index, end)
      guard index < end, bytes[index] != UInt8(ascii: "]") else { return "an empty list" }
      return "a list whose first element is \(description(bytes, index, end))"
    case quoteByte: return "a string"
    case UInt8(ascii: "n"): return "null"
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return "true or false"
    default: return "a number"
    }
  }
}
