/// A token's number in its vocabulary, counted from 0.
public typealias TokenID = Int32

/// How a text is cut into tokens.
public enum Tokenization: String, Codable, CaseIterable, Sendable {
  /// Words and punctuation, with a token for each line break and one for each `[Chorus]`-like tag.
  case word
  /// A token for each character as a reader sees it (a grapheme cluster), of any script.
  case char
  /// The text as given, cut at white space, each line end being `<eos>`: for sets that others have tokenized.
  case whitespace
  /// Byte pairs: pieces of words that were found frequent, down to single bytes, so that nothing is ever unknown.
  case bpe
}
