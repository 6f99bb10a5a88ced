internal import Files

/// Reads sources one after the other and deals them out in batches of about equal size.
///
/// Small files share a batch; a large one is cut where its format allows. At most one batch is held, plus what was read beyond its cut.
final class BatchReader {
  private let sources: [SourceFile]
  private let rules: ReadingRules
  private let limits: PreparationLimits
  private var index = 0
  private var open: OpenSource?
  private var bytesReadBefore = 0

  init(_ sources: [SourceFile], rules: ReadingRules, limits: PreparationLimits) {
    self.sources = sources
    self.rules = rules
    self.limits = limits
  }

  /// - Throws: `CorpusError` for a source that cannot be read, or a named one that is nothing to read.
  func next() throws(CorpusError) -> RawBatch? {
    var batch = RawBatch()
    while index < sources.count, batch.bytes.count < limits.batchBytes {
      let source = sources[index]
      do throws(CorpusError) {
        let current: OpenSource
        if let open { current = open } else { current = try OpenSource(source, number: index, rules: rules, limits: limits) }
        open = current
        try current.readPiece(into: &batch)
        batch.bytesRead = bytesReadBefore + current.bytesRead
        if current.isAtEnd { close(source, current) } else { break }
      } catch {
        // Other files in a folder are not the user's mistake, but an unreadable source is left out only on request.
        let stops = error.isOfUnreadFormat ? rules.isStrict : source.isNamed || rules.isStrict
        if error.isUnreadable ? !rules.skipsUnreadable : stops { throw error }
        let end = batch.bytes.count
        batch.pieces.append(RawPiece(source: index, range: end..<end, offset: 0, isFirst: true, isLast: true, faults: FaultList([error])))
        open?.abandon()
        open = nil
        index += 1
      }
    }
    return batch.pieces.isEmpty ? nil : batch
  }

  private func close(_ source: SourceFile, _ current: OpenSource) {
    bytesReadBefore += source.stamp?.size ?? current.bytesRead
    open = nil
    index += 1
  }
}

/// What readers must know of the options.
struct ReadingRules: Sendable, Hashable {
  /// What separates the songs of a text; nil for pre-tokenized sets, which are one text a file, as given.
  var separation: SongSeparation?
  /// The field with the lyrics: a column's name, or keys parted by dots.
  var textField: String?
  var isStrict = false
  /// Whether sources that cannot be read are left out.
  var skipsUnreadable = false
  /// Whether bytes that are not UTF-8 are read as Windows-1252.
  var readsWindows1252 = false
  /// Whether control characters stay.
  var keepsControls: Bool
  /// Which rows are read, and which of them are joined.
  var rows: RowRules
  /// The encoding of sources without a byte-order mark; nil: UTF-8.
  var encoding: String?
  /// The columns of tables, or keys of objects, that are kept with each song besides title and artist.
  var keptColumns: [String] = []

  /// Creates the rules of reading options.
  ///
  /// - Parameter splitsSongs: whether a text is cut into songs; a pre-tokenized set is not.
  init(
    _ options: ReadingOptions, conditions: [SongCondition], keptColumns: [String], splitsSongs: Bool, isStrict: Bool, skipsUnreadable: Bool
  ) {
    self.keptColumns = keptColumns
    separation = splitsSongs ? SongSeparation(options.separator) : nil
    keepsControls = splitsSongs && !options.cleaning.controls
    rows = RowRules(conditions: conditions, groupBy: options.groupBy)
    textField = options.textField
    readsWindows1252 = options.readsWindows1252
    encoding = options.encoding
    self.isStrict = isStrict
    self.skipsUnreadable = skipsUnreadable
  }
}

/// A source that is being read.
private final class OpenSource {
  private let source: SourceFile
  private let number: Int
  private let rules: ReadingRules
  private let limits: PreparationLimits
  private let bytes: ByteSource
  private var carry: [UInt8] = []
  /// How many bytes of UTF-8 were read.
  private var readCount = 0
  private var isFirst = true
  private var continues = false
  private var continuesLine = false
  private var table: CSVTable?
  /// Set if rows are joined.
  private var joiner: RowJoiner?
  /// Set for JSON.
  private var cutter: JSONCutter?
  private(set) var isAtEnd = false
  var bytesRead: Int { source.compression == .none ? bytes.bytesRead : 0 }

  init(_ source: SourceFile, number: Int, rules: ReadingRules, limits: PreparationLimits) throws(CorpusError) {
    self.source = source
    self.number = number
    self.rules = rules
    self.limits = limits
    bytes = try ByteSource(source, encoding: rules.encoding)
    if rules.rows.joins, source.format.hasColumns { joiner = RowJoiner(limit: limits.recordBytes) }
    if source.format == .json { cutter = JSONCutter(SongFinder(rules), limit: limits.recordBytes) }
  }

  func abandon() { bytes.abandon() }

