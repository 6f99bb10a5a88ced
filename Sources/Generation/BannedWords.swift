internal import Corpora
private import Foundation

/// Words and phrases that a text may not contain, in whatever case.
///
/// A word is banned as a whole word: "he" leaves "she" alone. Anything else, such as a phrase, a mark or a tag, is banned wherever it
/// stands.
struct BannedWords: Sendable {
  private let words: Set<String>
  /// In lower case.
  private let phrases: [String]
  /// Whether every token is a whole word: otherwise a word is known to be over only when something else follows.
  private let hasWholeWords: Bool
  /// The letters of the word under way.
  private var current = ""
  /// The end of the text, as long as a phrase may be.
  private var tail = ""

  init(_ banned: [String], _ tokenizer: Tokenizer) {
    words = Set(banned.filter { $0.allSatisfy(Self.isOfWord) }.map(Self.key))
    phrases = banned.filter { !$0.allSatisfy(Self.isOfWord) }.map(Self.key)
    hasWholeWords = tokenizer.tokenization == .word || tokenizer.tokenization == .whitespace
  }

  /// Whether a text may be forbidden that is more than one token of words.
  var hasPhrases: Bool { !phrases.isEmpty }

  /// The tokens that are banned words.
  func tokens(of tokenizer: Tokenizer) -> [TokenID] {
    if words.isEmpty || !hasWholeWords { return [] }
    return tokenizer.vocabulary.tokens.indices.filter { words.contains(Self.key(tokenizer.vocabulary.tokens[$0])) }.map(TokenID.init)
  }

  /// Whether a piece of text would complete a banned word or phrase.
  ///
  /// - Parameter isLast: whether the text ends with the piece.
  func rejects(_ piece: String, isLast: Bool) -> Bool {
    if !phrases.isEmpty {
      let text = tail + Self.key(piece)
      if phrases.contains(where: { text.contains($0) }) { return true }
    }
    if words.isEmpty || hasWholeWords { return false }
    var word = current
    for character in piece {
      if Self.isOfWord(character) {
        word.append(character)
      } else {
        if isBanned(word) { return true }
        word = ""
      }
    }
    return isLast && isBanned(word)
  }

  mutating func append(_ piece: String) {
    if let longest = phrases.map(\.count).max() { tail = String((tail + Self.key(piece)).suffix(longest - 1)) }
    if words.isEmpty || hasWholeWords { return }
    for character in piece {
      if Self.isOfWord(character) { current.append(character) } else { current = "" }
    }
  }

  /// Whether a word is banned, without the quotation marks around it.
  private func isBanned(_ word: String) -> Bool {
    let key = Self.key(word)
    return words.contains(key) || words.contains(key.trimmingCharacters(in: CharacterSet(charactersIn: "'-")))
  }

  private static func isOfWord(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "'" || character == "\u{2019}" || character == "-"
  }

  private static func key(_ word: String) -> String { word.lowercased().replacingOccurrences(of: "\u{2019}", with: "'") }
}
