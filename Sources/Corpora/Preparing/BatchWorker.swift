/// A song, or a piece of one, cut into tokens.
struct CutSong: Sendable {
  /// Which piece of the batch it was found in.
  var piece: Int
  /// The number of its first line in the piece.
  var line: Int
  /// How many tokens it has; they follow those of the song before.
  var count: Int
  var continues: Bool
  var isContinued: Bool
  var byteCount: Int
  var newlineCount: Int
  /// `CorpusSplit.hash` of a whole song.
  var hash: UInt64
  /// The cleaned text: of a piece of a song, from which the hash is taken later, and of every song if the worker keeps texts.
  var text: [UInt8] = []
  /// The MinHash signature of a whole song, if asked for.
  var signature: [UInt32] = []
  /// What is known of it besides its text, as a `DetailRecord`.
  var details: [UInt8] = []
}

/// What became of a batch: its songs' tokens, numbered as they came in this batch.
struct CutBatch: Sendable {
  struct Piece: Sendable {
    var source: Int
    var isFirst: Bool
    var isLast: Bool
    var lineCount: Int
    var byteCount: Int
    var faults: FaultList
    var repaired: FaultList
    var emptyRecords: Int
    var decodedWindows1252: Int
    var faultWithoutSongs: CorpusError?
    /// What became of rows by the options that choose and join them.
    var excluded: [Int]
    var joinedRows: Int
    var scattered: Int
    var columnsSeen: [Bool]
    var keysWithoutColumn: [String]?
    var misread: MisreadCharacters
    var markers: Int
    var ruledLines: RuledLines
  }

  var pieces: [Piece] = []
  var songs: [CutSong] = []
  var ids: [UInt32] = []
  var table: TokenTable
  var cleaned = CleaningCounts()
  var bytesRead = 0
}

/// What a worker does with a batch: find the songs, clean them, cut them, number the tokens.
struct BatchWorker: Sendable {
  private let sources: [SourceFile]
  private let rules: ReadingRules
  private let cleans: Bool
  private let keepsTexts: Bool
  private var cleaner: Cleaner
  private var lexer: Lexer
  private var hash = SongHash()
  private var signer: MinHash?

  private static let noTable = TokenTable(expecting: 0)

  init(_ sources: [SourceFile], rules: ReadingRules, options: CorpusOptions, keepsTexts: Bool) {
    self.sources = sources
    self.keepsTexts = keepsTexts
    self.rules = rules
    // Pre-tokenized sets are taken as given.
    cleans = options.tokenization != .whitespace
    cleaner = Cleaner(options.cleaning)
    lexer = Lexer(options.tokenization, lowercase: options.lowercase, rules: options.rules)
    if case .near = options.deduplication, cleans { signer = MinHash() }
  }

  mutating func cut(_ batch: RawBatch) -> CutBatch {
    var result = CutBatch(table: TokenTable(expecting: min(1 << 15, batch.bytes.count / 16)), bytesRead: batch.bytesRead)
    result.ids.reserveCapacity(batch.bytes.count / 4)
    var text: [UInt8] = []
    signer?.beginBatch()
    for (number, piece) in batch.pieces.enumerated() {
      let parser = piece.parsed ?? RecordParser(piece, batch.bytes.span, source: sources[piece.source], rules: rules)
      if cleans {
        result.cleaned.controls += parser.removedCharacters.controls
        result.cleaned.invisible += parser.removedCharacters.invisible
      }
      result.cleaned.keptRepeats += parser.keptRepeats
      result.cleaned.timedLyrics += parser.timedSongs
      result.cleaned.escapedLineEnds += parser.escapedSongs
      result.cleaned.stringLists += parser.listedSongs
      result.pieces.append(
        .init(
          source: piece.source, isFirst: piece.isFirst, isLast: piece.isLast, lineCount: parser.lineCount, byteCount: piece.range.count,
          faults: parser.faults, repaired: parser.repaired, emptyRecords: parser.emptyRecords,
          decodedWindows1252: parser.decodedWindows1252, faultWithoutSongs: piece.faultWithoutSongs, excluded: parser.excluded,
          joinedRows: parser.joinedRows, scattered: parser.scattered, columnsSeen: parser.columnsSeen,
          keysWithoutColumn: parser.keysWithoutColumn, misread: parser.misread, markers: parser.markers,
          ruledLines: parser.ruledLines))
      for song in parser.songs {
        text.removeAll(keepingCapacity: true)
        if cleans { cleaner.clean(song, into: &text) } else { text = song.text }
        let isWhole = !song.continues && !song.isContinued
        if isWhole, text.isEmpty {
          result.pieces[number].emptyRecords += 1
          continue
        }
        add(text, of: song, piece: number, isWhole: isWhole, to: &result)
      }
    }
    result.cleaned += cleaner.takeCounts()
    return result
  }

  private mutating func add(_ text: [UInt8], of song: RawSong, piece: Int, isWhole: Bool, to result: inout CutBatch) {
    var sink = NumberingSink(table: result.table, ids: result.ids)
    // The table and the numbers are handed over, not copied.
    result.table = Self.noTable
    result.ids = []
    let start = sink.ids.count
    lexer.cut(text.span, 0..<text.count, endsText: !song.isContinued, into: &sink)
    result.table = sink.table
    result.ids = sink.ids
    var cut = CutSong(
      piece: piece, line: song.line, count: result.ids.count - start, continues: song.continues, isContinued: song.isContinued,
      byteCount: text.count, newlineCount: newlines(text.span, 0..<text.count), hash: 0)
    if isWhole {
      hash.reset()
      hash.add(text.span, 0..<text.count)
      cut.hash = hash.value
      if signer != nil { cut.signature = signer?.signature(result.ids[start...], result.table) ?? [] }
    }
    if keepsTexts || !isWhole { cut.text = text }
    cut.details = song.details
    result.songs.append(cut)
  }
}

private struct NumberingSink: TokenSink {
  var table: TokenTable
  var ids: [UInt32]

  @inline(__always)
  mutating func add(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    ids.append(UInt32(truncatingIfNeeded: table.intern(bytes, range, hash: TokenTable.hash(bytes, range))))
  }
}
