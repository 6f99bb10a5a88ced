extension EncodedSongs {
  /// Creates the songs of one part of a prepared store, encoded in a tokenizer's numbers.
  ///
  /// The store may have another vocabulary: its tokens are matched by their texts, and those that the tokenizer lacks become `<unk>`. Byte
  /// pairs must be the same, since other pairs give other tokens.
  ///
  /// - Parameters:
  ///   - corpus: the store, opened.
  ///   - path: the store's path, for the labels of songs and errors.
  /// - Throws: `CorpusError.storeTokenizedOtherwise`, `.emptyPart`, or another one if the store cannot be read.
  /// - Complexity: O(n) in the number of tokens, all of which are held in memory.
  public init(
    of part: Corpus.Part, in corpus: Corpus, path: String, tokenizer: Tokenizer
  ) throws(CorpusError) {
    let numbers = try Self.numbers(of: corpus.tokenizer, in: tokenizer, path: path)
    guard let stored = corpus.tokens(of: part), stored.count > 0 else { throw .emptyPart(path: path, part: part.rawValue) }
    self.init()
    repeat { tokens = try stored.read() } while try !stored.isUntouched()
    let vocabulary = corpus.tokenizer.vocabulary, unknown = tokenizer.vocabulary.unknown
    func number(_ token: TokenID) -> TokenID? { if let numbers { numbers[Int(token)] } else { token } }
    var count = 0
    for index in tokens.indices {
      let token = tokens[index]
      guard let number = number(token) else { continue }
      tokens[count] = number
      if number == unknown { unknownWords[count] = vocabulary.tokens[Int(token)] }
      count += 1
    }
    tokens.removeLast(tokens.count - count)
    if tokens.isEmpty { throw .emptyPart(path: path, part: part.rawValue) }
    var details: [SongDetails] = []
    try corpus.forEachDetails(of: part) { details.append($0) }
    cut(at: tokenizer.songBoundary, source: path, details: details)
  }

  /// Finds the songs between the boundaries. A part that begins inside a song has no boundary before its first song.
  private mutating func cut(at boundary: TokenID?, source: String, details: [SongDetails]) {
    var start = 0
    // Songs of which no token is known have details too.
    var number = 0
    func place(upTo end: Int, _ songs: inout [Place]) {
      let first = start + (tokens[start] == boundary ? 1 : 0)
      let details = number < details.count ? details[number] : SongDetails()
      number += 1
      if end > first {
        songs.append(Place(source: source, line: songs.count + 1, range: first..<end, passage: start..<end, details: details))
      }
    }
    if let boundary {
      for index in tokens.indices.dropFirst() where tokens[index] == boundary {
        place(upTo: index + 1, &songs)
        start = index
      }
    }
    // What follows the last boundary is a song, unless the boundary is the last token.
    if start < tokens.count - 1 || songs.isEmpty { place(upTo: tokens.count, &songs) }
  }

  /// Returns the tokenizer's number of each token of a store, nil for one that is left out; nil if both have the same numbers.
  private static func numbers(of stored: Tokenizer, in tokenizer: Tokenizer, path: String) throws(CorpusError) -> [TokenID?]? {
    if stored == tokenizer { return nil }
    func text(_ tokenizer: Tokenizer) -> String {
      "\(tokenizer.tokenization.rawValue) tokens\(tokenizer.lowercase ? " in lower case" : "")"
    }
    guard stored.tokenization == tokenizer.tokenization, stored.lowercase == tokenizer.lowercase else {
      throw .storeTokenizedOtherwise(path: path, found: text(stored), expected: text(tokenizer))
    }
    guard stored.rules == tokenizer.rules else {
      throw .storeTokenizedOtherwise(
        path: path, found: "\(text(stored)), cut by the rules of revision \(stored.rules.rawValue)",
        expected: "those of revision \(tokenizer.rules.rawValue)")
    }
    if tokenizer.tokenization == .bpe {
      throw .storeTokenizedOtherwise(path: path, found: "tokens of other byte pairs", expected: "those of the tokenizer")
    }
    return stored.vocabulary.tokens.map { token in
      let bytes = Array(token.inNormalFormC.utf8)
      if let id = tokenizer.id(of: bytes.span, 0..<bytes.count) { return id }
      return tokenizer.isSpacing(bytes.span, 0..<bytes.count) ? nil : tokenizer.vocabulary.unknown
    }
  }

  /// Returns the first copy of each song, without the songs in `excluded`.
  ///
  /// Songs are compared by their tokens; ``Swift/Array/distinct(excluding:)`` compares texts.
  public func distinct(excluding excluded: EncodedSongs, tokenizer: Tokenizer) -> EncodedSongs {
    var seen = Set(excluded.songs.map { Array(excluded.tokens[$0.range]) })
    var result = EncodedSongs()
    for song in songs where seen.insert(Array(tokens[song.range])).inserted {
      let shift = result.tokens.count - song.passage.lowerBound
      // Neighbouring songs share a boundary: the end of one is the beginning of the next.
      let end = song.range.upperBound - (tokenizer.songBoundary == nil || song.range.upperBound == tokens.count ? 0 : 1)
      result.tokens += tokens[song.passage.lowerBound..<end]
      result.songs.append(
        Place(
          source: song.source, line: song.line, range: song.range.lowerBound + shift..<song.range.upperBound + shift,
          passage: song.passage.lowerBound + shift..<song.passage.upperBound + shift, details: song.details))
      for index in song.passage.lowerBound..<end { if let word = unknownWords[index] { result.unknownWords[index + shift] = word } }
    }
    if let boundary = tokenizer.songBoundary, let last = result.songs.last, last.range.upperBound > result.tokens.count {
      result.tokens.append(boundary)
    }
    return result
  }
}
