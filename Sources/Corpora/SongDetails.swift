/// What is known of a song besides its text.
public struct SongDetails: Sendable, Hashable {
  /// The song's name.
  public var title: String?
  /// Who sings it; several are separated by commas.
  public var artist: String?
  /// The values of the columns that ``CorpusOptions/keptColumns`` names, by these names. A column without a value is not among them.
  public var columns: [String: String]

  /// Creates the details of a song.
  public init(title: String? = nil, artist: String? = nil, columns: [String: String] = [:]) {
    self.title = title
    self.artist = artist
    self.columns = columns
  }

  /// Whether nothing is known.
  public var isEmpty: Bool { title == nil && artist == nil && columns.isEmpty }
}
