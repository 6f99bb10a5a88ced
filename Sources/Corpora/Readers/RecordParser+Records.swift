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
      let values = table.rowColumns.map { column in [Corpora.bytes(of: fields[column], bytes)] }
      if !values.isEmpty, !takesRow(values) { continue }
      let title = table.titleColumn.map { Corpora.bytes(of: fields[$0], bytes) } ?? []
      let details = DetailRecord.bytes(
        of: table.carriedColumns.map { column in
          column.flatMap { detail($0 == table.titleColumn ? title : Corpora.bytes(of: fields[$0], bytes)) }
        })
      addSong(
        Corpora.bytes(of: fields[table.textColumn], bytes), line: line, title: title, group: rules.rows.group(values), details: details)
    }
  }

  mutating func readLines(_ piece: RawPiece, _ bytes: Span<UInt8>) {
    let finder = SongFinder(rules)
    var start = piece.isFirst ? CSVScanner.afterMark(bytes, piece.range) : piece.range.lowerBound
    var line = 0
    while start < piece.range.upperBound {
      let end = firstPlace(of: newlineByte, in: bytes, from: start, to: piece.range.upperBound)
      line += 1
      var index = start
      JSONScanner.skipSpace(bytes, &index, end)
      if index < end {
        do throws(JSONFault) {
          let records = try finder.records(bytes, &index, end, role: .top)
          JSONScanner.skipSpace(bytes, &index, end)
          // Lines that were copied out of a list end in its commas.
          if index < end, bytes[index] == UInt8(ascii: ",") {
            index += 1
            JSONScanner.skipSpace(bytes, &index, end)
          }
          if index < end { throw JSONFault(place: index, reason: "something follows the object") }
          for record in records { try add(record, bytes, line: line, finder.carried) }
        } catch {
          addFault(line: line, "it is not valid JSON, at byte \(error.place - start + 1) of the line: \(error.reason)")
        }
      }
      start = end + 1
    }
  }

  mutating func readJSON(_ piece: RawPiece, _ bytes: Span<UInt8>) {
    let finder = SongFinder(rules)
    var line = 1
    var counted = piece.range.lowerBound
    for unit in piece.units {
      var index = unit.range.lowerBound
      var place = index
      do throws(JSONFault) {
        for record in try finder.records(bytes, &index, unit.range.upperBound, role: unit.role) {
          line += newlines(bytes, counted..<max(counted, record.start))
          counted = max(counted, record.start)
          place = record.start
          do throws(JSONFault) {
            try add(record, bytes, line: line, finder.carried)
          } catch {
            addFault(line: line, "it is not valid JSON: \(error.reason)")
          }
        }
      } catch {
        line += newlines(bytes, counted..<max(counted, place))
        counted = max(counted, place)
        addFault(line: line, "it is not valid JSON: \(error.reason)")
      }
    }
  }

  private mutating func add(_ record: JSONRecord, _ bytes: Span<UInt8>, line: Int, _ carried: CarriedKeys) throws(JSONFault) {
    var values: [[[UInt8]]] = []
    if let columns = record.columns {
      for strings in columns {
        var texts: [[UInt8]] = []
        for string in strings ?? [] {
          var text: [UInt8] = []
          try JSONScanner.decode(string, bytes, into: &text)
          texts.append(text)
        }
        values.append(texts)
      }
      noteColumns(columns.map { $0 != nil }) { record.keys.map { string(bytes, $0.range) } }
      if !takesRow(values) { return }
    } else if rules.rows.hasConditions {
      // A string that is a song has no keys.
      noteColumns(rules.rows.columns.map { _ in false }) { [] }
      if !takesRow(rules.rows.columns.map { _ in [] }) { return }
    }
    let group = values.isEmpty ? nil : rules.rows.group(values)
    func details() throws(JSONFault) -> [UInt8] { try self.details(carried.values(record.carried, title: record.title), bytes) }
    switch record.kind {
    case .empty:
      if group != nil { addSong([], line: line, group: group, details: try details()) } else { emptyRecord() }
    case .noKey(let keys):
      addFault(.noKey(path: sourceName, line: line, wanted: rules.textField.map { [$0] } ?? CSVTable.textNames, found: keys))
    case .notText(let key, let found):
      addFault(.notText(path: sourceName, line: line, key: key, found: found))
    case .song(let parts):
      var text: [UInt8] = []
      for (number, part) in parts.enumerated() {
        switch part.joint {
        case .line: if number > 0 { text.append(newlineByte) }
        case .word: if let last = text.last, last > 0x20 { text.append(0x20) }
        case .syllable: break
        }
        if part.isAfterBlank { text.append(newlineByte) }
        try JSONScanner.decode(part.string, bytes, into: &text)
      }
      var title: [UInt8] = []
      if let string = record.title { try JSONScanner.decode(string, bytes, into: &title) }
      addSong(text, line: line, title: title, group: group, details: try details())
    }
  }

  /// The values of a JSON object that are carried with its song; several of one column are separated by commas.
  private func details(_ columns: [[JSONString]], _ bytes: Span<UInt8>) throws(JSONFault) -> [UInt8] {
    if columns.allSatisfy(\.isEmpty) { return [] }
    var values: [[UInt8]?] = []
    for strings in columns {
      var joined: [UInt8] = []
      for string in strings where joined.count <= DetailRecord.longestValue {
        var text: [UInt8] = []
        try JSONScanner.decode(string, bytes, into: &text)
        guard let text = detail(text) else { continue }
        joined += joined.isEmpty ? text : Array(", ".utf8) + text
      }
      values.append(DetailRecord.value(joined))
    }
    return DetailRecord.bytes(of: values)
  }
}
