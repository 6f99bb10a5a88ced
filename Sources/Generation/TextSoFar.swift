internal import Corpora
internal import Kernels
internal import Models

/// The state of a text that is being written: which next tokens it penalizes, and which it forbids. It is a value, so that a text can be
/// forked.
struct TextSoFar: Sendable {
  private var decoder: TokenDecoder
  private var history: TokenHistory
  private var banned: BannedWords
  private var copies: CopyGuard?
  /// The tokens that are words of the songs that may not be copied.
  private let wordTokens: CopyGuard.WordTokens?
  /// Tokens that may never come: banned words, and `<unk>` unless it is allowed.
  let excluded: [TokenID]

  /// - Parameter copies: keeps the text from copying; it has taken what comes before the text.
  init(_ tokenizer: Tokenizer, _ sampling: Sampling, copies: CopyGuard?) {
    decoder = TokenDecoder(tokenizer)
    history = TokenHistory(sampling, exempt: [tokenizer.newline, tokenizer.songBoundary].compactMap { $0 })
    banned = BannedWords(sampling.bannedWords, tokenizer)
    self.copies = copies
    wordTokens = copies?.wordTokens(of: tokenizer)
    excluded = (sampling.allowsUnknown ? [] : [tokenizer.vocabulary.unknown]) + banned.tokens(of: tokenizer)
  }

  /// The text that a token would add.
  func piece(_ token: TokenID) -> String {
    var decoder = decoder
    return decoder.text(for: token)
  }

  /// Whether a piece would complete a banned word or phrase, or a copied span.
  ///
  /// - Parameter isLast: whether the text ends with the piece.
  func forbids(_ piece: String, isLast: Bool) -> Bool {
    banned.rejects(piece, isLast: isLast) || copies?.isCopied(appending: piece) == true
  }

  /// Tokens that would complete a copied span, as far as they can be listed; ``forbids(_:isLast:)`` knows them all.
  var copiedTokens: [TokenID] {
    guard let copies, let wordTokens else { return [] }
    return copies.copiedNextTokens(wordTokens)
  }

  /// Whether a piece of text can be forbidden at all.
  var hasRules: Bool { copies != nil || banned.hasPhrases }

  /// Changes the logits of the next token, [1, V], by its penalties.
  func adjust(_ logits: Matrix) { history.apply(to: logits) }

  /// Appends a token, and returns the text that it adds.
  @discardableResult
  mutating func append(_ token: TokenID) -> String {
    let piece = appendRead(token)
    copies?.append(piece)
    return piece
  }

  /// Appends a token of the prompt, which the copy guard has read already as it was given.
  @discardableResult
  mutating func appendRead(_ token: TokenID) -> String {
    let piece = decoder.text(for: token)
    history.append(token)
    banned.append(piece)
    return piece
  }
}
