/// Turns tokens into text as they come, one piece a token, for printing while a model generates.
///
/// ```swift
/// var decoder = TokenDecoder(tokenizer)
/// for token in tokens { print(decoder.text(for: token), terminator: "") }
/// ```
///
/// At word level it puts spaces where a writer would, and never joins two tokens that the lexer would read as one: encoding
/// what it prints for the tokens of a text gives the same tokens again, if the vocabulary has the apostrophe.
public struct TokenDecoder: Sendable {
  private let tokenizer: Tokenizer
  /// What was printed last on this line; nil at its start.
  private var previous: String?
  /// Whether nothing goes between the token before and the next one.
  private var isAfterOpener = false
  private var isInDoubleQuotes = false
  /// By the first rules: whether `'` was opened.
  private var isInSingleQuotes = false
  private var quotations = OpenQuotations()
  /// Whether a low double mark was opened, as in German: the opening mark of English closes it.
  private var isInLowQuotes = false
  private var hasPrinted = false
  private var isBetweenSongs = false
  /// Bytes of a character whose end has not come yet.
  private var pending: [UInt8] = []

  /// A decoder at the start of a text.
  public init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
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
      defer { previous = token }
      return divider + (previous == nil ? token : " " + token)
    case .word:
      let spaced = spacing(before: token) + token
      previous = token
      return divider + spaced
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
    previous = nil
    isAfterOpener = false
    isInDoubleQuotes = false
    isInSingleQuotes = false
    isInLowQuotes = false
    quotations = OpenQuotations()
  }

  private enum Side {
    case opener, closer, neither
  }

  /// The space before a token, and the state after it.
  private mutating func spacing(before token: String) -> String {
    let side = tokenizer.rules == .first ? side(of: token) : sideOfMark(token) ?? side(of: token)
    defer { isAfterOpener = side == .opener }
    guard let previous else { return "" }
    let isJoined = isAfterOpener || side == .closer || isSetWithoutSpaces(previous) && isSetWithoutSpaces(token)
    return isJoined && !wouldMerge(previous, token) ? "" : " "
  }

  /// The side of a quotation mark that can be on both; nil for other tokens.
  private mutating func sideOfMark(_ token: String) -> Side? {
    switch token {
    case "\u{201E}":
      isInLowQuotes = true
      return .opener
    case "\u{201C}" where isInLowQuotes:
      isInLowQuotes = false
      return .closer
    default:
      guard let mark = OpenQuotations.Mark(token) else { return nil }
      return quotations.add(mark, after: previous?.unicodeScalars.last) == .opener ? .opener : .closer
    }
  }

  private mutating func side(of token: String) -> Side {
    switch token {
    case "\"":
      isInDoubleQuotes.toggle()
      return isInDoubleQuotes ? .opener : .closer
    case "'":
      isInSingleQuotes.toggle()
      return isInSingleQuotes ? .opener : .closer
    case "(", "{", "\u{201C}", "\u{2018}", "\u{201E}", "\u{AB}", "\u{BF}", "\u{A1}", "$", "\u{20AC}", "\u{A3}", "#":
      return .opener
    case ",", ";", ":", ")", "]", "}", "\u{201D}", "\u{2019}", "\u{BB}", "\u{2026}", "%":
      return .closer
    default:
      return token.first.map { ".!?".contains($0) } ?? false ? .closer : .neither
    }
  }

  /// Whether the lexer would not find these two again if nothing stood between them.
  private func wouldMerge(_ first: String, _ second: String) -> Bool {
    // A lone bracket, followed by no space, might begin a tag.
    if first == "[" { return true }
    // A run of the same mark is one token.
    if let mark = second.first, ".!?-_*=~#".contains(mark), first.last == mark { return true }
    // A quotation mark at a word's edge might become its apostrophe.
    if isApostrophe(second) {
      // Of two in a row after a word, the first would be the word's.
      if tokenizer.rules != .first, isApostrophe(first), !isAfterOpener { return true }
      return Apostrophes.follow(first.lowercased())
    }
    if isApostrophe(first) {
      let word = second.lowercased()
      return Apostrophes.precede(
        tokenizer.rules != .first && word.hasSuffix("'") ? String(word.dropLast()) : word, rules: tokenizer.rules)
    }
    return false
  }

  private func isApostrophe(_ token: String) -> Bool {
    token == "'" || token == "\u{2019}"
  }
}
