/// A key of JSON objects by which songs are chosen or joined, or a way of keys through objects and lists.
struct JSONColumn {
  private let path: [[UInt8]]
  /// The path as one key, as objects that were made flat have it.
  private let whole: [UInt8]

  init(_ name: String) {
    whole = name.utf8.map { lowercased(ascii: $0) }
    path = whole.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: true).map { Array($0) }
  }

  /// The strings, numbers and other scalars that a member of an object has for the column; nil if its key is another.
  ///
  /// - Parameter start: where the value begins.
  func values(_ key: JSONString, _ bytes: Span<UInt8>, _ start: Int, _ end: Int) throws(JSONFault) -> [JSONString]? {
    let range = SongFinder.trimmed(key.range, bytes)
    var values: [JSONString] = []
    var index = start
    if SongFinder.equals(range, whole, bytes) {
      try Self.collect(bytes, &index, end, [], depth: 0, into: &values)
    } else if path.count > 1, SongFinder.equals(range, path[0], bytes) {
      try Self.collect(bytes, &index, end, path.dropFirst(), depth: 0, into: &values)
    } else {
      return nil
    }
    return values
  }

  /// The strings, numbers and other scalars of a value or of its list.
  ///
  /// - Parameter key: the key to follow in objects; nil: objects have none.
  static func scalars(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, under key: [UInt8]? = nil
  ) throws(JSONFault) -> [JSONString] {
    var values: [JSONString] = []
    var index = start
    try collect(bytes, &index, end, key.map { [$0] } ?? [], depth: 0, into: &values)
    return values
  }

  private static func collect(
    _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int, _ path: ArraySlice<[UInt8]>, depth: Int, into values: inout [JSONString]
  ) throws(JSONFault) {
    JSONScanner.skipSpace(bytes, &index, end)
    guard depth < JSONScanner.mostDepth else { throw JSONScanner.tooDeep(index) }
    guard index < end else { return try JSONScanner.skipValue(bytes, &index, end) }
    switch bytes[index] {
    case quoteByte:
      let string = try JSONScanner.string(bytes, &index, end)
      if path.isEmpty { values.append(string) }
    case UInt8(ascii: "["):
      try JSONScanner.members(bytes, &index, end, isObject: false) { (_, index) throws(JSONFault) in
        try collect(bytes, &index, end, path, depth: depth + 1, into: &values)
      }
    case UInt8(ascii: "{"):
      try JSONScanner.members(bytes, &index, end, isObject: true) { (key, index) throws(JSONFault) in
        guard let key, let first = path.first, SongFinder.equals(SongFinder.trimmed(key.range, bytes), first, bytes) else {
          return try JSONScanner.skipValue(bytes, &index, end)
        }
        try collect(bytes, &index, end, path.dropFirst(), depth: depth + 1, into: &values)
      }
    default:
      let start = index
      try JSONScanner.skipLiteral(bytes, &index, end)
      if path.isEmpty, bytes[start] != UInt8(ascii: "n") { values.append(JSONString(range: start..<index, hasEscapes: false)) }
    }
  }
}
