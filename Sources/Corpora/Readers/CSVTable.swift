internal import Basics

/// How a table is made up, by its header.
struct CSVTable: Sendable, Hashable {
  var delimiter: UInt8
  /// The columns' names, as they stand.
  var columns: [String]
  var textColumn: Int
  /// Where the columns are that choose and join rows.
  var rowColumns: [Int] = []
  /// Where the columns are that are carried with a song: title, artist, and those to keep; nil for those that it lacks.
  var carriedColumns: [Int?] = []

  /// Where the title is, if the table has one.
  var titleColumn: Int? { carriedColumns.first ?? nil }

  static let textNames = ["lyrics", "lyric", "text", "songtext", "paroles", "letra", "paragraphs"]

  /// Reads the header at the beginning of a table.
  ///
  /// - Throws: `CorpusError.noColumn` with the columns that there are.
  init(header bytes: Span<UInt8>, _ range: Range<Int>, path: String, rules: ReadingRules) throws(CorpusError) {
    let start = CSVScanner.afterMark(bytes, range)
    // The mark that comes most often in the first line.
    var counts: [UInt8: Int] = [:]
    var index = start
    while index < range.upperBound, bytes[index] != newlineByte {
      if Self.delimiters.contains(bytes[index]) { counts[bytes[index], default: 0] += 1 }
      index += 1
    }
    delimiter = Self.delimiters.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? UInt8(ascii: ",")
    if counts[UInt8(ascii: ","), default: 0] == counts[delimiter, default: 0] { delimiter = UInt8(ascii: ",") }
    var fields: [CSVField] = []
    let scanner = CSVScanner(delimiter: delimiter)
    _ = scanner.record(bytes, from: start, range.upperBound, isAtEnd: true, fields: &fields)
    columns = fields.map { string(of: $0, bytes) }
    let names = columns.map { $0.lowercased().trimmingSpaces }
    if let textField = rules.textField {
      guard let column = columns.firstIndex(of: textField) ?? names.firstIndex(of: textField.lowercased()) else {
        throw .noColumn(path: path, wanted: [textField], found: columns)
      }
      textColumn = column
    } else {
      guard let column = Self.textNames.lazy.compactMap({ names.firstIndex(of: $0) }).first else {
        throw .noColumn(path: path, wanted: Self.textNames, found: columns)
      }
      textColumn = column
    }
    for name in rules.rows.columns {
      guard let column = columns.firstIndex(of: name) ?? names.firstIndex(of: name.lowercased()) else {
        throw .missingColumn(path: path, name: name, found: columns)
      }
      rowColumns.append(column)
    }
    let folded = columns.map { DetailNames.folded($0) }
    carriedColumns = [DetailNames.column(DetailNames.titles, among: folded), DetailNames.column(DetailNames.artists, among: folded)]
    carriedColumns += rules.keptColumns.map { columns.firstIndex(of: $0) ?? names.firstIndex(of: $0.lowercased()) }
  }

  private static let delimiters: [UInt8] = Array(",;\t".utf8)

  /// Where the last whole record ends, in bytes that more will follow.
  func lastRecordEnd(_ bytes: Span<UInt8>, _ range: Range<Int>, hasHeader: Bool) -> Int? {
    let scanner = CSVScanner(delimiter: delimiter)
    var end: Int?
    var start = hasHeader ? CSVScanner.afterMark(bytes, range) : range.lowerBound
    while let next = scanner.endOfRecord(bytes, from: start, range.upperBound) {
      end = next
      start = next
    }
    return end
  }
}

/// A field of a record: what stands between the marks, or between its quotation marks.
struct CSVField {
  var range: Range<Int>
  /// Whether quotation marks in it are doubled.
  var hasDoubled = false
  /// Whether a quotation mark stood where none may: it is kept as it is.
  var hasStray = false
  /// Whether it has no quotation marks around it.
  var isPlain = false
}

/// The text of a field, its doubled quotation marks made single.
func bytes(of field: CSVField, _ bytes: Span<UInt8>) -> [UInt8] {
  var result: [UInt8] = []
  result.reserveCapacity(field.range.count)
  var start = field.range.lowerBound
  let end = field.range.upperBound
  while field.hasDoubled {
    let quote = firstPlace(of: quoteByte, in: bytes, from: start, to: end)
    guard quote < end else { break }
    result.append(bytes, start..<quote + 1)
    start = quote + 1
    if start < end, bytes[start] == quoteByte { start += 1 }
  }
  result.append(bytes, start..<end)
  return result
}

func string(of field: CSVField, _ span: Span<UInt8>) -> String { String(decoding: bytes(of: field, span), as: UTF8.self) }

let quoteByte = UInt8(ascii: "\"")

