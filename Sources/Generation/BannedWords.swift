internal import Corpora
private import Foundation

/// Words that a text may not contain, in whatever case.
struct BannedWords: Sendable {
  private let words: Set<String>
  /// Whether every token is a whole word: otherwise a word is known to be over only when something else follows.
  private let hasWholeWords: Bool
  /// The letters of the word under way.
  private var current = ""

  init(_ words: [String], _ tokenizer: Tokenizer) {
    self.words = Set(words.map(Self.key))
    hasWholeWords = tokenizer.tokenization == .word || tokenizer.tokenization == .whitespace
  }

  var isEmpty: Bool { words.isEmpty }

  /// The tokens that are banned words.
  func tokens(of tokenizer: Tokenizer) -> [TokenID] {
    if words.isEmpty || !hasWholeWords { return [] }
    return tokenizer.vocabulary.tokens.indices.filter { words.contains(Self.key(tokenizer.vocabulary.tokens[$0])) }.map(TokenID.init)
  }

  /// Whether a piece of text would complete a banned word.
  ///
  /// - Parameter isLast: whether the text ends with the piece.
  func rejects(_ piece: String, isLast: Bool) -> Bool {
    if words.isEmpty || hasWholeWords { return false }
    var word = current
    for character in piece {
      if Self.isOfWord(character) {
        word.append(character)
      } else {
        if words.contains(Self.key(word)) { return true }
        word = ""
      }
    }
    return isLast && words.contains(Self.key(word))
  }

  mutating func append(_ piece: String) {
    if words.isEmpty || hasWholeWords { return }
    for character in piece {
      if Self.isOfWord(character) { current.append(character) } else { current = "" }
    }
  }

  private static func isOfWord(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "'" || character == "\u{2019}" || character == "-"
  }

  private static func key(_ word: String) -> String { word.lowercased().replacingOccurrences(of: "\u{2019}", with: "'") }
}