  /// Adds the next piece to the batch.
  func readPiece(into batch: inout RawBatch) throws(CorpusError) {
    let start = batch.bytes.count
    batch.bytes += carry
    carry = []
    var piece = RawPiece(
      source: number, range: start..<start, offset: 0, isFirst: isFirst, isLast: false, continues: continues,
      continuesLine: continuesLine)
    // A table's header must be whole in the first read.
    var wanted = max(cutter == nil ? 1 << 16 : min(1 << 16, limits.batchBytes), limits.batchBytes - batch.bytes.count)
    while true {
      let count = try read(into: &batch.bytes, atMost: wanted)
      let end = batch.bytes.count
      if isFirst { try begin(batch.bytes, start..<end) }
      if count < wanted {
        piece.range = start..<end
        piece.isLast = true
        isAtEnd = true
        if cutter != nil { _ = cutJSON(batch.bytes.span, &piece) }
        if let fault = bytes.finish() { piece.faults.append(fault) }
        break
      }
      if let cut = cut(batch.bytes.span, start..<end, &piece) {
        carry = Array(batch.bytes[cut...])
        batch.bytes.removeLast(end - cut)
        break
      }
      if cutter == nil, end - start >= limits.recordBytes {
        try giveUpRecord(&batch, &piece, from: start)
        break
      }
      // As much as there is already, so that what is looked at again grows no faster than what is read.
      wanted = max(limits.batchBytes, end - start)
    }
    if isAtEnd { bytes.abandon() }
    piece.table = table
    // What was read and is not carried ends here.
    let end = readCount - carry.count
    piece.offset = end - (batch.bytes.count - start)
    piece.encoding = bytes.encoding
    if !bytes.faults.isEmpty { takeConversionFaults(before: end, start: start, &piece) }
    isFirst = false
    if joiner != nil {
      var parser = RecordParser(piece, batch.bytes.span, source: source, rules: rules)
      parser.joinRows(&joiner, isLast: piece.isLast)
      piece.parsed = parser
    }
    batch.pieces.append(piece)
  }

  private func read(into target: inout [UInt8], atMost most: Int) throws(CorpusError) -> Int {
    let count = try bytes.read(appendingTo: &target, atMost: most)
    readCount += count
    return count
  }

  /// Hands the faults of the piece's bytes over to it, with their places in the batch.
  private func takeConversionFaults(before end: Int, start: Int, _ piece: inout RawPiece) {
    let count = bytes.faults.prefix { $0.place < end }.count
    for var fault in bytes.faults[..<count] where fault.place >= piece.offset {
      fault.place += start - piece.offset
      piece.conversionFaults.append(fault)
    }
    bytes.faults.removeFirst(count)
  }

