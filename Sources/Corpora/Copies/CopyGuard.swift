/// Keeps a text that is being written from copying more than so many words in a row: an index or a portable guard, asked piece by piece.
///
/// ```swift
/// var copies = try CopyGuard(index, longest: 6)
/// if !copies.isCopied(appending: piece) { copies.append(piece) }
/// ```
/// Pieces are what a `TokenDecoder` gives for each token, whatever the tokens are: words, byte pairs or characters. A word at the end of
/// the text counts as it stands, though a further piece may still change it. So the text may end anywhere, and no span in it is too long.
///
/// It is a value: a copy goes on by itself, so that a text can be forked.
public struct CopyGuard: Sendable {
  private enum Cursor: Sendable {
    case exact(CopyIndex.Cursor)
    case portable(PortableGuard.Cursor)

    mutating func append(_ word: Span<UInt8>) {
      switch self {
      case .exact(var cursor):
        cursor.append(cursor.index.number(of: word))
        self = .exact(cursor)
      case .portable(var cursor):
        cursor.append(word)
        self = .portable(cursor)
      }
    }

    mutating func reset() {
      switch self {
      case .exact(let cursor): self = .exact(cursor.index.cursor(longest: cursor.longest))
      case .portable(let cursor): self = .portable(cursor.copies.cursor())
      }
    }

    func isCopied(_ next: Span<UInt8>) -> Bool {
      switch self {
      // Most often the last words are in no song.
      case .exact(let cursor):
        cursor.matchedCount == cursor.longest && cursor.index.number(of: next).map { cursor.isCopied($0) } ?? false
      case .portable(let cursor): cursor.isCopied(next)
      }
    }
  }

  /// The longest copied span that is allowed, in words.
  public let longest: Int
  /// After the words that have ended.
  private var cursor: Cursor
  private var words = LyricWords()

  /// Creates a guard that asks an index.
  ///
  /// - Throws: `CopyError.invalidSetting` if `longest` is not in ``CopyIndex/lengths``.
  public init(_ index: CopyIndex, longest: Int) throws(CopyError) {
    try Self.check(longest)
    self.longest = longest
    cursor = .exact(index.cursor(longest: longest))
  }

  /// Creates a guard that asks a portable guard, whose length it has.
  public init(_ copies: PortableGuard) {
    longest = copies.longest
    cursor = .portable(copies.cursor())
  }

  /// Checks a longest span.
  ///
  /// - Throws: `CopyError.invalidSetting`.
  package static func check(_ longest: Int, key: String = "max_copied") throws(CopyError) {
    guard CopyIndex.lengths.contains(longest) else {
      let expected = "from \(CopyIndex.lengths.lowerBound) to \(CopyIndex.lengths.upperBound)"
      throw .invalidSetting(key: key, found: "\(longest)", expected: expected)
    }
  }

  /// Takes the next piece of the text.
  public mutating func append(_ text: String) {
    words.append(text) { cursor.append($0) }
  }

  /// Begins a new text, or ends a part that does not count: no span reaches over this place.
  public mutating func reset() {
    words = LyricWords()
    cursor.reset()
  }

  /// Whether the text would have a copied span of more than ``longest`` words with this piece at its end.
  public func isCopied(appending text: String) -> Bool {
    var words = words
    var cursor = cursor
    var isCopied = false
    func take(_ word: Span<UInt8>) {
      if isCopied { return }
      isCopied = cursor.isCopied(word)
      cursor.append(word)
    }
    words.append(text, take)
    words.forEachUnfinished(take)
    return isCopied
  }

  /// The words that may not come next, if a space or the like stands before them: an exact guard lists them, and ``isCopied(appending:)``
  /// decides. A portable guard, which cannot list them, gives none.
  public var copiedNextWords: [String] {
    guard case .exact(let cursor) = afterUnfinished else { return [] }
    return cursor.copiedNextWords
  }

  /// The tokens that may not come next, of those that are one word of an index.
  ///
  /// - Parameter table: made of the same index.
  public func copiedNextTokens(_ table: WordTokens) -> [TokenID] {
    guard case .exact(let cursor) = afterUnfinished else { return [] }
    return cursor.copiedNextNumbers.flatMap { table.tokens[Int($0)] ?? [] }
  }

  private var afterUnfinished: Cursor {
    var cursor = cursor
    words.forEachUnfinished { cursor.append($0) }
    return cursor
  }

  /// The tokens of a vocabulary that are one word each, by the words of an index: in several spellings, such as `The` and `the`.
  public struct WordTokens: Sendable {
    fileprivate let tokens: [Int: [TokenID]]

    /// Creates the table for a tokenizer of words; for other tokenizers it is empty, since their tokens are parts of words.
    public init(_ tokenizer: Tokenizer, _ index: CopyIndex) {
      var tokens: [Int: [TokenID]] = [:]
      if tokenizer.tokenization == .word || tokenizer.tokenization == .whitespace {
        for (id, token) in tokenizer.vocabulary.tokens.enumerated() where !tokenizer.isSpecial(TokenID(id)) {
          let words = LyricWords.words(in: token)
          if words.count == 1, let number = index.number(of: words[0]) { tokens[Int(number), default: []].append(TokenID(id)) }
        }
      }
      self.tokens = tokens
    }
  }
}
