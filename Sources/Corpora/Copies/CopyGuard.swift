/// Keeps a text that is being written from copying more than ``longest`` words in a row. It asks indexes and portable guards piece by
/// piece.
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
  /// After the words that have ended, of each index and portable guard.
  private var cursors: [Cursor]
  private var words = LyricWords()

  /// Creates a guard that asks an index.
  ///
  /// - Throws: `CopyError.invalidSetting` if `longest` is not in ``CopyIndex/lengths``.
  public init(_ index: CopyIndex, longest: Int) throws(CopyError) { try self.init([index], longest: longest) }

  /// Creates a guard that asks several indexes and portable guards.
  ///
  /// - Throws: `CopyError.invalidSetting` if `longest` is not in ``CopyIndex/lengths``, or a portable guard allows longer spans.
  public init(_ indexes: [CopyIndex], portable: [PortableGuard] = [], longest: Int) throws(CopyError) {
    try Self.check(longest)
    if let most = portable.map(\.longest).max(), most > longest {
      throw .invalidSetting(key: "max_copied", found: "\(longest)", expected: "at least \(most), which the portable guard was made for")
    }
    self.longest = longest
    cursors = indexes.map { .exact($0.cursor(longest: longest)) } + portable.map { .portable($0.cursor()) }
  }

  /// Creates a guard that asks a portable guard, whose length it has.
  public init(_ copies: PortableGuard) {
    longest = copies.longest
    cursors = [.portable(copies.cursor())]
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
    words.append(text) { word in
      for place in cursors.indices { cursors[place].append(word) }
    }
  }

  /// Begins a new text, or ends a part that does not count: no span reaches over this place.
  public mutating func reset() {
    words = LyricWords()
    for place in cursors.indices { cursors[place].reset() }
  }

  /// Whether a piece would make a copied span of more than ``longest`` words at the end of the text.
  ///
  /// A word that stands at the end of the text already is not the piece's doing, unless the piece changes it.
  public func isCopied(appending text: String) -> Bool {
    var settled: [[UInt8]] = []
    words.forEachUnfinished { word in settled.append(word.indices.map { word[$0] }) }
    var words = words
    var cursors = cursors
    var isCopied = false
    var count = 0
    func take(_ word: Span<UInt8>) {
      let isSettled =
        count < settled.count && settled[count].count == word.count && word.indices.allSatisfy { settled[count][$0] == word[$0] }
      count += 1
      for place in cursors.indices where !isCopied {
        isCopied = !isSettled && cursors[place].isCopied(word)
        cursors[place].append(word)
      }
    }
    words.append(text, take)
    words.forEachUnfinished(take)
    return isCopied
  }

  /// The words that may not come next, if a space or the like stands before them: indexes list them, and ``isCopied(appending:)`` decides.
  /// A portable guard, which cannot list them, gives none.
  public var copiedNextWords: [String] {
    cursorsAfterUnfinished.flatMap { cursor in
      guard case .exact(let cursor) = cursor else { return [String]() }
      return cursor.copiedNextWords
    }
  }

  /// The tokens that may not come next, of those that are one word of an index.
  ///
  /// - Parameter table: made by this guard or a copy of it.
  public func copiedNextTokens(_ table: WordTokens) -> [TokenID] {
    let tokens = zip(cursorsAfterUnfinished, table.tables).flatMap { cursor, tokens in
      guard case .exact(let cursor) = cursor else { return [TokenID]() }
      return cursor.copiedNextNumbers.flatMap { tokens[Int($0)] ?? [] }
    }
    // Several indexes may name one token.
    return cursors.count > 1 ? Set(tokens).sorted() : tokens
  }

  private var cursorsAfterUnfinished: [Cursor] {
    var cursors = cursors
    words.forEachUnfinished { word in
      for place in cursors.indices { cursors[place].append(word) }
    }
    return cursors
  }

  /// Returns the tokens of a tokenizer that are one word each, for ``copiedNextTokens(_:)``.
  public func wordTokens(of tokenizer: Tokenizer) -> WordTokens {
    WordTokens(
      tables: cursors.map { cursor in
        guard case .exact(let cursor) = cursor else { return [:] }
        return Self.tokens(of: tokenizer, in: cursor.index)
      })
  }

  /// The tokens of a vocabulary of words that are one word each, by the words of an index: in several spellings, such as `The` and `the`.
  /// Other tokenizers have none, since their tokens are parts of words.
  private static func tokens(of tokenizer: Tokenizer, in index: CopyIndex) -> [Int: [TokenID]] {
    guard tokenizer.tokenization == .word || tokenizer.tokenization == .whitespace else { return [:] }
    var tokens: [Int: [TokenID]] = [:]
    for (id, token) in tokenizer.vocabulary.tokens.enumerated() where !tokenizer.isSpecial(TokenID(id)) {
      let words = LyricWords.words(in: token)
      if words.count == 1, let number = index.number(of: words[0]) { tokens[Int(number), default: []].append(TokenID(id)) }
    }
    return tokens
  }

  /// The tokens of a vocabulary that are words of the songs.
  public struct WordTokens: Sendable {
    /// By the numbers of an index's words, for each index and portable guard.
    fileprivate let tables: [[Int: [TokenID]]]
  }
}
