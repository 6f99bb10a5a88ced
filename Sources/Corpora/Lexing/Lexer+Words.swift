internal import Basics

/// `WordLexer`'s rules over bytes, for a line of simple scalars.
extension Lexer {
  private static let unknown = Array(Vocabulary.unknownToken.utf8)

  mutating func cutWords(_ text: Span<UInt8>, _ line: Range<Int>, into sink: inout some TokenSink) {
    var index = line.lowerBound
    let end = line.upperBound
    quotations = OpenQuotations()
    spacing.startLine()
    while index < end {
      let (kind, next) = classes.character(text, at: index)
      switch kind {
      case .space:
        spacing.gap = .space
        index = next
      case .ignorable:
        if spacing.gap == .nothing { spacing.gap = .ignored }
        index = next
      case .newline:
        let newline = [newlineByte]
        sink.add(newline.span, 0..<1)
        quotations = OpenQuotations()
        spacing.startLine()
        index = next
      case .letter, .digit:
        index = addWord(text, from: index, index, end, into: &sink)
      case .apostrophe:
        if next < end, isWordCharacter(text, next), beginsWord(text, index, next, end) {
          index = addWord(text, from: index, next, end, into: &sink)
        } else {
          noteGap(text, before: index..<next, .other, into: &sink)
          noteMark(text, at: index, line)
          sink.add(text, index..<next)
          index = next
        }
      case .hyphen:
        index = addRun(text, index..<next, end, .other, into: &sink)
      case .unspaced:
        noteGap(text, before: index..<next, .unspaced, into: &sink)
        sink.add(text, index..<next)
        index = next
      case .other:
        switch text[index] {
        case UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?"):
          index = addRun(text, index..<next, end, .closer, into: &sink)
        case UInt8(ascii: "_"), UInt8(ascii: "*"), UInt8(ascii: "="), UInt8(ascii: "~"), UInt8(ascii: "#"):
          index = addRun(text, index..<next, end, .other, into: &sink)
        case UInt8(ascii: "["):
          index = addTag(text, from: index, end, into: &sink)
        case UInt8(ascii: "<") where isUnknown(text, index, end):
          noteGap(text, before: index..<index + Self.unknown.count, .word, into: &sink)
          sink.add(text, index..<index + Self.unknown.count)
          index += Self.unknown.count
        case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
          noteGap(text, before: index..<next, .closer, into: &sink)
          sink.add(text, index..<next)
          index = next
        default:
          noteGap(text, before: index..<next, .other, into: &sink)
          // The first byte of a typographic mark.
          if text[index] == 0xE2 { noteMark(text, at: index, line) }
          sink.add(text, index..<next)
          index = next
        }
      }
    }
  }

  /// Notes a single quotation mark that is a token of its own.
  private mutating func noteMark(_ text: Span<UInt8>, at index: Int, _ line: Range<Int>) {
    guard rules != .first, let mark = OpenQuotations.Mark(rawValue: scalar(text, at: index).value) else { return }
    var previous: Unicode.Scalar?
    var place = index
    while previous == nil, place > line.lowerBound {
      place -= 1
      if text[place] & 0xC0 == 0x80 { continue }
      let kind = classes.character(text, at: place).kind
      if kind != .space, kind != .ignorable { previous = Unicode.Scalar(scalar(text, at: place).value) }
    }
    _ = quotations.add(mark, after: previous)
  }

  /// Whether the apostrophe at `index` belongs to the word that begins at `next`.
  private func beginsWord(_ text: Span<UInt8>, _ index: Int, _ next: Int, _ end: Int) -> Bool {
    if quotations.beginsWord(OpenQuotations.Mark(rawValue: scalar(text, at: index).value)) { return true }
    return Apostrophes.precede(straightened(text, next..<endOfWord(text, from: next, end)).lowercased(), rules: rules)
  }

  /// Whether the apostrophe at `index`, which ends at `next`, belongs to the word before it.
  private func belongsToWord(_ text: Span<UInt8>, _ index: Int, _ next: Int, _ end: Int, word: String) -> Bool {
    if Apostrophes.follow(Apostrophes.straightened(word)) { return true }
    guard rules != .first, let mark = OpenQuotations.Mark(rawValue: scalar(text, at: index).value) else { return false }
    var isDoubled = false
    if next < end, scalar(text, at: next).value == mark.rawValue {
      let after = scalar(text, at: next).next
      isDoubled = after == end || !isWordCharacter(text, after)
    }
    return quotations.belongsToWord(mark, isDoubled: isDoubled)
  }

