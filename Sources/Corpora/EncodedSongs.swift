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
    /// The number of its first line in the file, counted from 1; in a store, the number of the song in its part.
    public let line: Int
    /// Its tokens, and the `<song>` after them.
    public let range: Range<Int>
    /// What is read to predict it by itself: the range, and the `<song>` before it.
    public let passage: Range<Int>
    /// What is known of the song besides its text.
    public var details = SongDetails()
  }

  /// The tokens' numbers.
  public internal(set) var tokens: [TokenID] = []
  /// The songs in order.
  public internal(set) var songs: [Place] = []
  /// The words that the vocabulary lacks, as written, by their position in ``tokens``, where `<unk>` stands for them.
  public internal(set) var unknownWords: [Int: String] = [:]

  init() {}

  /// Reads the songs of these files and folders.
  ///
  /// - Parameter options: how files are read and texts cleaned; give those of the model's corpus.
  /// - Throws: `CorpusError` for paths or bytes that do not do.
  public init(reading paths: [String], tokenizer: Tokenizer, options: ReadingOptions = .init()) throws(CorpusError) {
    let reader = SongReader(for: tokenizer.tokenization, options: options)
    try self.init(of: reader.songs(at: paths.map { FilePath($0) }), tokenizer: tokenizer)
  }

  /// Encodes these songs.
  public init(of songs: [Song], tokenizer: Tokenizer) {
    var encoder = TextEncoder(tokenizer)
    for song in songs {
      let start = tokens.count
      if let boundary = tokenizer.songBoundary { tokens.append(boundary) }
      let first = tokens.count
      for (position, word) in encoder.appendNotingUnknown(song.text, to: &tokens) { unknownWords[position] = word }
      let end = tokens.count + (first - start)
      self.songs.append(
        Place(source: song.source, line: song.line, range: first..<end, passage: start..<end, details: song.details))
    }
    if let boundary = tokenizer.songBoundary, !self.songs.isEmpty { tokens.append(boundary) }
  }
}
