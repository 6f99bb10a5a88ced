/// Songs as one sequence of tokens.
///
/// At word and character level `<song>` stands before each song and after the last. Pre-tokenized texts follow each other as
/// they are.
public struct TokenStream: Sendable, Hashable {
  /// The tokens' numbers.
  public var tokens: [TokenID] = []
  /// How many tokens were not in the vocabulary.
  public var unknownCount = 0
  /// How many songs there are.
  public var songCount = 0

  /// The stream of these songs.
  public init(of songs: [Song], tokenizer: Tokenizer) {
    songCount = songs.count
    var encoder = TextEncoder(tokenizer)
    for song in songs {
      if let boundary = tokenizer.songBoundary { tokens.append(boundary) }
      unknownCount += encoder.append(song.text, to: &tokens)
    }
    if let boundary = tokenizer.songBoundary, !songs.isEmpty { tokens.append(boundary) }
  }
}
