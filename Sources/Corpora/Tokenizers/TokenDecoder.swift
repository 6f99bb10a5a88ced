/// Turns tokens into text as they come, one piece a token, for printing while a model generates.
///
/// ```swift
/// var decoder = TokenDecoder(tokenizer)
/// for token in tokens { print(decoder.text(for: token), terminator: "") }
/// ```
///
/// At word level it puts spaces where a writer would, or as `<join>` and `<space>` say. If the vocabulary has all tokens of a text, and
/// each word in the spelling of the text, it prints that text, except for runs of white space and characters that cannot be seen. Encoding
/// what it prints then gives the same tokens again.
public struct TokenDecoder: Sendable {
  private let tokenizer: Tokenizer
  private var spacing: TokenSpacing
  /// Whether a space goes before the next token of the line, if `<join>` or `<space>` said so.
  private var isSpaced: Bool?
  private var hasPrinted = false
  private var isBetweenSongs = false
  /// Bytes of a character whose end has not come yet.
  private var pending: [UInt8] = []

  /// A decoder at the start of a text.
  public init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    spacing = TokenSpacing(tokenizer.rules)
  }

  /// What to print for the token, with the space before it if there is one.
  ///
  /// `<song>` gives nothing itself; between two songs there are two blank lines.
  ///
  /// - Precondition: `id` is in the vocabulary.
  public mutating func text(for id: TokenID) -> String {
    precondition(id >= 0 && id < tokenizer.vocabulary.count, "token \(id) is not in a vocabulary of \(tokenizer.vocabulary.count)")
    if id == tokenizer.songBoundary {
      isBetweenSongs = hasPrinted
      startLine()
      return finish()
    }
    if id == tokenizer.join || id == tokenizer.space {
      isSpaced = id == tokenizer.space
      return ""
    }
    let divider = isBetweenSongs ? "\n\n\n" : ""
    isBetweenSongs = false
    hasPrinted = true
    if id == tokenizer.newline {
      startLine()
      return finish() + divider + "\n"
    }
    let token = tokenizer.vocabulary.tokens[Int(id)]
    switch tokenizer.tokenization {
    case .char:
      return divider + (id == tokenizer.vocabulary.unknown ? "\u{FFFD}" : token)
    case .whitespace:
      defer { spacing.skip(to: token) }
      return divider + (spacing.previous == nil ? token : " " + token)
    case .word:
      let isFirst = spacing.previous == nil
      let isUsuallySpaced = spacing.add(token)
      defer { isSpaced = nil }
      return divider + (!isFirst && isSpaced ?? isUsuallySpaced ? " " : "") + token
    case .bpe:
      guard let bytes = ByteAlphabet.bytes(of: token), id != tokenizer.vocabulary.unknown else { return finish() + divider + token }
      let rest = divider.isEmpty ? "" : finish()
      pending += bytes
      return rest + divider + takeWholeCharacters()
    }
  }

  /// What is left at the end of the tokens: bytes of a character that never came to its end are shown as `U+FFFD`.
  public mutating func finish() -> String {
    defer { pending = [] }
    return pending.isEmpty ? "" : String(decoding: pending, as: UTF8.self)
  }

  /// The pending bytes up to the last whole character.
  private mutating func takeWholeCharacters() -> String {
    var end = pending.count
    // A character has four bytes at most; its first byte tells how many.
    for index in pending.indices.suffix(4).reversed() where pending[index] & 0xC0 != 0x80 {
      let length = pending[index] < 0xC0 ? 1 : pending[index] < 0xE0 ? 2 : pending[index] < 0xF0 ? 3 : 4
      if index + length > pending.count { end = index }
      break
    }
    defer { pending.removeFirst(end) }
    return String(decoding: pending[..<end], as: UTF8.self)
  }

  private mutating func startLine() {
    spacing.startLine()
    isSpaced = nil
  }
}
