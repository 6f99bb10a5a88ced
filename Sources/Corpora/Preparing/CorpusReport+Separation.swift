extension CorpusReport {
  /// How large the songs of texts and of records are, copies included.
  ///
  /// Texts whose separator says that a file, or a line, is a song are not counted.
  public struct Separation: Sendable, Hashable, Codable {
    /// Sizes of songs.
    public struct Songs: Sendable, Hashable, Codable {
      /// How many songs there are.
      public var songs = 0
      /// How many bytes they have.
      public var bytes = 0
      /// How many of them have more than ``CorpusReport/Separation/hugeSong`` bytes.
      public var huge = 0
      /// How many bytes these have.
      public var hugeBytes = 0
      /// How many have one line.
      public var oneLine = 0
      /// How many bytes these have.
      public var oneLineBytes = 0

      /// Whether most of the text is in songs that are far too large.
      fileprivate var areHuge: Bool { bytes >= 50_000 && hugeBytes * 2 >= bytes }

      /// Whether most songs are single lines, of the length of a line and not of a whole song.
      fileprivate func areLines(least: Int) -> Bool { songs >= least && oneLine * 10 >= songs * 9 && oneLineBytes <= 200 * oneLine }
    }

    /// The songs of texts.
    public var texts = Songs()
    /// The songs of tables and JSON.
    public var records = Songs()

    /// A line of signs that stands several times in a text.
    public struct Divider: Sendable, Hashable, Codable {
      /// The line.
      public var line: String
      /// How often it stands there.
      public var count: Int
    }

    /// The line of signs that stands most often in a text that is one song; nil: there is no such text.
    public var divider: Divider?

    /// A song of more bytes than this is larger than lyrics usually are.
    public static let hugeSong = 16_000

    /// Whether most of the text is in songs that are far too large.
    public var hasHugeSongs: Bool { texts.areHuge }
    /// Whether most of the text of records is in songs that are far too large.
    public var hasHugeRecords: Bool { records.areHuge }
    /// Whether a text gives a great many songs of a line.
    public var hasLineSongs: Bool { texts.areLines(least: 1_000) }
    /// Whether the records seem to be lines and not songs.
    public var hasLineRecords: Bool { records.areLines(least: 20) }
  }
}

/// Adds up the sizes of songs, which come in pieces.
struct SeparationCount: Sendable {
  private struct OpenSong {
    var bytes: Int
    var newlines: Int
    var isText: Bool
  }

  private var counted = CorpusReport.Separation()
  private var open: OpenSong?

  /// Adds a song, or a piece of one.
  ///
  /// - Parameters:
  ///   - isGuess: whether the separator of texts may be a wrong one.
  ///   - continues: whether it belongs to the song before.
  mutating func add(_ song: CutSong, _ format: CorpusFormat, isGuess: Bool, continues: Bool) {
    if continues {
      open?.bytes += song.byteCount
      open?.newlines += song.newlineCount
      return
    }
    settle()
    switch format {
    case .txt: if isGuess { open = OpenSong(bytes: song.byteCount, newlines: song.newlineCount, isText: true) }
    case .csv, .json, .jsonl: open = OpenSong(bytes: song.byteCount, newlines: song.newlineCount, isText: false)
    case .lrc, .srt, .vtt, .chordpro: break
    }
  }

  /// Notes a line of signs by which the songs of a text may be separated.
  mutating func note(_ divider: (line: String, count: Int)) {
    if divider.count > counted.divider?.count ?? 0 { counted.divider = .init(line: divider.line, count: divider.count) }
  }

  /// The sizes of all songs.
  var result: CorpusReport.Separation {
    var copy = self
    copy.settle()
    return copy.counted
  }

  private mutating func settle() {
    guard let song = open else { return }
    open = nil
    var songs = song.isText ? counted.texts : counted.records
    songs.songs += 1
    songs.bytes += song.bytes
    if song.bytes > CorpusReport.Separation.hugeSong {
      songs.huge += 1
      songs.hugeBytes += song.bytes
    }
    if song.newlines == 0 {
      songs.oneLine += 1
      songs.oneLineBytes += song.bytes
    }
    if song.isText { counted.texts = songs } else { counted.records = songs }
  }
}
