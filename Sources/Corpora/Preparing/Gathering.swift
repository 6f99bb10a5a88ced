internal import Files
internal import SystemPackage

/// The first pass: everything is read once, in parallel, and kept as numbers of a table of all tokens.
///
/// Memory: the batches under way, and the table of tokens (see `PreparationLimits`). The numbers themselves and a record a song go to
/// nameless files, unless the corpus is to be in memory.
struct Gathering {
  /// The number that stands for tokens that the table has no more room for; the table's are one higher than in it.
  static let overflow: UInt32 = 0

  let options: CorpusOptions
  let list: SourceList
  let limits: PreparationLimits
  private(set) var table = TokenTable()
  private(set) var ids: NumberStore
  var songs: SongRecords
  private(set) var signatures: NumberStore
  /// What is known of the songs besides their texts.
  private(set) var details: DetailRecords
  /// The details of the song that came last, its source, and whether it is the first of that source.
  private var lastDetails: (record: [UInt8], source: Int, isFirst: Bool)?
  /// Which of the columns to keep have had a value.
  private var hasKeptColumn: [Bool]
  /// The songs' texts, if they are kept.
  private(set) var texts: SongTexts?
  var report = CorpusReport()
  /// The number of each byte as a token, for what the table has no room for.
  private var byteIDs: [UInt32] = []

  private var songsOfArgument: [Int]
  /// How many rows of each argument do not meet a condition.
  private var excludedOfArgument: [Int]
  private var faultOfArgument: [CorpusError?]
  /// What is wrong with a path that gave no song if there was no other fault.
  private var faultWithoutSongs: [Int: CorpusError] = [:]
  /// Whether a source was left out, or a part of one, since it could not be read.
  private(set) var hasUnreadable = false
  /// How many problems of whole sources there were; they come first in the report.
  private var sourceProblems = 0
  private var pathsWithoutKey: Set<String> = []
  private var columns = ColumnCheck()
  private var openHash = SongHash()
  private var isSongOpen = false
  private var lineBase = 0
  private var search = MarkerSearch()
  private var separation = SeparationCount()
  private var misread = MisreadCharacters()
  /// The lines of signs of the source that is read, and how many songs came before it.
  private var ruledLines = RuledLines()
  private var songsBefore = 0
  /// How many records of each argument have no lyrics.
  private var emptyOfArgument: [Int]

  /// - Parameter folder: where to keep what memory should not hold; nil: in memory all the same.
  init(
    _ list: SourceList, options: CorpusOptions, keepsTexts: Bool, scratch folder: FilePath?, limits: PreparationLimits
  ) throws(CorpusError) {
    self.options = options
    self.list = list
    self.limits = limits
    ids = try NumberStore(in: folder)
    signatures = try NumberStore(in: folder)
    songs = try SongRecords(in: folder)
    details = try DetailRecords(in: folder)
    hasKeptColumn = [Bool](repeating: false, count: options.keptColumns.count)
    texts = keepsTexts ? try SongTexts(in: folder) : nil
    songsOfArgument = [Int](repeating: 0, count: list.arguments.count)
    excludedOfArgument = songsOfArgument
    emptyOfArgument = songsOfArgument
    if !options.conditions.isEmpty { report.conditions = options.conditions.map { .init(condition: $0.text, leftOut: 0) } }
    faultOfArgument = [CorpusError?](repeating: nil, count: list.arguments.count)
    if options.tokenization == .bpe {
      for byte in UInt8.min...UInt8.max {
        let bytes = [byte]
        byteIDs.append(UInt32(table.intern(bytes.span, 0..<1, hash: TokenTable.hash(bytes.span, 0..<1))) + 1)
      }
    }
  }

  var isNear: Bool {
    if case .near = options.deduplication { options.tokenization != .whitespace } else { false }
  }

  var rules: ReadingRules {
    ReadingRules(
      options.reading, conditions: options.conditions, keptColumns: options.keptColumns, splitsSongs: options.tokenization != .whitespace,
      isStrict: options.isStrict, skipsUnreadable: options.skipsUnreadable)
  }

