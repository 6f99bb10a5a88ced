/// Takes the tokens of a text as they are cut.
protocol TokenSink {
  /// A token's bytes, which are gone after the call.
  mutating func add(_ bytes: Span<UInt8>, _ range: Range<Int>)
}

/// Cuts UTF-8 into tokens, line by line.
///
/// Line ends are `\n`. No token but the one for the line end reaches over it, so a text may be cut at line ends and lexed in pieces.
/// Lines of simple scalars (see ``ScalarClasses``) are cut by bytes; others go through `WordLexer`, the readable twin that tests
/// compare with. Tokens are in normal form C, except byte pairs, which keep every byte.
///
/// A lexer keeps tables; use one for many texts, and one a thread.
struct Lexer: Sendable {
  let tokenization: Tokenization
  let lowercase: Bool
  let rules: LexingRules
  var classes: ScalarClasses
  var scratch: [UInt8] = []
  /// The quotations of the line that is being cut.
  var quotations = OpenQuotations()
  /// The spacing of the line that is being cut.
  var spacing: LineSpacing

  private static let newline: [UInt8] = [newlineByte]
  private static let endOfLine = Array(Tokenizer.endOfLineToken.utf8)

  init(_ tokenization: Tokenization, lowercase: Bool, rules: LexingRules) {
    self.tokenization = tokenization
    self.lowercase = lowercase
    self.rules = rules
    classes = ScalarClasses(tellsMarks: rules != .first)
    spacing = LineSpacing(rules)
  }

  /// Cuts a range of valid UTF-8.
  ///
  /// - Parameter endsText: whether nothing follows; a pre-tokenized text's last line then ends without `\n` too.
  mutating func cut(_ text: Span<UInt8>, _ range: Range<Int>, endsText: Bool = true, into sink: inout some TokenSink) {
    var start = range.lowerBound
    while start < range.upperBound {
      let end = firstPlace(of: newlineByte, in: text, from: start, to: range.upperBound)
      let hasNewline = end < range.upperBound
      if start < end { cutLine(text, start..<end, isASCII: !hasNonASCII(text, start..<end), into: &sink) }
      if hasNewline || endsText && tokenization == .whitespace {
        let token = tokenization == .whitespace ? Self.endOfLine : Self.newline
        sink.add(token.span, 0..<token.count)
      }
      start = end + 1
    }
  }

  private mutating func cutLine(_ text: Span<UInt8>, _ line: Range<Int>, isASCII: Bool, into sink: inout some TokenSink) {
    switch tokenization {
    case .word:
      if isASCII || classes.isSimple(text, line) {
        cutWords(text, line, into: &sink)
      } else {
        for token in WordLexer(string(text, line).inNormalFormC, lowercase: lowercase, rules: rules) {
          add(lowercase ? token.inNormalFormC : token, to: &sink)
        }
      }
    case .char:
      if isASCII && !lowercase || !lowercase && classes.isSimple(text, line) {
        var index = line.lowerBound
        while index < line.upperBound {
          let next = scalar(text, at: index).next
          sink.add(text, index..<next)
          index = next
        }
      } else {
        let text = string(text, line)
        for character in (lowercase ? text.inLowerCase : text).inNormalFormC { add(String(character), to: &sink) }
      }
    case .whitespace:
      if isASCII && !lowercase || !lowercase && classes.isSimple(text, line) {
        cutAtSpaces(text, line, into: &sink)
      } else {
        let text = string(text, line)
        let bytes = Array((lowercase ? text.inLowerCase : text).inNormalFormC.utf8)
        cutAtSpaces(bytes.span, 0..<bytes.count, into: &sink)
      }
    case .bpe:
      if lowercase {
        let bytes = Array(string(text, line).inLowerCase.utf8)
        cutPretokens(bytes.span, 0..<bytes.count, into: &sink)
      } else {
        cutPretokens(text, line, into: &sink)
      }
    }
  }

  func add(_ token: String, to sink: inout some TokenSink) {
    let bytes = Array(token.utf8)
    sink.add(bytes.span, 0..<bytes.count)
  }

  private func cutAtSpaces(_ text: Span<UInt8>, _ line: Range<Int>, into sink: inout some TokenSink) {
    var start = line.lowerBound
    var index = start
    while index < line.upperBound {
      let (value, next) = scalar(text, at: index)
      if isSpace(value) {
        if start < index { sink.add(text, start..<index) }
        start = next
      }
      index = next
    }
    if start < index { sink.add(text, start..<index) }
  }

  /// Unicode's White_Space, by number.
  @inline(__always)
  private func isSpace(_ value: UInt32) -> Bool {
    if value < 0x85 { return value == 0x20 || value &- 9 < 5 }
    switch value {
    case 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: return true
    default: return false
    }
  }
}
