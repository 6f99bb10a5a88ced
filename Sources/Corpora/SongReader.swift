import Files
public import SystemPackage

/// Reads songs from files of any format into memory.
///
/// A text file is UTF-8, or in the encoding that the options name; a byte-order mark selects UTF-16 or UTF-32. In it, songs are separated
/// by two or more blank lines, or by a line of three or more `-`, `=` or `*`, unless the options say otherwise.
public struct SongReader: Sendable {
  /// Whether a file is cut into its songs; if not, each file is one text, as given.
  public var splitsSongs: Bool
  /// How files are read and texts cleaned.
  public var options: ReadingOptions
  /// The format of named files, standard input and bytes in memory, whatever their names; nil: as the name says, or text.
  public var format: CorpusFormat?
  /// Whether the first record that cannot be used is an error; if not, it is skipped and reported.
  package var isStrict = true
  /// Whether sources that cannot be read to their end are reported and left out, instead of being an error.
  package var skipsUnreadable = false

  /// What a row of a table, or an object, must have in its columns to be read; it must meet all conditions.
  public var conditions: [SongCondition] = []

  /// The columns of tables, or keys of objects, whose values are kept with each song besides title and artist.
  public var keptColumns: [String] = []

  /// Whether a marker as separator must be in at least one text, if there are texts.
  package var requiresSeparator = false

  /// Creates a reader that cuts files into songs, or takes each as one text.
  public init(splitsSongs: Bool = true, options: ReadingOptions = .init()) {
    self.splitsSongs = splitsSongs
    self.options = options
  }

  /// Creates a reader for a tokenization: a pre-tokenized set is read as it is.
  public init(for tokenization: Tokenization, options: ReadingOptions = .init()) {
    self.init(splitsSongs: tokenization != .whitespace, options: options)
  }

  /// Reads the songs of these files, and of the files in these folders and below, in the order of their paths.
  ///
  /// A file that is named is read whatever its ending; in a folder, files without a song are passed over.
  ///
  /// - Throws: `CorpusError` for a path that is missing, empty or unreadable, or a record that cannot be used.
  public func songs(at paths: [FilePath]) throws(CorpusError) -> [Song] { try read(paths).songs }

  /// Reads the songs at these paths as ``songs(at:)`` does.
  ///
  /// - Returns: the songs, and the faults of what was skipped.
  /// - Throws: `CorpusError`; for a record or a source only if the reader does not skip it.
  package func read(_ paths: [FilePath]) throws(CorpusError) -> (songs: [Song], skipped: FaultList) {
    try options.checkForReading()
    var list = SourceList(format: format, skipsUnreadable: skipsUnreadable)
    try list.add(paths.map(\.string), part: .corpus)
    var songs: [Song] = []
    var skipped = FaultList()
    var counts = [Int](repeating: 0, count: list.arguments.count)
    var firstFaults = [CorpusError?](repeating: nil, count: list.arguments.count)
    var faultsWithoutSongs: [Int: CorpusError] = [:]
    for (fault, argument) in list.unreadable {
      skipped.append(fault)
      firstFaults[argument] = firstFaults[argument] ?? fault
    }
    let reader = BatchReader(list.files, rules: rules, limits: .init())
    var gatherer = SongGatherer(self)
    var firstOfSource = 0
    while let batch = try reader.next() {
      for piece in batch.pieces {
        let source = list.files[piece.source]
        let before = songs.count
        if piece.isFirst { firstOfSource = before }
        let faults = try gatherer.add(piece, batch.bytes, source, rules, to: &songs)
        skipped.append(contentsOf: faults)
        firstFaults[source.argument] = firstFaults[source.argument] ?? faults.kept.first
        faultsWithoutSongs[source.argument] = piece.faultWithoutSongs ?? faultsWithoutSongs[source.argument]
        counts[source.argument] += songs.count - before
        // A text that is one song has its title in its name.
        if piece.isLast, splitsSongs, songs.count == firstOfSource + 1, songs[firstOfSource].details.title == nil {
          songs[firstOfSource].details.title = source.title
        }
      }
    }
    for (argument, count) in counts.enumerated() where count == 0 {
      if let fault = firstFaults[argument] ?? faultsWithoutSongs[argument] {
        if fault.isUnreadable || fault.isOfUnreadFormat, !songs.isEmpty { continue }
        throw fault
      }
      throw list.errorOfEmpty(argument, excluded: gatherer.excluded[argument, default: 0], empty: gatherer.empty[argument, default: 0])
    }
    if requiresSeparator { try gatherer.search.check(rules) }
    return (songs, skipped)
  }

