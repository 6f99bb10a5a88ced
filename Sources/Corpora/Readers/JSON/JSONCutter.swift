/// A JSON value that is read by itself: it holds any number of songs, and no song reaches beyond it.
struct JSONUnit: Sendable {
  /// What is expected of a unit.
  enum Role: Sendable {
    /// A JSON text, or an element of the list that it is: a song, or an object with songs.
    case top
    /// An element of a list of songs.
    case listed
    /// Anything else, which need not have songs.
    case inner
  }

  var range: Range<Int>
  var role: Role
}

/// Cuts a JSON text of any size into units.
///
/// A list that is the text itself is entered, and its elements are units. Any other object or list is a unit as a whole, unless it has more
/// bytes than a record may have or is not valid: then it is entered, and its members are units, or are entered in turn. What is entered
/// depends on the text and on the limit alone, never on how much of the text was read at once. An object with lyrics of its own is never
/// entered: it is left out, and reported, if it is too long or not valid.
struct JSONCutter {
  /// An object or a list that was entered.
  private struct Frame {
    var isObject: Bool
    /// Whether its elements are songs each.
    var isTop = false
    /// Whether its first element has songs; nil: there was none yet.
    var hasSongs: Bool?
  }

  /// What is wrong, and where.
  enum Fault {
    case invalid(place: Int, reason: String)
    case tooLong(place: Int)
  }

  private let finder: SongFinder
  /// The most bytes of a unit.
  private let limit: Int
  private var frames: [Frame] = []
  /// Whether the next sound element is looked for.
  private var isRecovering = false
  /// Set while a value that is too long is passed over.
  private var passing: JSONPassing?
  /// The keys of the first object that was entered, if no list was.
  private(set) var keys: [String]?

  /// The units and faults of the bytes that were looked at last.
  private(set) var units: [JSONUnit] = []
  private(set) var faults: [Fault] = []

  init(_ finder: SongFinder, limit: Int) {
    self.finder = finder
    self.limit = limit
  }

  /// Cuts the bytes that follow those which the call before returned.
  ///
  /// - Parameter isAtEnd: whether the text ends with these bytes.
  /// - Returns: up to where they were cut; the rest must come again, with more after it. The end, if the text ends.
  mutating func cut(_ bytes: Span<UInt8>, _ range: Range<Int>, isAtEnd: Bool) -> Int {
    units.removeAll(keepingCapacity: true)
    faults.removeAll(keepingCapacity: true)
    var index = range.lowerBound
    let end = range.upperBound
    while index < end {
      if isRecovering {
        let (place, isFound) = Self.nextElement(bytes, after: index, end, isAtEnd: isAtEnd)
        index = place
        if !isFound { break }
        isRecovering = false
      }
      if passing != nil {
        guard let place = passing?.end(bytes, index..<end) else { return end }
        // A bracket that closes what holds the value is not part of it.
        index = place
        passing = nil
      }
      while index < end, Self.isBetween(bytes[index]) { index += 1 }
      guard index < end else { break }
      if bytes[index] == UInt8(ascii: "]") || bytes[index] == UInt8(ascii: "}") {
        close(bytes[index], index)
        index += 1
      } else if let next = member(bytes, index, end, isAtEnd: isAtEnd) {
        index = next
      } else if !isAtEnd {
        return index
      } else {
        break
      }
    }
    if isAtEnd, let frame = frames.last {
      faults.append(.invalid(place: end, reason: "the \(frame.isObject ? "object" : "list") has no end"))
      frames = []
    }
    return isAtEnd ? end : index
  }

  private mutating func close(_ bracket: UInt8, _ place: Int) {
    // One bracket too many after the text does no harm.
    guard let frame = frames.last else { return }
    if frame.isObject == (bracket == UInt8(ascii: "}")) {
      frames.removeLast()
    } else {
      faults.append(.invalid(place: place, reason: "a value is expected"))
    }
  }

