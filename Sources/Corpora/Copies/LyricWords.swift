internal import Basics

/// Cuts text into normalised words, by which copied spans are found: building an index and asking it use this one function.
///
/// ```swift
/// LyricWords.words(in: "[Chorus]\nDon’t RUN, well-known boat")  // ["dont", "run", "wellknown", "boat"]
/// ```
/// A word is a run of letters and digits in lower case and normal form C. One apostrophe or hyphen between two of them is left out and
/// joins them, however it is written; all other punctuation, white space and line ends separate words and are none. In scripts without
/// spaces (Chinese, Japanese, Thai and others) each grapheme cluster is a word. A section tag of a known kind at the beginning of a line,
/// such as `[Chorus]`, has no words.
///
/// As a value it takes a text piece by piece, and gives the same words as for the whole text, wherever the pieces end.
public struct LyricWords: Sendable {
  /// The marker of a word that is not known, in texts that are decoded from tokens: a character for private use.
  static let gap: Unicode.Scalar = "\u{E000}"
  /// The marker in UTF-8.
  static let gapBytes: [UInt8] = [0xEE, 0x80, 0x80]
  /// The most bytes of a tag.
  private static let longestTag = 100

  /// The text from the first word on that may still grow.
  private var rest: [UInt8] = []
  /// Whether only white space stands on the line before the rest.
  private var isAtLineStart = true
  private let marksGaps: Bool

  /// Creates a cutter at the beginning of a text.
  public init() { self.init(marksGaps: false) }

  /// - Parameter marksGaps: whether ``gap`` belongs to the word that it stands in.
  init(marksGaps: Bool) { self.marksGaps = marksGaps }

  /// Returns the words of a whole text.
  public static func words(in text: String) -> [String] {
    var words: [String] = []
    LyricWords().forEach(in: text) { words.append(String($0)) }
    return words
  }

  /// Takes the next piece of the text, and returns the words that have ended.
  public mutating func append(_ text: String) -> [String] {
    var words: [String] = []
    append(text) { words.append(String($0)) }
    return words
  }

  /// The words that the text would end with if it ended now, and that a further piece may still change: none, or one, or those of an
  /// unfinished tag.
  public var unfinished: [String] {
    var words: [String] = []
    forEachUnfinished { words.append(String($0)) }
    return words
  }

  /// Takes the next piece of the text, and calls `body` with the bytes of each word that has ended.
  mutating func append(_ text: String, _ body: (Span<UInt8>) -> Void) {
    // Taken out of the value, so that it is not copied.
    var bytes: [UInt8] = []
    swap(&bytes, &rest)
    bytes += text.utf8
    var isAtLineStart = isAtLineStart
    let start = cut(bytes.span, isAtLineStart: &isAtLineStart, endsText: false, body)
    self.isAtLineStart = isAtLineStart
    bytes.removeFirst(start)
    swap(&bytes, &rest)
  }

  /// Calls `body` with the bytes of each word of ``unfinished``.
  func forEachUnfinished(_ body: (Span<UInt8>) -> Void) {
    if rest.isEmpty { return }
    var isAtLineStart = isAtLineStart
    _ = cut(rest.span, isAtLineStart: &isAtLineStart, endsText: true, body)
  }

  /// Calls `body` with the bytes of each word of a whole text, whatever came before.
  func forEach(in text: String, _ body: (Span<UInt8>) -> Void) {
    var isAtLineStart = true
    let bytes = Array(text.utf8)
    _ = cut(bytes.span, isAtLineStart: &isAtLineStart, endsText: true, body)
  }

