/// A text that is trained on as a whole, and where it was found.
public struct Song: Sendable, Hashable {
  /// The lyrics, lines parted by `\n`.
  public var text: String
  /// The path of the file.
  public var source: String
  /// The number of the song's first line in the file, counted from 1.
  public var line: Int
  /// What is known of it besides its text.
  public var details: SongDetails

  /// A song with these lyrics.
  public init(text: String, source: String = "text", line: Int = 1, details: SongDetails = SongDetails()) {
    self.text = text
    self.source = source
    self.line = line
    self.details = details
  }
}

extension [Song] {
  /// The first of each song, without those that are among `excluded`: what training would read, told by the same hash, in which case and
  /// white space do not count.
  public func distinct(excluding excluded: [Song] = []) -> [Song] {
    var seen = Set(excluded.map { CorpusSplit.hash(of: $0.text) })
    return filter { seen.insert(CorpusSplit.hash(of: $0.text)).inserted }
  }
}
