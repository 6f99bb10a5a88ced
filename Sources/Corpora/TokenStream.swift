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
    for song in songs {
      if let boundary = tokenizer.songBoundary { tokens.append(boundary) }
      unknownCount += tokenizer.append(song.text, to: &tokens)
    }
    if let boundary = tokenizer.songBoundary, !songs.isEmpty { tokens.append(boundary) }
  }
}

/// Counts tokens for a vocabulary.
struct TokenCounter {
  let options: CorpusOptions
  private(set) var counts: [String: Int] = [:]

  init(_ options: CorpusOptions) {
    self.options = options
  }

  /// Counts the tokens of a stream of these songs, up to the first `limit` of them; returns how many it saw.
  @discardableResult
  mutating func add(_ songs: [Song], limit: Int = .max) -> Int {
    var position = 0
    let boundaries = options.specials.count
    for song in songs where position < limit {
      position += boundaries
      Tokenizer.forEachToken(in: song.text, options.tokenization, lowercase: options.lowercase) { token in
        if position < limit { counts[token, default: 0] += 1 }
        position += 1
      }
    }
    return position + boundaries
  }

  var vocabulary: Vocabulary {
    Vocabulary(
      counts: counts, specials: options.specials, keeping: [Tokenizer.newlineToken(options.tokenization)],
      minimumCount: options.minimumCount ?? (options.tokenization == .word ? 2 : 1), maximumSize: options.maximumVocabulary)
  }
}
