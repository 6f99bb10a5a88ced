/// Turns texts into token numbers and back.
///
/// It is a value: the way of cutting and the vocabulary, nothing more. `Corpus` makes one from songs; a model directory
/// holds one as `tokenizer.json`.
public struct Tokenizer: Sendable, Hashable {
  /// The token that stands before each song and after the last.
  public static let songToken = "<song>"
  /// The token for a line end in pre-tokenized sets.
  public static let endOfLineToken = "<eos>"

  /// How texts are cut.
  public let tokenization: Tokenization
  /// The tokens that are known.
  public let vocabulary: Vocabulary
  /// Whether words are put in lower case; tags such as `[Chorus]` keep theirs.
  public let lowercase: Bool
  /// The number of `<song>`; nil for pre-tokenized sets, which have none.
  public let songBoundary: TokenID?
  /// The number of the token that ends a line; nil if no text in the corpus had two lines.
  public let newline: TokenID?

  /// A tokenizer with this vocabulary.
  public init(tokenization: Tokenization, vocabulary: Vocabulary, lowercase: Bool = false) {
    self.tokenization = tokenization
    self.vocabulary = vocabulary
    self.lowercase = lowercase
    self.songBoundary = tokenization == .whitespace ? nil : vocabulary.id(of: Self.songToken)
    self.newline = vocabulary.id(of: Self.newlineToken(tokenization))
  }

  /// Whether the token is no part of a text: `<unk>` or `<song>`.
  public func isSpecial(_ id: TokenID) -> Bool {
    id == vocabulary.unknown || id == songBoundary
  }

  /// The numbers of a text's tokens, `<unk>` for those that the vocabulary lacks.
  public func encode(_ text: String) -> [TokenID] {
    encodeCountingUnknown(text).tokens
  }

  /// The numbers of a text's tokens, and how many of the tokens the vocabulary lacks. `<unk>` written in the text is not counted.
  public func encodeCountingUnknown(_ text: String) -> (tokens: [TokenID], unknown: Int) {
    var tokens: [TokenID] = []
    let unknown = append(text, to: &tokens)
    return (tokens, unknown)
  }

  /// The tokens of a text that the vocabulary lacks, each once, in the order in which they come.
  public func unknownWords(in text: String) -> [String] {
    var seen: Set<String> = []
    var words: [String] = []
    forEachToken(in: text) { token in
      if vocabulary.id(of: token) == nil, seen.insert(token).inserted { words.append(token) }
    }
    return words
  }

  /// The text of these tokens, spaced and broken into lines as a reader expects.
  public func decode(_ tokens: some Sequence<TokenID>) -> String {
    var decoder = TokenDecoder(self)
    var text = ""
    for token in tokens { text += decoder.text(for: token) }
    return text
  }

  /// Appends a text's tokens and returns how many were unknown.
  func append(_ text: String, to tokens: inout [TokenID]) -> Int {
    var unknown = 0
    forEachToken(in: text) { token in
      if let id = vocabulary.id(of: token) {
        tokens.append(id)
      } else {
        tokens.append(vocabulary.unknown)
        unknown += 1
      }
    }
    return unknown
  }

  private func forEachToken(in text: String, _ body: (String) -> Void) {
    Self.forEachToken(in: text, tokenization, lowercase: lowercase, body)
  }

  /// Cuts a text, before any vocabulary is known.
  static func forEachToken(in text: String, _ tokenization: Tokenization, lowercase: Bool, _ body: (String) -> Void) {
    switch tokenization {
    case .word:
      for token in WordLexer(text, lowercase: lowercase) { body(token) }
    case .char:
      for character in lowercase ? text.lowercased() : text { body(character.isCarriageReturn ? "\n" : String(character)) }
    case .whitespace:
      for token in WhitespaceLexer(lowercase ? text.lowercased() : text) { body(token) }
    }
  }

  static func newlineToken(_ tokenization: Tokenization) -> String {
    tokenization == .whitespace ? endOfLineToken : "\n"
  }
}

extension Character {
  fileprivate var isCarriageReturn: Bool { self == "\r" || self == "\r\n" }
}
