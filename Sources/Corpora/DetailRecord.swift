/// The details of one song as bytes: title, artist and the kept columns in order.
///
/// Each value is its length plus one in LEB128 and then its UTF-8, or a zero if there is none; zeros at the end are left out. So a song
/// without details has no bytes.
enum DetailRecord {
  /// The title and the artist come first.
  static let fixedColumns = ["title", "artist"]
  /// The most bytes of a value; the rest is cut off.
  static let longestValue = 4_096

  /// The bytes of these values.
  static func bytes(of values: [[UInt8]?]) -> [UInt8] {
    var bytes: [UInt8] = []
    var end = 0
    for value in values {
      guard let value else {
        bytes.append(0)
        continue
      }
      append(value.count + 1, to: &bytes)
      bytes += value
      end = bytes.count
    }
    bytes.removeLast(bytes.count - end)
    return bytes
  }

  /// A record with a title and an artist where it has none.
  static func filled(_ record: [UInt8], title: [UInt8]?, artist: [UInt8]? = nil) -> [UInt8] {
    guard title != nil || artist != nil, var values = values(record[...]) else { return record }
    while values.count < 2 { values.append(nil) }
    return bytes(of: [values[0] ?? title, values[1] ?? artist] + values[2...])
  }

  /// The values of a record, which may come from anywhere; nil if it is not one.
  static func values(_ record: ArraySlice<UInt8>) -> [[UInt8]?]? {
    var values: [[UInt8]?] = []
    var index = record.startIndex
    while index < record.endIndex {
      guard values.count < fixedColumns.count + CorpusOptions.mostKeptColumns, let length = number(record, &index),
        length <= record.endIndex - index + 1
      else { return nil }
      if length == 0 {
        values.append(nil)
      } else {
        values.append(Array(record[index..<index + length - 1]))
        index += length - 1
      }
    }
    return values
  }

  /// The details that a record holds, which may come from anywhere; nil if it is not one.
  ///
  /// - Parameter columns: the names of the kept columns.
  static func details(_ record: ArraySlice<UInt8>, columns: [String]) -> SongDetails? {
    guard let values = values(record), values.count <= fixedColumns.count + columns.count else { return nil }
    var details = SongDetails()
    for (number, value) in values.enumerated() {
      guard let value else { continue }
      guard let text = String(validating: value, as: UTF8.self) else { return nil }
      switch number {
      case 0: details.title = text
      case 1: details.artist = text
      default: details.columns[columns[number - fixedColumns.count]] = text
      }
    }
    return details
  }

  /// A value as it is kept: one line without spaces at its ends, and not too long; nil if nothing is left.
  ///
  /// - Parameter value: valid UTF-8.
  static func value(_ value: [UInt8]) -> [UInt8]? {
    if isKept(value) { return value }
    var kept: [UInt8] = []
    for byte in value {
      if byte > 0x20, byte != 0x7F {
        kept.append(byte)
      } else if let last = kept.last, last != 0x20 {
        kept.append(0x20)
      }
    }
    if kept.count > longestValue {
      var end = longestValue
      // Not inside a character.
      while end > 0, kept[end] & 0xC0 == 0x80 { end -= 1 }
      kept.removeLast(kept.count - end)
    }
    if kept.last == 0x20 { kept.removeLast() }
    return kept.isEmpty ? nil : kept
  }

  /// Whether a value is kept as it is, which most are.
  private static func isKept(_ value: [UInt8]) -> Bool {
    guard let last = value.last, last != 0x20, value.count <= longestValue else { return false }
    var before: UInt8 = 0x20
    for byte in value {
      if byte < 0x20 || byte == 0x7F || byte == 0x20 && before == 0x20 { return false }
      before = byte
    }
    return true
  }

  /// Calls `body` with the number of each column in which a record, which is sound, has a value.
  static func forEachColumn(_ record: [UInt8], _ body: (Int) -> Void) {
    var index = 0
    var column = 0
    while index < record.count, let length = number(record[...], &index) {
      if length > 0 {
        body(column)
        index += length - 1
      }
      column += 1
    }
  }

  static func append(_ number: Int, to bytes: inout [UInt8]) {
    var rest = number
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// The number at a place, of at most 28 bits; nil if there is none.
  static func number(_ bytes: ArraySlice<UInt8>, _ index: inout Int) -> Int? {
    var number = 0
    for shift in stride(from: 0, to: 28, by: 7) {
      guard index < bytes.endIndex else { return nil }
      let byte = bytes[index]
      index += 1
      number |= Int(byte & 0x7F) << shift
      if byte < 0x80 { return number }
    }
    return nil
  }
}