  /// Looks at the beginning of the source.
  private func begin(_ bytes: [UInt8], _ range: Range<Int>) throws(CorpusError) {
    let first = self.bytes.beginning
    if first.starts(with: StoreHeader.magic) { throw .storeAmongSources(path: source.name) }
    if self.bytes.encoding == nil, let name = SourceEncoding.unmarked(bytes.span, range) ?? SourceEncoding.japanese(bytes.span, range) {
      throw .unmarkedEncoding(path: source.name, encoding: name)
    }
    if !source.isFormatKnown, isJSON(bytes.span, range) { throw .unnamedJSON(path: source.name) }
    if rules.rows.hasConditions, !source.format.hasColumns { throw .noColumns(path: source.name) }
    for (magic, kind) in [([0x1F, 0x8B], "gzip"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd"), ([0x50, 0x4B, 3, 4], "zip")] as [([UInt8], String)]
    where first.starts(with: magic) {
      throw .compressed(path: source.name, kind: kind)
    }
    if source.format == .txt, rules.separation != nil, let format = UnreadFormat(bytes.span, range) {
      throw .unreadFormat(path: source.name, format: format.rawValue)
    }
    if source.format == .csv, table == nil, !bytes[range].allSatisfy({ $0 == newlineByte || $0 == carriageReturn || $0 == 0x20 }) {
      let decoded = rules.readsWindows1252 ? decodedHeader(bytes.span, range) : nil
      let header = decoded ?? bytes
      table = try CSVTable(header: header.span, decoded?.indices ?? range, path: source.name, rules: rules)
    }
  }

  /// The first line as UTF-8 if it is Windows-1252.
  private func decodedHeader(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
    var end = range.lowerBound
    while end < range.upperBound, bytes[end] != newlineByte { end += 1 }
    guard firstInvalidByte(bytes, range.lowerBound..<end) != nil else { return nil }
    var header: [UInt8] = []
    decodeWindows1252(bytes, range.lowerBound..<end, into: &header)
    return header
  }

  /// Where the piece may end, if the format allows an end in this range; sets what the piece after it begins with.
  private func cut(_ bytes: Span<UInt8>, _ range: Range<Int>, _ piece: inout RawPiece) -> Int? {
    switch source.format {
    case .txt:
      guard let found = TextCut(bytes, range, separation: rules.separation) else { return nil }
      piece.range = range.lowerBound..<found.place
      continues = !found.isBetweenSongs
      continuesLine = false
      piece.isContinued = continues
      return found.place
    case .jsonl:
      guard let newline = lastNewline(bytes, range) else { return nil }
      piece.range = range.lowerBound..<newline + 1
      return newline + 1
    case .csv:
      guard let table, let cut = table.lastRecordEnd(bytes, range, hasHeader: isFirst) else { return nil }
      piece.range = range.lowerBound..<cut
      return cut
    case .json:
      piece.range = range
      guard let cut = cutJSON(bytes, &piece) else { return nil }
      piece.range = range.lowerBound..<cut
      return cut
    case .lrc, .srt, .vtt, .chordpro:
      return nil
    }
  }

  /// A record is longer than any song: the text is cut where it is, anything else is left out and reported.
  private func giveUpRecord(_ batch: inout RawBatch, _ piece: inout RawPiece, from start: Int) throws(CorpusError) {
    let end = batch.bytes.count
    let fault = CorpusError.recordTooLong(path: source.name, line: 1, limit: limits.recordBytes)
    switch source.format {
    case .txt:
      // At a space; if there is none, at least between two characters.
      var cut = end
      while cut > start, batch.bytes[cut - 1] != 0x20 { cut -= 1 }
      if cut == start {
        cut = end
        while cut > end - 4, batch.bytes[cut - 1] & 0xC0 == 0x80 { cut -= 1 }
        if batch.bytes[cut - 1] >= 0xC0 { cut -= 1 }
      }
      carry = Array(batch.bytes[cut...])
      batch.bytes.removeLast(end - cut)
      piece.range = start..<cut
      continues = true
      continuesLine = true
      piece.isContinued = true
    case .jsonl:
      batch.bytes.removeLast(end - start)
      piece.range = start..<start
      piece.faults.append(fault)
      piece.linesAfter = 1
      try skipLine()
    case .csv where table?.delimiter == tabByte && lastNewline(batch.bytes.span, start..<end) != nil:
      // Between tabs, a quotation mark that is never closed is text.
      let next = (lastNewline(batch.bytes.span, start..<end) ?? end - 1) + 1
      carry = Array(batch.bytes[next...])
      batch.bytes.removeLast(end - next)
      piece.range = start..<next
    case .csv:
      piece.faults.append(fault)
      guard let last = lastNewline(batch.bytes.span, start..<end), let first = batch.bytes[start...].firstIndex(of: newlineByte) else {
        batch.bytes.removeLast(end - start)
        piece.range = start..<start
        piece.linesAfter = 1
        try skipLine()
        return
      }
      // A quotation mark that is never closed: the lines after it are records again, as far as they can be.
      carry = Array(batch.bytes[(last + 1)...])
      batch.bytes.removeLast(end - last - 1)
      piece.range = first + 1..<last + 1
      piece.linesBefore = 1
      piece.quotesHaveNoEnd = true
    case .json:
      preconditionFailure("what is too long in JSON is passed over where it is found")
    case .lrc, .srt, .vtt, .chordpro:
      batch.bytes.removeLast(end - start)
      piece.range = start..<start
      piece.faults.append(fault)
      piece.isLast = true
      isAtEnd = true
    }
  }

  /// Cuts a piece of JSON into units, and adds what is wrong with what is between them.
  ///
  /// - Returns: where the piece ends; nil if nothing in it is whole yet.
  private func cutJSON(_ bytes: Span<UInt8>, _ piece: inout RawPiece) -> Int? {
    // A byte-order mark must be whole.
    guard var cutter, !isFirst || isAtEnd || piece.range.count >= 3 else { return nil }
    let start = isFirst ? CSVScanner.afterMark(bytes, piece.range) : piece.range.lowerBound
    let cut = cutter.cut(bytes, start..<piece.range.upperBound, isAtEnd: isAtEnd)
    piece.units = cutter.units
    var line = 1
    var counted = piece.range.lowerBound
    for fault in cutter.faults {
      switch fault {
      case .invalid(let place, _), .tooLong(let place):
        // Places come in rising order, but for a fault inside a value that is passed over.
        line += newlines(bytes, counted..<max(counted, place))
        counted = max(counted, place)
      }
      switch fault {
      case .invalid(_, let reason):
        piece.faults.append(.malformedRecord(path: source.name, line: line, reason: "it is not valid JSON: \(reason)"))
      case .tooLong:
        piece.faults.append(.recordTooLong(path: source.name, line: line, limit: limits.recordBytes))
      }
    }
    if let keys = cutter.keys {
      let wanted = rules.textField.map { [$0] } ?? CSVTable.textNames
      piece.faultWithoutSongs = .noKey(path: source.name, line: 1, wanted: wanted, found: keys)
    }
    self.cutter = cutter
    return cut > piece.range.lowerBound ? cut : nil
  }

  /// Reads on to the next line, keeping nothing.
  private func skipLine() throws(CorpusError) {
    while true {
      var more: [UInt8] = []
      let count = try read(into: &more, atMost: 1 << 20)
      if let newline = more.firstIndex(of: newlineByte) {
        carry = Array(more[(newline + 1)...])
        return
      }
      if count < 1 << 20 { return }
    }
  }
}
