/// `WordLexer`'s rules over bytes, for a line of simple scalars.
extension Lexer {
  private static let unknown = Array(Vocabulary.unknownToken.utf8)

  mutating func cutWords(_ text: Span<UInt8>, _ line: Range<Int>, into sink: inout some TokenSink) {
    var index = line.lowerBound
    let end = line.upperBound
    quotations = OpenQuotations()
    while index < end {
      let (kind, next) = classes.character(text, at: index)
      switch kind {
      case .space, .ignorable:
        index = next
      case .newline:
        let newline = [newlineByte]
        sink.add(newline.span, 0..<1)
        index = next
      case .letter, .digit:
        index = addWord(text, from: index, end, hasApostrophe: false, into: &sink)
      case .apostrophe:
        if next < end, isWordCharacter(text, next), beginsWord(text, index, next, end) {
          index = addWord(text, from: next, end, hasApostrophe: true, into: &sink)
        } else {
          noteMark(text, at: index, line)
          sink.add(text, index..<next)
          index = next
        }
      case .hyphen:
        index = addRun(text, index..<next, end, into: &sink)
      case .unspaced:
        sink.add(text, index..<next)
        index = next
      case .other:
        switch text[index] {
        case UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?"), UInt8(ascii: "_"), UInt8(ascii: "*"), UInt8(ascii: "="),
          UInt8(ascii: "~"), UInt8(ascii: "#"):
          index = addRun(text, index..<next, end, into: &sink)
        case UInt8(ascii: "["):
          index = addTag(text, from: index, end, into: &sink)
        case UInt8(ascii: "<") where isUnknown(text, index, end):
          sink.add(text, index..<index + Self.unknown.count)
          index += Self.unknown.count
        default:
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
    return Apostrophes.precede(plain(text, next..<endOfWord(text, from: next, end)).lowercased(), rules: rules)
  }

  /// Whether the apostrophe at `index`, which ends at `next`, belongs to the word before it.
  private func belongsToWord(_ text: Span<UInt8>, _ index: Int, _ next: Int, _ end: Int, word: String) -> Bool {
    if Apostrophes.follow(word) { return true }
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
  private func addRun(_ text: Span<UInt8>, _ first: Range<Int>, _ end: Int, into sink: inout some TokenSink) -> Int {
    var index = first.upperBound
    while index + first.count <= end, (0..<first.count).allSatisfy({ text[index + $0] == text[first.lowerBound + $0] }) {
      index += first.count
    }
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
        sink.add(scratch.span, 0..<scratch.count)
        return index + 1
      }
      let (kind, next) = classes.character(text, at: index)
      if byte == UInt8(ascii: "[") || kind == .newline || kind == .space && length == 0 { break }
      length += 1
      index = next
    }
    sink.add(text, start..<start + 1)
    return start + 1
  }

  /// Adds the word at `start` with the apostrophes at its edges that belong to it, and returns where it ends.
  private mutating func addWord(
    _ text: Span<UInt8>, from start: Int, _ end: Int, hasApostrophe: Bool, into sink: inout some TokenSink
  ) -> Int {
    let wordEnd = endOfWord(text, from: start, end)
    let word = start..<wordEnd
    var after = wordEnd
    if wordEnd < end {
      let (kind, next) = classes.character(text, at: wordEnd)
      if kind == .apostrophe,
        belongsToWord(text, wordEnd, next, end, word: ((hasApostrophe ? "'" : "") + plain(text, word)).lowercased())
      {
        after = next
      }
    }
    let isASCII = !hasNonASCII(text, word)
    if isASCII, !lowercase, !hasApostrophe, after == wordEnd || after == wordEnd + 1 && text[wordEnd] == UInt8(ascii: "'") {
      sink.add(text, start..<after)
      return after
    }
    scratch.removeAll(keepingCapacity: true)
    if hasApostrophe { scratch.append(UInt8(ascii: "'")) }
    if isASCII {
      for index in word { scratch.append(lowercase ? lowercased(ascii: text[index]) : text[index]) }
    } else if lowercase {
      scratch.append(contentsOf: plain(text, word).inLowerCase.inNormalFormC.utf8)
    } else {
      appendPlain(text, word)
    }
    if after > wordEnd { scratch.append(UInt8(ascii: "'")) }
    sink.add(scratch.span, 0..<scratch.count)
    return after
  }

  /// The word with straight apostrophes.
  private func plain(_ text: Span<UInt8>, _ word: Range<Int>) -> String {
    string(text, word).replacing("\u{2019}", with: "'")
  }

  private mutating func appendPlain(_ text: Span<UInt8>, _ word: Range<Int>) {
    var index = word.lowerBound
    while index < word.upperBound {
      if text[index] == 0xE2, text[index + 1] == 0x80, text[index + 2] == 0x99 {
        scratch.append(UInt8(ascii: "'"))
        index += 3
      } else {
        scratch.append(text[index])
        index += 1
      }
    }
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