  /// Reads all sources.
  ///
  /// - Throws: `CorpusError` for what cannot be read; what `progress` throws.
  mutating func gather(workers: Int, progress: (PreparationProgress) throws -> Void) throws {
    let reader = BatchReader(list.files, rules: rules, limits: limits)
    let total = list.totalBytes
    let files = list.files
    let rules = self.rules
    let options = options
    let keepsTexts = texts != nil
    for (fault, argument) in list.unreadable {
      report.damagedSources += 1
      try note(fault, argument: argument)
    }
    try inOrder(
      workers: workers, next: { try reader.next() }, state: { BatchWorker(files, rules: rules, options: options, keepsTexts: keepsTexts) },
      process: { worker, batch in worker.cut(batch) },
      take: { batch in
        try self.take(batch)
        try progress(.init(phase: .reading, done: batch.bytesRead, total: total, songs: self.songs.count))
      })
    try keepLastDetails(isOnly: lastDetails?.isFirst ?? false)
    try details.seal()
    try songs.seal()
    try texts?.seal()
    try checkArguments()
    try search.check(rules)
    if let column = hasKeptColumn.firstIndex(of: false) { throw CorpusError.keptColumnNotFound(name: options.keptColumns[column]) }
    report.separation = separation.result
    report.mojibake = misread.total > 0 ? misread.total : nil
    report.misreadEncoding = misread.encoding
    report.replacementCharacters = misread.replacements > 0 ? misread.replacements : nil
    if !list.passedOver.isEmpty { report.passedOver = list.passedOver }
    report.sources = list.files.count
  }

  private mutating func take(_ batch: CutBatch) throws(CorpusError) {
    let numbers = globalNumbers(batch.table)
    var ids = batch.ids
    var songs = batch.songs
    if numbers.hasOverflow, !byteIDs.isEmpty {
      (ids, songs) = spelled(batch, numbers.numbers)
    } else {
      for index in ids.indices { ids[index] = numbers.numbers[Int(ids[index])] }
      if numbers.hasOverflow { report.uncountedTokens += ids.count { $0 == Self.overflow } }
    }
    report.cleaned += batch.cleaned

    // Songs and faults come by pieces, whose lines are counted on from piece to piece of a source.
    var song = 0
    var start = self.ids.count
    for (number, piece) in batch.pieces.enumerated() {
      if piece.isFirst {
        lineBase = 0
        isSongOpen = false
        ruledLines = RuledLines()
        songsBefore = self.songs.count
      }
      try note(piece)
      search.note(list.files[piece.source], markers: piece.markers)
      while song < songs.count, songs[song].piece == number {
        try take(songs[song], start: start, source: piece.source)
        start += songs[song].count
        song += 1
      }
      lineBase += piece.lineCount
      ruledLines += piece.ruledLines
      // Lines of signs in a text that nothing else separates may be what separates its songs.
      if piece.isLast, self.songs.count - songsBefore == 1, let divider = ruledLines.divider { separation.note(divider) }
    }
    try self.ids.append(ids)
  }

  private mutating func take(_ cut: CutSong, start: Int, source: Int) throws(CorpusError) {
    let file = list.files[source]
    separation.add(cut, file.format, isGuess: rules.separation?.isGuess ?? false, continues: cut.continues && isSongOpen)
    if cut.continues, isSongOpen {
      openHash.add(cut.text.span, 0..<cut.text.count)
      songs.setLastHash(openHash.value)
    } else {
      guard songs.count < Int(Int32.max) else {
        throw .tooManySongs(limit: Int(Int32.max))
      }
      var record = SongRecord(start: start, hash: cut.hash, part: file.part)
      if cut.continues || cut.isContinued {
        openHash.reset()
        openHash.add(cut.text.span, 0..<cut.text.count)
        record.hash = openHash.value
      }
      // A signature a song, so that they go by the song's number.
      if isNear { try signatures.append(cut.signature.isEmpty ? MinHash.none : cut.signature) }
      try songs.append(record)
      try keep(cut.details, source: source)
      songsOfArgument[file.argument] += 1
    }
    isSongOpen = cut.isContinued
    try texts?.append(.init(song: songs.count - 1, source: source, line: cut.line + lineBase, text: cut.text))
  }

  /// Keeps the details of a song.
  private mutating func keep(_ record: [UInt8], source: Int) throws(CorpusError) {
    let isFirst = lastDetails?.source != source
    try keepLastDetails(isOnly: isFirst && lastDetails?.isFirst ?? false)
    lastDetails = (record, source, isFirst)
    guard hasKeptColumn.contains(false), let values = DetailRecord.values(record[...]) else { return }
    for (column, value) in values.dropFirst(DetailRecord.fixedColumns.count).enumerated() where value != nil {
      hasKeptColumn[column] = true
    }
  }

  /// Hands on the details of the song before, once it is known whether it is the only one of its source, whose name then is its title.
  private mutating func keepLastDetails(isOnly: Bool) throws(CorpusError) {
    guard let (record, source, _) = lastDetails else { return }
    let title = isOnly && options.tokenization != .whitespace ? list.files[source].title : nil
    try details.append(title.map { DetailRecord.filled(record, title: DetailRecord.value(Array($0.utf8))) } ?? record)
  }

