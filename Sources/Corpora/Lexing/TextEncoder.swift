/// Turns many texts into token numbers, with a lexer that is kept.
struct TextEncoder: Sendable {
  let tokenizer: Tokenizer
  private var lexer: Lexer

  init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    lexer = Lexer(tokenizer.tokenization, lowercase: tokenizer.lowercase, rules: tokenizer.rules)
  }

  /// Appends a text's tokens and returns how many the vocabulary lacks.
  mutating func append(_ text: String, to tokens: inout [TokenID]) -> Int {
    let bytes = Self.bytes(of: text)
    var sink = EncodingSink(tokenizer: tokenizer, tokens: tokens)
    tokens = []
    lexer.cut(bytes.span, 0..<bytes.count, into: &sink)
    tokens = sink.tokens
    return sink.unknown
  }

  /// Appends a text's tokens and returns the words that the vocabulary lacks, with their places in `tokens`.
  mutating func appendNotingUnknown(_ text: String, to tokens: inout [TokenID]) -> [(position: Int, word: String)] {
    let bytes = Self.bytes(of: text)
    var sink = NotingSink(sink: EncodingSink(tokenizer: tokenizer, tokens: tokens))
    tokens = []
    lexer.cut(bytes.span, 0..<bytes.count, into: &sink)
    tokens = sink.sink.tokens
    return sink.words
  }

  /// The tokens of a text that the vocabulary lacks, each once, in order.
  mutating func unknownWords(in text: String) -> [String] {
    if tokenizer.bytePairs != nil { return [] }
    let bytes = Self.bytes(of: text)
    var sink = UnknownSink(tokenizer: tokenizer)
    lexer.cut(bytes.span, 0..<bytes.count, into: &sink)
    return sink.words
  }

  /// UTF-8 with line ends of one kind.
  private static func bytes(of text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    guard bytes.contains(carriageReturn) else { return bytes }
    var result: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if byte != carriageReturn {
        result.append(byte)
      } else if index + 1 == bytes.count || bytes[index + 1] != newlineByte {
        result.append(newlineByte)
      }
    }
    return result
  }
}

private struct EncodingSink: TokenSink {
  let tokenizer: Tokenizer
  var tokens: [TokenID]
  var unknown = 0

  mutating func add(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    if let pairs = tokenizer.bytePairs {
      pairs.encode(bytes, range, into: &tokens)
    } else if let id = tokenizer.id(of: bytes, range) {
      tokens.append(id)
    } else if !tokenizer.isSpacing(bytes, range) {
      tokens.append(tokenizer.vocabulary.unknown)
      unknown += 1
    }
  }
}

/// Encodes, and keeps what becomes `<unk>`.
private struct NotingSink: TokenSink {
  var sink: EncodingSink
  var words: [(position: Int, word: String)] = []

  mutating func add(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    let unknown = sink.unknown
    sink.add(bytes, range)
    if sink.unknown > unknown { words.append((sink.tokens.count - 1, string(bytes, range))) }
  }
}

private struct UnknownSink: TokenSink {
  let tokenizer: Tokenizer
  var seen: Set<String> = []
  var words: [String] = []

  mutating func add(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    guard tokenizer.id(of: bytes, range) == nil, !tokenizer.isSpacing(bytes, range) else { return }
    let word = string(bytes, range)
    if seen.insert(word).inserted { words.append(word) }
  }
}