  /// Calls `body` with the bytes of each word that has ended.
  ///
  /// - Returns: where the rest begins, whose words may still change.
  private func cut(_ text: Span<UInt8>, isAtLineStart: inout Bool, endsText: Bool, _ body: (Span<UInt8>) -> Void) -> Int {
    var word: [UInt8] = []
    var start = 0
    while start < text.count {
      let end = firstPlace(of: newlineByte, in: text, from: start, to: text.count)
      let isWhole = endsText || end < text.count
      if isAtLineStart {
        while start < end, text[start] == 0x20 || text[start] == tabByte { start += 1 }
        if start == end, !isWhole { return start }
        if start < end, text[start] == UInt8(ascii: "[") {
          let last = min(end, start + Self.longestTag)
          let close = firstPlace(of: UInt8(ascii: "]"), in: text, from: start, to: last)
          if close < last {
            if SectionTag(text, start..<close + 1)?.normalised != nil { start = close + 1 }
          } else if !isWhole, last == end {
            return start
          }
        }
        isAtLineStart = false
      }
      let line = start..<end
      let rest =
        hasNonASCII(text, line)
        ? cutCharacters(text, line, endsLine: isWhole, body) : cutASCII(text, line, endsLine: isWhole, &word, body)
      if !isWhole { return rest }
      isAtLineStart = true
      start = end + 1
    }
    return text.count
  }

  /// Cuts a part of a line, all of it ASCII, as ``cutCharacters(_:_:endsLine:_:)`` does.
  ///
  /// - Parameter word: memory that is used for one word after the other.
  private func cutASCII(
    _ text: Span<UInt8>, _ line: Range<Int>, endsLine: Bool, _ word: inout [UInt8], _ body: (Span<UInt8>) -> Void
  ) -> Int {
    var first = line.upperBound
    var isJoining = false
    word.removeAll(keepingCapacity: true)
    for index in line {
      let byte = text[index]
      let lower = lowercased(ascii: byte)
      if lower &- 0x61 < 26 || lower &- 0x30 < 10 {
        if word.isEmpty { first = index }
        word.append(lower)
        isJoining = false
      } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "`"), !word.isEmpty, !isJoining {
        isJoining = true
      } else if byte < 0x09 || byte > 0x0D && byte < 0x20 || byte == 0x7F {
        continue
      } else {
        if !word.isEmpty { body(word.span) }
        word.removeAll(keepingCapacity: true)
        isJoining = false
      }
    }
    if word.isEmpty { return line.upperBound }
    if !endsLine { return first }
    body(word.span)
    return line.upperBound
  }

  private enum Kind {
    case letter, unspaced, joiner, ignored, separator
  }

  private func kind(of character: Character) -> Kind {
    switch character.unicodeScalars.first {
    // Other ways of writing an apostrophe: left quotation mark, modifier letter, full-width, prime, acute and grave accent.
    case "\u{2018}", "\u{02BC}", "\u{FF07}", "\u{2032}", "\u{B4}", "`": return .joiner
    case Self.gap where marksGaps: return .letter
    default: break
    }
    return switch CharacterClass(character, rules: .current) {
    case .letter, .digit: .letter
    case .unspaced: .unspaced
    case .apostrophe, .hyphen: .joiner
    case .ignorable: .ignored
    case .newline, .space, .other: .separator
    }
  }

  /// Cuts a part of a line.
  ///
  /// - Returns: where the word begins that may still grow, or the end of the line.
  private func cutCharacters(_ text: Span<UInt8>, _ line: Range<Int>, endsLine: Bool, _ body: (Span<UInt8>) -> Void) -> Int {
    var word = ""
    var first = line.upperBound
    var isJoining = false
    var place = line.lowerBound
    func end() {
      guard !word.isEmpty else { return }
      let bytes = Array(word.inLowerCase.inNormalFormC.utf8)
      body(bytes.span)
      word = ""
    }
    for character in string(text, line) {
      let kind = kind(of: character)
      switch kind {
      case .letter:
        if word.isEmpty { first = place }
        word.append(character)
        isJoining = false
      case .joiner where !word.isEmpty && !isJoining:
        isJoining = true
      case .ignored:
        break
      case .unspaced, .joiner, .separator:
        end()
        isJoining = false
        if kind == .unspaced {
          first = place
          // A mark that belongs to it may follow.
          if place + character.utf8.count == line.upperBound, !endsLine { return first }
          word.append(character)
          end()
        }
      }
      place += character.utf8.count
    }
    if word.isEmpty { return line.upperBound }
    if !endsLine { return first }
    end()
    return line.upperBound
  }
}

extension String {
  /// The text of bytes that are valid UTF-8.
  fileprivate init(_ bytes: Span<UInt8>) { self = string(bytes, 0..<bytes.count) }
}
