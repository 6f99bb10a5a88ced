/// Where white space goes between the tokens of a line, by the habits of writers.
///
/// It is a function of the tokens alone. `TokenDecoder` prints by it, and by the third rules the lexers note with ``join`` and ``space``
/// where a text has it otherwise.
struct TokenSpacing {
  /// The token that means: no space here, although writers usually set one.
  static let join = "<join>"
  /// The token that means: a space here, although writers usually set none.
  static let space = "<space>"

  private let rules: LexingRules
  /// The last token of this line; nil at its start.
  private(set) var previous: String?
  /// Whether nothing goes between the token before and the next one.
  private var isAfterOpener = false
  private var isInDoubleQuotes = false
  /// By the first rules: whether `'` was opened.
  private var isInSingleQuotes = false
  private var quotations = OpenQuotations()
  /// Whether a low double mark was opened, as in German: the opening mark of English closes it.
  private var isInLowQuotes = false

  init(_ rules: LexingRules) {
    self.rules = rules
  }

  mutating func startLine() { self = TokenSpacing(rules) }

  /// Takes words and closing marks that have come, which change nothing but what the next token follows.
  ///
  /// - Parameter token: the last of them.
  mutating func skip(to token: String) {
    previous = token
    isAfterOpener = false
  }

  /// Takes the next token of the line and returns whether a space goes before it.
  mutating func add(_ token: String) -> Bool {
    let side = rules == .first ? side(of: token) : sideOfMark(token) ?? side(of: token)
    defer {
      isAfterOpener = side == .opener
      previous = token
    }
    guard let previous else { return false }
    let isJoined = isAfterOpener || side == .closer || isSetWithoutSpaces(previous) && isSetWithoutSpaces(token)
    return !isJoined || wouldMerge(previous, token)
  }

  private enum Side {
    case opener, closer, neither
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
      if rules != .first, isApostrophe(first), !isAfterOpener { return true }
      return Apostrophes.follow(Apostrophes.straightened(first.lowercased()))
    }
    if isApostrophe(first) {
      let word = Apostrophes.straightened(second.lowercased())
      return Apostrophes.precede(rules != .first && word.hasSuffix("'") ? String(word.dropLast()) : word, rules: rules)
    }
    return false
  }

  private func isApostrophe(_ token: String) -> Bool {
    token == "'" || token == "\u{2019}"
  }
}

/// What stands between two tokens of a line in a text.
enum Gap {
  case nothing
  case space
  /// Characters that cannot be seen. Without them the two might be one token, so nothing is noted.
  case ignored

  /// The token that notes the gap; nil if it is as usual.
  ///
  /// - Parameter isSpaced: whether a space usually goes there.
  func note(isSpaced: Bool) -> String? {
    switch self {
    case .nothing: isSpaced ? TokenSpacing.join : nil
    case .space: isSpaced ? nil : TokenSpacing.space
    case .ignored: nil
    }
  }
}
