internal import SystemPackage

/// Songs as one sequence of tokens, with where each song lies in it and which written words the vocabulary lacks: what a text is scored by.
///
/// At word and character level `<song>` stands before each song and after the last, so that the end of a song is something that a model
/// predicts, and the token it reads before the next song begins. Pre-tokenized texts follow each other as they are.
public struct EncodedSongs: Sendable {
  /// Where a song was found, and where it lies in the sequence.
  public struct Place: Sendable, Hashable {
    /// The path of the file.
    public let source: String
    /// The number of its first line in the file, counted from 1.
    public let line: Int
    /// Its tokens, and the `<song>` after them.
    public let range: Range<Int>
    /// What is read to predict it by itself: the range, and the `<song>` before it.
    public let passage: Range<Int>
  }

  /// The tokens' numbers.
  public private(set) var tokens: [TokenID] = []
  /// The songs in order.
  public private(set) var songs: [Place] = []
  /// The words that the vocabulary lacks, as written, by their position in ``tokens``, where `<unk>` stands for them.
  public private(set) var unknownWords: [Int: String] = [:]

  /// The songs of these files and folders.
  ///
  /// - Throws: `CorpusError` for paths or bytes that do not do.
  public init(reading paths: [String], tokenizer: Tokenizer) throws(CorpusError) {
    try self.init(of: Self.read(paths, for: tokenizer), tokenizer: tokenizer)
  }

  /// The songs of these files and folders, as texts.
  ///
  /// - Throws: `CorpusError` for paths or bytes that do not do.
  public static func read(_ paths: [String], for tokenizer: Tokenizer) throws(CorpusError) -> [Song] {
    try SongReader(for: tokenizer.tokenization).songs(at: paths.map { FilePath($0) })
  }

  /// These songs.
  public init(of songs: [Song], tokenizer: Tokenizer) {
    var encoder = TextEncoder(tokenizer)
    for song in songs {
      let start = tokens.count
      if let boundary = tokenizer.songBoundary { tokens.append(boundary) }
      let first = tokens.count
      for (position, word) in encoder.appendNotingUnknown(song.text, to: &tokens) { unknownWords[position] = word }
      let end = tokens.count + (first - start)
      self.songs.append(Place(source: song.source, line: song.line, range: first..<end, passage: start..<end))
    }
    if let boundary = tokenizer.songBoundary, !self.songs.isEmpty { tokens.append(boundary) }
  }
}
