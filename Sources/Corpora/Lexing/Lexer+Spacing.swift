/// Where the words of a line stand, for noting white space that is not as usual.
///
/// Most tokens are words after a space and commas after a word. For these, only the place of the last token is kept.
struct LineSpacing {
  /// What a token is to the one after it.
  enum Kind {
    /// A word, number or tag.
    case word
    /// A letter of a script that is written without spaces.
    case unspaced
    /// A mark that stands right after a word, of those that are on one side only.
    case closer
    case other
  }

  fileprivate var tokens: TokenSpacing
  /// What the last token was; nil at the start of a line.
  fileprivate var last: Kind?
  /// The place of the last token, if `tokens` has not taken it yet.
  fileprivate var skipped: Range<Int>?
  var gap = Gap.nothing

  init(_ rules: LexingRules) {
    tokens = TokenSpacing(rules)
  }

  mutating func startLine() {
    gap = .nothing
    if last == nil { return }
    tokens.startLine()
    last = nil
    skipped = nil
  }
}

extension Lexer {
  /// Notes what stands before the token at `place`, if it is not as usual.
  @inline(__always)
  mutating func noteGap(_ text: Span<UInt8>, before place: Range<Int>, _ kind: LineSpacing.Kind, into sink: inout some TokenSink) {
    guard rules.keepsSpelling else { return }
    let isUsual =
      switch (spacing.last, kind) {
      case (nil, .word), (nil, .closer), (nil, .unspaced): true
      case (.word, .word), (.closer, .word): spacing.gap == .space
      case (.word, .closer), (.unspaced, .unspaced): spacing.gap == .nothing
      default: false
      }
    if isUsual {
      spacing.skipped = place
    } else {
      noteUnusualGap(text, before: place, into: &sink)
    }
    spacing.last = kind
    spacing.gap = .nothing
  }

  private mutating func noteUnusualGap(_ text: Span<UInt8>, before place: Range<Int>, into sink: inout some TokenSink) {
    if let skipped = spacing.skipped {
      spacing.tokens.skip(to: string(text, skipped))
      spacing.skipped = nil
    }
    let isFirst = spacing.last == nil
    let isSpaced = spacing.tokens.add(string(text, place))
    if !isFirst, let note = spacing.gap.note(isSpaced: isSpaced) { add(note, to: &sink) }
  }
}