  /// Reads the songs in a file's bytes: of ``format``, or of a text. `source` is what errors and songs are labelled with.
  ///
  /// - Throws: `CorpusError`.
  public func songs(in bytes: [UInt8], source: String) throws(CorpusError) -> [Song] {
    try options.checkForReading()
    let file = SourceFile(
      path: FilePath(source), format: format ?? .txt, compression: .none, part: .corpus, argument: 0, isNamed: true, stamp: nil,
      contents: bytes)
    var songs: [Song] = []
    let reader = BatchReader([file], rules: rules, limits: .init())
    var gatherer = SongGatherer(self)
    while let batch = try reader.next() {
      for piece in batch.pieces { _ = try gatherer.add(piece, batch.bytes, file, rules, to: &songs) }
    }
    return songs
  }

  private var rules: ReadingRules {
    ReadingRules(
      options, conditions: conditions, keptColumns: keptColumns, splitsSongs: splitsSongs, isStrict: isStrict,
      skipsUnreadable: skipsUnreadable)
  }
}

/// Puts pieces together as songs.
private struct SongGatherer {
  private var cleaner: Cleaner
  private let cleans: Bool
  private var lineBase = 0
  private var columns = ColumnCheck()
  private var pathsWithoutKey: Set<String> = []
  private(set) var search = MarkerSearch()
  /// How many rows of each argument do not meet a condition.
  private(set) var excluded: [Int: Int] = [:]
  /// How many records of each argument have no lyrics.
  private(set) var empty: [Int: Int] = [:]
  /// Whether the last song goes on in the next piece.
  private var isSongOpen = false

  init(_ reader: SongReader) {
    cleaner = Cleaner(reader.options.cleaning)
    cleans = reader.splitsSongs
  }

  /// Adds the songs of a piece, and returns the faults of what it skips.
  mutating func add(
    _ piece: RawPiece, _ bytes: [UInt8], _ source: SourceFile, _ rules: ReadingRules, to songs: inout [Song]
  ) throws(CorpusError) -> FaultList {
    if piece.isFirst {
      lineBase = 0
      isSongOpen = false
    }
    let parser = piece.parsed ?? RecordParser(piece, bytes.span, source: source, rules: rules)
    search.note(source, markers: parser.markers)
    excluded[source.argument, default: 0] += parser.excluded.reduce(0, +)
    empty[source.argument, default: 0] += parser.emptyRecords
    var faults = parser.faults.shifted(by: lineBase)
    if let fault = columns.fault(parser, piece, source) {
      if source.isNamed || rules.isStrict { throw fault }
      faults.append(fault)
    }
    if let fault = faults.kept.first(where: { $0.isUnreadable ? !rules.skipsUnreadable : rules.isStrict }) { throw fault }
    // One fault is enough for a file whose objects are all alike.
    faults.drop { fault in fault.pathWithoutLyrics.map { !pathsWithoutKey.insert($0).inserted } ?? false }
    for raw in parser.songs {
      var text: [UInt8] = []
      if cleans { cleaner.clean(raw, into: &text) } else { text = raw.text }
      defer { isSongOpen = raw.isContinued }
      if raw.continues, isSongOpen, let last = songs.indices.last {
        songs[last].text += String(decoding: text, as: UTF8.self)
      } else if !text.isEmpty {
        let details = DetailRecord.details(raw.details[...], columns: rules.keptColumns) ?? SongDetails()
        songs.append(Song(text: String(decoding: text, as: UTF8.self), source: source.name, line: raw.line + lineBase, details: details))
      } else if !raw.continues {
        empty[source.argument, default: 0] += 1
      }
    }
    lineBase += parser.lineCount
    return faults
  }
}
