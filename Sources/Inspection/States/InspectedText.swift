package import Corpora
package import Models

/// A text as a model reads it: its tokens, and what each of them adds to the written text.
package struct InspectedText: Sendable {
  /// The tokens, `<song>` before each song and after the last included where the tokenizer has it.
  package let tokens: [TokenID]
  /// What each token adds to the text, in which the pieces of a song are one after the other. It is empty for `<song>` and for a token that
  /// prints nothing by itself. A word that the vocabulary lacks is as it was written.
  package let pieces: [String]
  /// The tokens of each song, and the `<song>` after them.
  package let songs: [Range<Int>]
  /// The songs' titles, as far as they are known.
  package let titles: [String?]
  /// The number of `<song>`; nil if the tokenizer has none.
  package let boundary: TokenID?
  /// What the network reads: the tokens, and the control tokens of a model with conditions.
  let inputs: [TokenID]
  /// The place of each token in `inputs`.
  let places: [Int]

  /// - Parameter encoded: the songs in the numbers of the model's tokenizer.
  package init(_ encoded: EncodedSongs, model: Model) {
    let tokenizer = model.tokenizer
    tokens = encoded.tokens
    songs = encoded.songs.map(\.range)
    titles = encoded.songs.map(\.details.title)
    boundary = tokenizer.songBoundary
    if let conditions = model.conditions {
      let controlled = encoded.controlled(by: conditions, firstControl: TokenID(tokenizer.vocabulary.count))
      inputs = controlled.tokens
      places = controlled.places
    } else {
      inputs = encoded.tokens
      places = Array(encoded.tokens.indices)
    }
    var pieces = [String](repeating: "", count: encoded.tokens.count)
    for song in encoded.songs {
      for (position, piece) in zip(song.range, Self.pieces(of: song.range, in: encoded, tokenizer: tokenizer)) { pieces[position] = piece }
    }
    self.pieces = pieces
  }

  /// What each token of a part of a song adds to the text.
  package static func pieces(of range: Range<Int>, in encoded: EncodedSongs, tokenizer: Tokenizer) -> [String] {
    let unknown = tokenizer.vocabulary.tokens[Int(tokenizer.vocabulary.unknown)]
    var decoder = TokenDecoder(tokenizer)
    return range.map { position in
      let token = encoded.tokens[position]
      if token == tokenizer.songBoundary { return "" }
      let piece = decoder.text(for: token)
      guard let word = encoded.unknownWords[position] else { return piece }
      for mark in [unknown, "\u{FFFD}"] where piece.hasSuffix(mark) { return piece.dropLast(mark.count) + word }
      return piece
    }
  }

  /// Whether a token is part of a song's text, and not the `<song>` beside it.
  package func isText(_ position: Int) -> Bool { tokens[position] != boundary }
}
