internal import Basics

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
  /// The rules that cut texts. Characters and pre-tokenized texts always have the current ones, which are those of all revisions.
  public let rules: LexingRules
  /// The merges of byte-pair encoding; nil for the other ways of cutting.
  public let bytePairs: BytePairs?
  /// The number of `<song>`; nil for pre-tokenized sets, which have none.
  public let songBoundary: TokenID?
  /// The number of the token that ends a line; nil if no text in the corpus had two lines.
  public let newline: TokenID?

  /// The number of `<join>`, which says that no space goes before the next token; nil if the rules or the vocabulary do not have it.
  package let join: TokenID?
  /// The number of `<space>`, which says that a space goes before the next token; nil if the rules or the vocabulary do not have it.
  package let space: TokenID?

  /// A tokenizer with this vocabulary.
  ///
  /// - Precondition: it cuts without byte pairs.
  public init(tokenization: Tokenization, vocabulary: Vocabulary, lowercase: Bool = false, rules: LexingRules = .current) {
    precondition(tokenization != .bpe, "byte pairs need their merges")
    self.init(tokenization, vocabulary, lowercase, rules, nil)
  }

  /// A tokenizer of byte pairs.
  init(bytePairs: BytePairs, vocabulary: Vocabulary, lowercase: Bool, rules: LexingRules) {
    self.init(.bpe, vocabulary, lowercase, rules, bytePairs)
  }

  private init(
    _ tokenization: Tokenization, _ vocabulary: Vocabulary, _ lowercase: Bool, _ rules: LexingRules, _ bytePairs: BytePairs?
  ) {
    self.tokenization = tokenization
    self.rules = rules.applied(to: tokenization)
    self.bytePairs = bytePairs
    self.vocabulary = vocabulary
    self.lowercase = lowercase
    self.songBoundary = tokenization == .whitespace ? nil : vocabulary.id(of: Self.songToken)
    self.newline = vocabulary.id(of: Self.newlineToken(tokenization))
    let keepsSpelling = tokenization == .word && rules.keepsSpelling
    self.join = keepsSpelling ? vocabulary.id(of: TokenSpacing.join) : nil
    self.space = keepsSpelling ? vocabulary.id(of: TokenSpacing.space) : nil
  }

  /// Returns this tokenizer with words put in lower case or not, and with the same vocabulary.
  public func lowercasing(_ lowercase: Bool) -> Tokenizer { Tokenizer(tokenization, vocabulary, lowercase, rules, bytePairs) }

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
    var encoder = TextEncoder(self)
    let unknown = encoder.append(text, to: &tokens)
    return (tokens, unknown)
  }

  /// The tokens of a text that the vocabulary lacks, each once, in the order in which they come.
  public func unknownWords(in text: String) -> [String] {
    var encoder = TextEncoder(self)
    return encoder.unknownWords(in: text)
  }

  /// The number of a token that a lexer cut; nil if the vocabulary lacks it in any spelling.
  @inline(__always)
  func id(of token: Span<UInt8>, _ range: Range<Int>) -> TokenID? {
    vocabulary.id(of: token, range) ?? idOfOtherSpelling(token, range)
  }

  private func idOfOtherSpelling(_ token: Span<UInt8>, _ range: Range<Int>) -> TokenID? {
    guard tokenization == .word, rules.keepsSpelling, Spelling.hasApostrophe(token, range) else { return nil }
    for isCurly in [false, true] {
      let other = Spelling.written(token, range, curly: isCurly)
      if let id = vocabulary.id(of: other.span, 0..<other.count) { return id }
    }
    return nil
  }

  /// Whether a token that a lexer cut says something of the space between others. Without a number it is left out.
  func isSpacing(_ token: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard tokenization == .word, rules.keepsSpelling, token[range.lowerBound] == UInt8(ascii: "<") else { return false }
    return [TokenSpacing.join, TokenSpacing.space].contains(string(token, range))
  }

  /// The text of these tokens, spaced and broken into lines as a reader expects.
  public func decode(_ tokens: some Sequence<TokenID>) -> String {
    var decoder = TokenDecoder(self)
    var text = ""
    for token in tokens { text += decoder.text(for: token) }
    return text + decoder.finish()
  }

  package static func newlineToken(_ tokenization: Tokenization) -> String {
    switch tokenization {
    case .word, .char: "\n"
    case .whitespace: endOfLineToken
    case .bpe: ByteAlphabet.newline
    }
  }
}