  private func isUnknown(_ text: Span<UInt8>, _ index: Int, _ end: Int) -> Bool {
    guard index + Self.unknown.count <= end else { return false }
    return Self.unknown.indices.allSatisfy { text[index + $0] == Self.unknown[$0] }
  }

  /// A run of the character at `first`.
  private mutating func addRun(
    _ text: Span<UInt8>, _ first: Range<Int>, _ end: Int, _ kind: LineSpacing.Kind, into sink: inout some TokenSink
  ) -> Int {
    var index = first.upperBound
    while index + first.count <= end, (0..<first.count).allSatisfy({ text[index + $0] == text[first.lowerBound + $0] }) {
      index += first.count
    }
    noteGap(text, before: first.lowerBound..<index, kind, into: &sink)
    sink.add(text, first.lowerBound..<index)
    return index
  }

  /// A bracketed tag, or the bracket alone.
  private mutating func addTag(_ text: Span<UInt8>, from start: Int, _ end: Int, into sink: inout some TokenSink) -> Int {
    var index = start + 1
    var length = 0
    while index < end, length <= WordLexer.longestTag {
      let byte = text[index]
      if byte == UInt8(ascii: "]") {
        guard length > 0 else { break }
        scratch.removeAll(keepingCapacity: true)
        var isSpacePending = false
        var place = start
        while place <= index {
          let (kind, next) = classes.character(text, at: place)
          if kind == .space {
            isSpacePending = true
          } else {
            if isSpacePending { scratch.append(UInt8(ascii: " ")) }
            isSpacePending = false
            scratch.append(text, place..<next)
          }
          place = next
        }
        noteGap(text, before: start..<index + 1, .word, into: &sink)
        sink.add(scratch.span, 0..<scratch.count)
        return index + 1
      }
      let (kind, next) = classes.character(text, at: index)
      if byte == UInt8(ascii: "[") || kind == .newline || kind == .space && length == 0 { break }
      length += 1
      index = next
    }
    noteGap(text, before: start..<start + 1, .other, into: &sink)
    sink.add(text, start..<start + 1)
    return start + 1
  }

  /// Adds the word at `start` with the apostrophes at its edges that belong to it, and returns where it ends.
  ///
  /// - Parameter beginning: where its apostrophe stands, or `start`.
  private mutating func addWord(
    _ text: Span<UInt8>, from beginning: Int, _ start: Int, _ end: Int, into sink: inout some TokenSink
  ) -> Int {
    let wordEnd = endOfWord(text, from: start, end)
    var after = wordEnd
    if wordEnd < end {
      let (kind, next) = classes.character(text, at: wordEnd)
      if kind == .apostrophe, belongsToWord(text, wordEnd, next, end, word: string(text, beginning..<wordEnd).lowercased()) {
        after = next
      }
    }
    let word = beginning..<after
    noteGap(text, before: word, .word, into: &sink)
    let isASCII = !hasNonASCII(text, word)
    if !lowercase, isASCII || rules.keepsSpelling {
      sink.add(text, word)
      return after
    }
    scratch.removeAll(keepingCapacity: true)
    if isASCII {
      for index in word { scratch.append(lowercased(ascii: text[index])) }
    } else {
      let written = rules.keepsSpelling ? string(text, word) : straightened(text, word)
      scratch.append(contentsOf: (lowercase ? written.inLowerCase.inNormalFormC : written).utf8)
    }
    sink.add(scratch.span, 0..<scratch.count)
    return after
  }

  private func straightened(_ text: Span<UInt8>, _ word: Range<Int>) -> String {
    Apostrophes.straightened(string(text, word))
  }

  @inline(__always)
  private func isWordCharacter(_ text: Span<UInt8>, _ index: Int) -> Bool {
    let kind = classes.character(text, at: index).kind
    return kind == .letter || kind == .digit
  }

  @inline(__always)
  private func endOfWord(_ text: Span<UInt8>, from start: Int, _ end: Int) -> Int {
    var index = start
    var previous = CharacterClass.letter
    while true {
      // Most words are letters of ASCII.
      let letters = index
      while index < end, (text[index] | 0x20) &- 0x61 < 26 { index += 1 }
      if index > letters { previous = .letter }
      guard index < end else { return end }
      let (kind, next) = classes.character(text, at: index)
      switch kind {
      case .letter, .digit:
        break
      case .apostrophe, .hyphen:
        guard previous == .letter || previous == .digit, next < end, isWordCharacter(text, next) else { return index }
      case .other where text[index] == UInt8(ascii: ".") || text[index] == UInt8(ascii: ","):
        guard previous == .digit, next < end, classes.character(text, at: next).kind == .digit else { return index }
      default:
        return index
      }
      previous = kind
      index = next
    }
  }
}
