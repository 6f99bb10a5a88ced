/// How the songs of a text are separated, made ready for reading.
struct SongSeparation: Sendable, Hashable {
  let separator: SongSeparator
  /// How many blank lines in a row end a song; nil: they never do.
  let blankLines: Int?
  /// The marker and its counterparts; empty for other separators.
  let markers: [[UInt8]]
  /// Whether markers may also stand at the beginning and the end of a line.
  let isAttached: Bool
  /// Whether markers may also stand inside a line.
  let isAnywhere: Bool

  /// Whether it may be a wrong one: a file, or a line, is a song only where somebody says so.
  var isGuess: Bool { separator != .none && separator != .everyLine }

  init(_ separator: SongSeparator) {
    self.separator = separator
    blankLines =
      switch separator {
      case .blankLines: 2
      case .blankLine: 1
      case .none, .everyLine, .line: nil
      }
    guard case .line(let marker) = separator else {
      markers = []
      isAttached = false
      isAnywhere = false
      return
    }
    let bytes = Array(marker.utf8)
    isAttached = Self.isSign(bytes)
    isAnywhere = isAttached && Self.closing[bytes.first ?? 0] == bytes.last
    markers = [bytes] + (isAttached ? Self.counterparts(of: marker).map { Array($0.utf8) } : [])
  }

  private static let closing: [UInt8: UInt8] = [
    UInt8(ascii: "<"): UInt8(ascii: ">"), UInt8(ascii: "["): UInt8(ascii: "]"), UInt8(ascii: "{"): UInt8(ascii: "}"),
  ]

  /// Whether a marker cannot be taken for text beside it: lyrics have lines that end in a word or in dashes, and in "100%".
  private static func isSign(_ marker: [UInt8]) -> Bool {
    guard marker.count >= 3, let first = marker.first, let last = marker.last else { return false }
    func isPunctuation(_ byte: UInt8) -> Bool { 0x21..<0x7F ~= byte && byte &- 0x30 >= 10 && (byte | 0x20) &- 0x61 >= 26 }
    return isPunctuation(first) && isPunctuation(last) && !marker.allSatisfy("-=*_.~!?'\"".utf8.contains)
  }

  /// The markers of beginnings that go with a marker of ends, and vice versa: `<|startoftext|>` for `<|endoftext|>`, `<s>` for `</s>`.
  static func counterparts(of marker: String) -> [String] {
    var found: [String] = []
    let characters = Array(marker)
    if characters.count > 2 {
      if characters[1] == "/" {
        found.append(String(characters[0]) + String(characters[2...]))
      } else if characters[0] == "<" || characters[0] == "[" {
        found.append(String(characters[0]) + "/" + String(characters[1...]))
      }
    }
    let lower = marker.lowercased()
    for (word, others) in [
      ("end", ["start", "begin", "beginning"]), ("start", ["end"]), ("beginning", ["end"]), ("begin", ["end"]), ("eo", ["bo", "so"]),
      ("bo", ["eo"]), ("so", ["eo"]),
    ] {
      // The short ones are three letters together, such as <eos>.
      if word.count == 2, lower.filter(\.isLetter).count != 3 { continue }
      guard let range = marker.range(of: word) else { continue }
      let isUpper = marker[range].allSatisfy(\.isUppercase)
      let isCapital = marker[range].first?.isUppercase ?? false
      for other in others {
        let text = isUpper ? other.uppercased() : isCapital ? other.prefix(1).uppercased() + other.dropFirst() : other
        found.append(marker.replacingCharacters(in: range, with: text))
      }
      break
    }
    return found
  }

  /// The next end of a song in a line that is trimmed at its end: a marker, or the whole line if it is a divider.
  ///
  /// - Parameter start: where to look from: the line's beginning, or the end of the marker before.
  @inline(__always)
  func end(in text: Span<UInt8>, _ line: Range<Int>, from start: Int) -> Range<Int>? {
    switch separator {
    case .none: nil
    case .blankLines, .blankLine, .everyLine: start == line.lowerBound && Self.isDivider(text, line) ? line : nil
    case .line: marker(text, start..<line.upperBound)
    }
  }

  /// Whether a line, trimmed at its end, is three or more `-`, `=` or `*`.
  @inline(__always)
  private static func isDivider(_ text: Span<UInt8>, _ line: Range<Int>) -> Bool {
    guard let last = line.last, [UInt8(ascii: "-"), UInt8(ascii: "="), UInt8(ascii: "*")].contains(text[last]) else { return false }
    let start = Self.afterSpaces(text, line)
    guard line.upperBound - start >= 3 else { return false }
    for index in start..<last where text[index] != text[last] { return false }
    return true
  }

  private func marker(_ text: Span<UInt8>, _ rest: Range<Int>) -> Range<Int>? {
    let start = Self.afterSpaces(text, rest)
    guard start < rest.upperBound else { return nil }
    for marker in markers where equals(marker, text, start..<rest.upperBound) { return rest }
    guard isAttached else { return nil }
    if isAnywhere {
      for index in start..<rest.upperBound where text[index] == markers[0][0] {
        for marker in markers where stands(marker, text, index, rest) { return index..<index + marker.count }
      }
      return nil
    }
    for marker in markers where stands(marker, text, start, rest) && !continues(marker.last, text, start + marker.count, rest) {
      return start..<start + marker.count
    }
    for marker in markers {
      let place = rest.upperBound - marker.count
      if stands(marker, text, place, rest), !continues(marker.first, text, place - 1, rest) { return place..<rest.upperBound }
    }
    return nil
  }

  private func stands(_ marker: [UInt8], _ text: Span<UInt8>, _ place: Int, _ rest: Range<Int>) -> Bool {
    place >= rest.lowerBound && place + marker.count <= rest.upperBound && equals(marker, text, place..<place + marker.count)
  }

  /// Whether a marker's outer sign is repeated beside it, so that it is part of something longer, such as `####`.
  private func continues(_ sign: UInt8?, _ text: Span<UInt8>, _ place: Int, _ rest: Range<Int>) -> Bool {
    rest.contains(place) && text[place] == sign
  }

  /// The first place in a range that is neither a space nor a tab.
  static func afterSpaces(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
    var start = range.lowerBound
    while start < range.upperBound, text[start] == 0x20 || text[start] == tabByte { start += 1 }
    return start
  }
}

extension String {
  /// The range of a word in lower case, whatever the case here.
  fileprivate func range(of word: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if let end = index(start, offsetBy: word.count, limitedBy: endIndex), self[start..<end].lowercased() == word { return start..<end }
      start = index(after: start)
    }
    return nil
  }

  fileprivate func replacingCharacters(in range: Range<Index>, with text: some StringProtocol) -> String {
    String(self[..<range.lowerBound]) + text + self[range.upperBound...]
  }
}