/// Finds records and fields (RFC 4180).
///
/// This is written by hand, since a library would read the whole text into memory, and the input may be hostile and of any size.
///
/// A quotation mark that is neither doubled nor at an end of its field is taken as it is, as people write them. Where tabs are between
/// fields, which have no need of quotation marks, a field that continues after its closing mark, or has none, is plain text with its marks.
struct CSVScanner: Sendable {
  var delimiter: UInt8

  /// The first byte after a byte-order mark.
  static func afterMark(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
    let start = range.lowerBound
    return range.count >= 3 && bytes[start] == 0xEF && bytes[start + 1] == 0xBB && bytes[start + 2] == 0xBF ? start + 3 : start
  }

  /// Where the record at `start` ends, its line end included; nil if it does not end before `end`.
  func endOfRecord(_ bytes: Span<UInt8>, from start: Int, _ end: Int) -> Int? {
    var none: [CSVField] = []
    return scan(bytes, from: start, end, isAtEnd: false, hasNoEnd: false, fields: &none, keepsFields: false)
  }

  /// The fields of the record at `start`, and where the next begins; nil if a quoted field does not end.
  ///
  /// - Parameter hasNoEnd: whether a quoted field that began before is known not to end before `end`. Then a field that begins later does
  ///   not either, unless it is closed by the run of quotation marks that it begins with: what comes after the run is read alike.
  func record(
    _ bytes: Span<UInt8>, from start: Int, _ end: Int, isAtEnd: Bool, hasNoEnd: Bool = false, fields: inout [CSVField]
  ) -> Int? {
    fields.removeAll(keepingCapacity: true)
    return scan(bytes, from: start, end, isAtEnd: isAtEnd, hasNoEnd: hasNoEnd, fields: &fields, keepsFields: true)
  }

  private var isTabbed: Bool { delimiter == tabByte }

  /// The field at `start` up to the next delimiter or line end.
  @inline(__always)
  private func plain(_ bytes: Span<UInt8>, from start: Int, _ end: Int) -> CSVField {
    var index = start
    while index < end, bytes[index] != delimiter, bytes[index] != newlineByte, bytes[index] != carriageReturn { index += 1 }
    return CSVField(range: start..<index, isPlain: true)
  }

  @inline(__always)
  private func scan(
    _ bytes: Span<UInt8>, from start: Int, _ end: Int, isAtEnd: Bool, hasNoEnd: Bool, fields: inout [CSVField], keepsFields: Bool
  ) -> Int? {
    var index = start
    while true {
      var field: CSVField
      if hasNoEnd, !isTabbed, index < end, bytes[index] == quoteByte {
        let first = index
        while index < end, bytes[index] == quoteByte { index += 1 }
        let isClosed = index < end ? bytes[index] == delimiter || bytes[index] == newlineByte || bytes[index] == carriageReturn : isAtEnd
        guard isClosed, (index - first).isMultiple(of: 2) else { return nil }
        field = CSVField(range: first + 1..<index - 1, hasDoubled: index - first > 2)
      } else if index < end, bytes[index] == quoteByte {
        let opening = index
        index += 1
        let first = index
        field = CSVField(range: first..<first)
        var isOpen = true
        while isOpen {
          index = firstPlace(of: quoteByte, in: bytes, from: index, to: end)
          if index >= end {
            guard isTabbed, isAtEnd else { return nil }
            field = plain(bytes, from: opening, end)
            break
          }
          let next = index + 1
          if next >= end {
            // More may follow, such as a second quotation mark.
            if !isAtEnd { return nil }
            isOpen = false
          } else if bytes[next] == quoteByte {
            field.hasDoubled = true
            index = next + 1
          } else if bytes[next] == delimiter || bytes[next] == newlineByte || bytes[next] == carriageReturn {
            isOpen = false
          } else if isTabbed {
            field = plain(bytes, from: opening, end)
            break
          } else {
            field.hasStray = true
            index = next
          }
        }
        if field.isPlain {
          index = field.range.upperBound
        } else {
          field.range = first..<index
          index += 1
        }
      } else {
        field = plain(bytes, from: index, end)
        index = field.range.upperBound
      }
      if keepsFields { fields.append(field) }
      if index >= end { return isAtEnd ? end : nil }
      switch bytes[index] {
      case delimiter:
        index += 1
      case carriageReturn:
        if index + 1 >= end { return isAtEnd ? end : nil }
        return bytes[index + 1] == newlineByte ? index + 2 : index + 1
      default:
        return index + 1
      }
    }
  }
}

extension String {
  /// Without spaces at its ends.
  package var trimmingSpaces: String {
    let kept = drop { $0.isWhitespace }
    return String(kept.prefix(kept.count - kept.reversed().prefix { $0.isWhitespace }.count))
  }
}
