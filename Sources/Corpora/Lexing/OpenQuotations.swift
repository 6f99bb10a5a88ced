/// Which quotations in single marks are open at a place of a line.
///
/// It is a function of the line's tokens up to there. The lexers and `TokenDecoder` keep the same state, so that the text of tokens is cut
/// into the same tokens again.
struct OpenQuotations {
  /// A single quotation mark. The first two are apostrophes too.
  enum Mark: UInt32 {
    case straight = 0x27
    case curly = 0x2019
    case opening = 0x2018
    case low = 0x201A

    /// The mark that a token is; nil for any other token.
    init?(_ token: String) {
      let scalars = token.unicodeScalars
      guard let first = scalars.first, scalars.index(after: scalars.startIndex) == scalars.endIndex else { return nil }
      self.init(rawValue: first.value)
    }
  }

  /// Which end of a quotation a mark is at.
  enum Side {
    case opener, closer
  }

  private var isStraightOpen = false
  /// How many quotations are open that began with a typographic mark.
  private var depth = 0
  /// Whether the last of them began with a low mark, as in German: the opening mark of English then closes it.
  private var isLowOpen = false

  /// Returns whether an apostrophe right after a word belongs to it.
  ///
  /// By the second rules, words are written with the straight apostrophe. A curly one therefore does not belong to a word inside a
  /// quotation that a straight one would close. The third rules keep this.
  ///
  /// - Parameter isDoubled: whether the same mark follows and is a token of its own; then that one is the quotation mark.
  func belongsToWord(_ apostrophe: Mark, isDoubled: Bool) -> Bool {
    switch apostrophe {
    case .straight: isStraightOpen == isDoubled
    case .curly: !isStraightOpen && (depth > 0) == isDoubled
    case .opening, .low: false
    }
  }

  /// Returns whether an apostrophe right before a word belongs to it, since it neither opens nor closes a quotation.
  func beginsWord(_ apostrophe: Mark?) -> Bool { apostrophe == .straight && isStraightOpen }

  /// Takes a mark that is a token of its own.
  ///
  /// - Parameter previous: the last scalar of the token before it; nil at the start of a line.
  mutating func add(_ mark: Mark, after previous: Unicode.Scalar?) -> Side {
    switch mark {
    case .straight:
      isStraightOpen.toggle()
      return isStraightOpen ? .opener : .closer
    case .curly:
      if depth > 0 {
        close()
        return .closer
      }
      // It may close what an earlier line opened.
      if isStraightOpen || previous.map(Self.endsSentence) ?? false { return .closer }
      depth = 1
      return .opener
    case .opening:
      if isLowOpen {
        close()
        return .closer
      }
      depth += 1
      return .opener
    case .low:
      depth += 1
      isLowOpen = true
      return .opener
    }
  }

  private mutating func close() {
    depth -= 1
    isLowOpen = false
  }

  /// Whether a closing mark is likely to follow.
  private static func endsSentence(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case ".", "!", "?", ",", ";", ":", ")", "]", "}", "\u{2014}", "\u{201D}", "\u{2026}", "\u{BB}": true
    default: false
    }
  }
}