  /// Counts a piece's bytes and faults.
  ///
  /// - Throws: the error of an unreadable source, unless it is to be left out; the first other error, if the options are strict.
  private mutating func note(_ piece: CutBatch.Piece) throws(CorpusError) {
    if let fault = piece.faultWithoutSongs { faultWithoutSongs[list.files[piece.source].argument] = fault }
    report.bytes += piece.byteCount
    report.removed.empty += piece.emptyRecords
    emptyOfArgument[list.files[piece.source].argument] += piece.emptyRecords
    for (number, count) in piece.excluded.enumerated() {
      report.conditions?[number].leftOut += count
      excludedOfArgument[list.files[piece.source].argument] += count
    }
    if piece.joinedRows > 0 { report.joinedRows = (report.joinedRows ?? 0) + piece.joinedRows }
    if piece.scattered > 0 { report.scatteredSongs = (report.scatteredSongs ?? 0) + piece.scattered }
    let source = list.files[piece.source]
    if let fault = columns.fault(
      seen: piece.columnsSeen, keys: piece.keysWithoutColumn, isFirst: piece.isFirst, isLast: piece.isLast, source, rules.rows.columns)
    {
      if source.isNamed { throw fault }
      report.damagedSources += 1
      try note(fault, argument: source.argument)
    }
    report.decodedWindows1252 += piece.decodedWindows1252
    misread += piece.misread
    report.removed.malformed += piece.faults.records
    report.damagedSources += piece.faults.sources
    report.repaired += piece.repaired.records
    for fault in piece.faults.kept + piece.repaired.kept {
      try note(fault.shifted(by: lineBase), argument: list.files[piece.source].argument)
    }
  }

  private mutating func note(_ fault: CorpusError, argument: Int) throws(CorpusError) {
    if fault.isUnreadable ? !options.skipsUnreadable : options.isStrict { throw fault }
    hasUnreadable = hasUnreadable || fault.isUnreadable
    if faultOfArgument[argument] == nil { faultOfArgument[argument] = fault }
    // One line says it for a file whose objects are all alike.
    if let path = fault.pathWithoutLyrics, !pathsWithoutKey.insert(path).inserted { return }
    // Problems of whole sources say more than those of records, and come first in the list.
    let place = fault.isOfSource ? min(sourceProblems, report.problems.count) : report.problems.count
    if place == CorpusReport.mostProblems { return }
    if report.encodings == nil { report.encodings = fault.sample?.encodings }
    report.problems.insert(fault.description, at: place)
    if fault.isOfSource { sourceProblems += 1 }
    if report.problems.count > CorpusReport.mostProblems { report.problems.removeLast() }
  }

  /// Refuses a path that gave no song, unless it is unreadable, may be left out, and another path has songs for the same part.
  private func checkArguments() throws(CorpusError) {
    for (argument, count) in songsOfArgument.enumerated() where count == 0 {
      let hasOthers = songsOfArgument.indices.contains { songsOfArgument[$0] > 0 && list.parts[$0] == list.parts[argument] }
      if let fault = faultOfArgument[argument] ?? faultWithoutSongs[argument] {
        if fault.isUnreadable || fault.isOfUnreadFormat, hasOthers { continue }
        throw fault
      }
      throw list.errorOfEmpty(argument, excluded: excludedOfArgument[argument], empty: emptyOfArgument[argument])
    }
  }

  // MARK: - Numbers

  private mutating func globalNumbers(_ local: TokenTable) -> (numbers: [UInt32], hasOverflow: Bool) {
    var numbers: [UInt32] = []
    numbers.reserveCapacity(local.count)
    var hasOverflow = false
    let bytes = local.bytes.span
    for id in 0..<local.count {
      let range = local.range(of: id)
      let hash = TokenTable.hash(bytes, range)
      if table.count < limits.types, table.bytes.count + range.count <= TokenTable.mostBytes {
        numbers.append(UInt32(table.intern(bytes, range, hash: hash)) + 1)
      } else if let found = table.id(bytes, range, hash: hash) {
        numbers.append(UInt32(found) + 1)
      } else {
        numbers.append(Self.overflow)
        hasOverflow = true
      }
    }
    return (numbers, hasOverflow)
  }

  /// The batch with tokens that the table has no room for spelled byte by byte.
  private func spelled(_ batch: CutBatch, _ numbers: [UInt32]) -> ([UInt32], [CutSong]) {
    var ids: [UInt32] = []
    var songs = batch.songs
    var index = 0
    for song in songs.indices {
      let start = ids.count
      for local in batch.ids[index..<index + songs[song].count] {
        let number = numbers[Int(local)]
        if number == Self.overflow {
          for byte in batch.table.bytes[batch.table.range(of: Int(local))] { ids.append(byteIDs[Int(byte)]) }
        } else {
          ids.append(number)
        }
      }
      index += songs[song].count
      songs[song].count = ids.count - start
    }
    return (ids, songs)
  }
}