  /// Handles what stands at `start`: a value, with its key in an object.
  ///
  /// - Returns: where to continue; nil: more bytes are needed, or there are no more.
  private mutating func member(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, isAtEnd: Bool) -> Int? {
    var index = start
    if frames.last?.isObject == true, bytes[index] != UInt8(ascii: "{") {
      do throws(JSONFault) {
        try JSONScanner.skipKey(bytes, &index, end)
      } catch {
        return fault(error, at: start, end, isAtEnd: isAtEnd)
      }
    }
    guard index < end else {
      if isAtEnd { faults.append(.invalid(place: end, reason: "it breaks off where a value is expected")) }
      return nil
    }
    if bytes[index] == UInt8(ascii: "["), frames.isEmpty {
      frames.append(Frame(isObject: false, isTop: true))
      return index + 1
    }
    let value = index
    let isContainer = bytes[value] == UInt8(ascii: "{") || bytes[value] == UInt8(ascii: "[")
    do throws(JSONFault) {
      try JSONScanner.skipValue(bytes, &index, end)
      // A number at the end of the bytes may go on.
      if !isContainer, bytes[value] != quoteByte, index == end, !isAtEnd, end - value <= limit { return nil }
    } catch {
      let isLong = (error.isCutOff ? end : error.place) - value > limit
      if !isContainer { return fault(error, at: value, end, isAtEnd: isAtEnd) }
      if isLong { return oversize(bytes, value, end) }
      if error.isCutOff, !isAtEnd { return nil }
      if finder.isSong(bytes, value, error.place) {
        faults.append(.invalid(place: error.place, reason: error.reason))
        isRecovering = true
        return max(value + 1, min(error.place, end))
      }
      enter(bytes, value, end)
      return value + 1
    }
    if index - value > limit { return oversize(bytes, value, end) }
    add(bytes, value..<index, isContainer: isContainer)
    return index
  }

  /// Adds a value as a unit, if it may have songs.
  private mutating func add(_ bytes: Span<UInt8>, _ range: Range<Int>, isContainer: Bool) {
    guard let frame = frames.last, !frame.isTop else { return units.append(JSONUnit(range: range, role: .top)) }
    guard isContainer else { return }
    if frame.hasSongs == nil, !frame.isObject { frames[frames.count - 1].hasSongs = finder.hasSongs(bytes, range) }
    units.append(JSONUnit(range: range, role: frame.hasSongs == true ? .listed : .inner))
  }

  /// Handles a value of more bytes than a record may have.
  private mutating func oversize(_ bytes: Span<UInt8>, _ value: Int, _ end: Int) -> Int {
    let isTop = frames.last?.isTop ?? true
    let isText = isTop && finder.isText(bytes, value, end)
    if bytes[value] == quoteByte || isText || finder.isSong(bytes, value, min(end, value + limit)) {
      // A long string that is no song's is nobody's loss.
      if isTop || bytes[value] != quoteByte { faults.append(.tooLong(place: value)) }
      passing = JSONPassing()
      return value
    }
    enter(bytes, value, end)
    return value + 1
  }

  private mutating func enter(_ bytes: Span<UInt8>, _ value: Int, _ end: Int) {
    let isObject = bytes[value] == UInt8(ascii: "{")
    if frames.isEmpty, isObject, keys == nil { keys = finder.keys(bytes, value, min(end, value + limit)) }
    if let frame = frames.last, !frame.isObject, frame.hasSongs == nil { frames[frames.count - 1].hasSongs = false }
    frames.append(Frame(isObject: isObject))
  }

  /// Handles a fault in a key, a string or a literal.
  private mutating func fault(_ fault: JSONFault, at start: Int, _ end: Int, isAtEnd: Bool) -> Int? {
    if fault.isCutOff, !isAtEnd || end - start > limit {
      if end - start <= limit { return nil }
      if frames.last?.isTop ?? true { faults.append(.tooLong(place: start)) }
      passing = JSONPassing()
      return start
    }
    faults.append(.invalid(place: fault.place, reason: fault.reason))
    isRecovering = true
    return max(start + 1, min(fault.place, end))
  }

  /// White space or a comma.
  private static func isBetween(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 9 < 2 || byte == 0x0D || byte == UInt8(ascii: ",") }

  /// Where the next object of a list may begin, after a fault; if there is none, from where to look again with more bytes.
  private static func nextElement(_ bytes: Span<UInt8>, after start: Int, _ end: Int, isAtEnd: Bool) -> (place: Int, isFound: Bool) {
    var index = start
    while index < end {
      if bytes[index] == UInt8(ascii: "}") {
        var next = index + 1
        JSONScanner.skipSpace(bytes, &next, end)
        if next < end, bytes[next] == UInt8(ascii: ",") { next += 1 }
        JSONScanner.skipSpace(bytes, &next, end)
        if next < end, bytes[next] == UInt8(ascii: "{") || bytes[next] == UInt8(ascii: "]") { return (next, true) }
        if next >= end, !isAtEnd { return (index, false) }
      }
      index += 1
    }
    return (end, false)
  }
}

/// Steps over one value by its brackets alone, fed piece by piece.
struct JSONPassing {
  private var depth = 0
  private var isInString = false
  private var isEscaped = false

  /// Where the value ends in these bytes, which follow those of the call before; nil if it goes on.
  mutating func end(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    for index in range {
      let byte = bytes[index]
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == quoteByte {
          isInString = false
          if depth == 0 { return index + 1 }
        }
        continue
      }
      switch byte {
      case quoteByte: isInString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        // A bracket too many ends the list, and what holds it.
        if depth <= 0 { return depth < 0 ? index : index + 1 }
      default: break
      }
    }
    return nil
  }
}
