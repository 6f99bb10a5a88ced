import Files
public import SystemPackage

/// Reads songs from files of any format into memory.
///
/// A text file is UTF-8. In it, songs are parted by two or more blank lines, or by a line of three or more `-`, `=` or `*`.
public struct SongReader: Sendable {
  /// Whether a file is cut into its songs; if not, each file is one text, as given.
  public var splitsSongs: Bool

  /// A reader that cuts files into songs, or takes each as one text.
  public init(splitsSongs: Bool = true) {
    self.splitsSongs = splitsSongs
  }

  /// A reader as the tokenization wants it: a pre-tokenized set is taken as given.
  public init(for tokenization: Tokenization) {
    self.init(splitsSongs: tokenization != .whitespace)
  }

  /// The songs of these files, and of the files in these folders and below, in the order of their paths.
  ///
  /// A file that is named is read whatever its ending; in a folder, files without a song are passed over.
  ///
  /// - Throws: `CorpusError` for a path that is missing, empty or unreadable, or a record that cannot be used.
  public func songs(at paths: [FilePath]) throws(CorpusError) -> [Song] {
    var list = SourceList()
    try list.add(paths.map(\.string), part: .corpus)
    var songs: [Song] = []
    var counts = [Int](repeating: 0, count: list.arguments.count)
    let reader = BatchReader(list.files, rules: rules, limits: .init())
    var gatherer = SongGatherer(cleans: splitsSongs)
    while let batch = try reader.next() {
      for piece in batch.pieces {
        let source = list.files[piece.source]
        let before = songs.count
        try gatherer.add(piece, batch.bytes, source, rules, to: &songs)
        counts[source.argument] += songs.count - before
      }
    }
    for (argument, count) in counts.enumerated() where count == 0 {
      throw list.isEmptyFile(argument) ? .emptyFile(path: list.arguments[argument]) : .noSongs(path: list.arguments[argument])
    }
    return songs
  }

  /// The songs in a text file's bytes. `source` is what errors and songs are labelled with.
  ///
  /// - Throws: `CorpusError.notUTF8`.
  public func songs(in bytes: [UInt8], source: String) throws(CorpusError) -> [Song] {
    let file = SourceFile(path: FilePath(source), format: .txt, compression: .none, part: .corpus, argument: 0, isNamed: true, stamp: nil)
    let piece = RawPiece(source: 0, range: 0..<bytes.count, offset: 0, isFirst: true, isLast: true)
    var songs: [Song] = []
    var gatherer = SongGatherer(cleans: splitsSongs)
    try gatherer.add(piece, bytes, file, rules, to: &songs)
    return songs
  }

  private var rules: ReadingRules { ReadingRules(separator: splitsSongs ? .blankLines : nil, isStrict: true) }
}

/// Puts pieces together as songs.
private struct SongGatherer {
  var cleaner = Cleaner(.init())
  let cleans: Bool
  private var lineBase = 0

  init(cleans: Bool) {
    self.cleans = cleans
  }

  mutating func add(
    _ piece: RawPiece, _ bytes: [UInt8], _ source: SourceFile, _ rules: ReadingRules, to songs: inout [Song]
  ) throws(CorpusError) {
    if piece.isFirst { lineBase = 0 }
    let parser = RecordParser(piece, bytes.span, source: source, rules: rules, keepsControls: false)
    if let fault = parser.faults.kept.first { throw fault.shifted(by: lineBase) }
    for raw in parser.songs {
      var text: [UInt8] = []
      if cleans { cleaner.clean(raw, into: &text) } else { text = raw.text }
      if raw.continues, let last = songs.indices.last {
        songs[last].text += String(decoding: text, as: UTF8.self)
      } else if !text.isEmpty {
        songs.append(Song(text: String(decoding: text, as: UTF8.self), source: source.name, line: raw.line + lineBase))
      }
    }
    lineBase += parser.lineCount
  }
}
