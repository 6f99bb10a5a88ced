/// The songs of a corpus as texts, cleaned, in order: those that are dealt out to its parts.
///
/// Copies are left out, and so are the songs of files that were given for validation or test.
public struct CleanedSongs: Sendable {
  private let texts: SongTexts
  private let records: SongRecords
  private let details: DetailRecords
  private let columns: [String]
  private let sources: [String]

  init(_ texts: SongTexts, _ records: SongRecords, _ details: DetailRecords, columns: [String], sources: [String]) {
    self.texts = texts
    self.records = records
    self.details = details
    self.columns = columns
    self.sources = sources
  }

  /// Calls `body` for each song.
  ///
  /// - Throws: `CorpusError` if a scratch file cannot be read; what `body` throws.
  public func forEach(_ body: (Song) throws -> Void) throws { try forEach(ofTraining: false, body) }

  /// Calls `body` for each song that is trained on. Of fewer than ten songs, these are all, though the end of the last is held out.
  ///
  /// - Throws: `CorpusError` if a scratch file cannot be read; what `body` throws.
  public func forEachOfTraining(_ body: (Song) throws -> Void) throws { try forEach(ofTraining: true, body) }

  private func forEach(ofTraining: Bool, _ body: (Song) throws -> Void) throws {
    var song: (number: Int, text: [UInt8], source: Int, line: Int)?
    var reader = DetailRecords.Reader(details)
    func finish() throws {
      guard let song else { return }
      let details = DetailRecord.details(try reader.record(of: song.number)[...], columns: columns) ?? SongDetails()
      try body(Song(text: String(decoding: song.text, as: UTF8.self), source: sources[song.source], line: song.line, details: details))
    }
    var block: [SongRecord] = []
    var first = 0
    try texts.forEach { piece in
      if song?.number == piece.song {
        song?.text += piece.text
        return
      }
      if piece.song >= first + block.count {
        first = piece.song
        block = try records.read(first..<min(first + SongRecords.blockSize, records.count))
      }
      let record = block[piece.song - first]
      guard record.part == .corpus, ofTraining ? record.side == 0 : record.side != SongRecord.none else { return }
      try finish()
      song = (piece.song, piece.text, piece.source, piece.line)
    }
    try finish()
  }

  /// Returns a line that no song has, to separate the songs in a text file: `<|endoftext|>`, or one like it with a number.
  ///
  /// - Throws: `CorpusError` if a scratch file cannot be read.
  public func separator() throws -> String {
    var taken: Set<String> = []
    try forEach { song in
      guard song.text.contains("oftext") else { return }
      // A start marker separates songs too, where its end marker does.
      for match in song.text.matches(of: /<\/?\|(?:start|begin(?:ning)?|end)oftext(-?[0-9]*)\|>/) {
        taken.insert("<|endoftext\(match.1)|>")
      }
    }
    if !taken.contains("<|endoftext|>") { return "<|endoftext|>" }
    let number = (2...).first { !taken.contains("<|endoftext-\($0)|>") } ?? 2
    return "<|endoftext-\(number)|>"
  }
}
