extension ReadingOptions {
  /// Cleans the beginning of a song by these options, for a model to continue.
  ///
  /// White space at the ends is kept, since it decides where the model continues: in the same word, line or stanza, or in the next. For
  /// whitespace tokenization the prompt is returned unchanged, since pre-tokenized sets are not cleaned.
  ///
  /// ```swift
  /// options.cleaning.quotes = true
  /// options.cleaned(prompt: "Don’t\n", for: .word)  // "Don't\n"
  /// ```
  /// - Complexity: O(n) in the length of the prompt, up to 16 times as much if repeat marks are expanded.
  public func cleaned(prompt: String, for tokenization: Tokenization) -> String {
    if tokenization == .whitespace { return prompt }
    let given = Array(prompt.utf8)
    var bytes: [UInt8] = []
    _ = appendWithoutControls(given.span, 0..<given.count, to: &bytes, keepsControls: !cleaning.controls)
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) }) else {
      return String(decoding: bytes.suffix(while: { $0 != newlineByte }), as: UTF8.self)
    }
    // Blank lines before the first line go, and spaces before it stay.
    let start = first - bytes[..<first].suffix(while: { $0 != newlineByte }).count
    let text = Array(bytes[start...last])
    var cleaner = Cleaner(cleaning)
    var cleaned: [UInt8] = []
    // The song continues: what is removed at its end, or as a placeholder, stays.
    cleaner.clean(RawSong(text: text, line: 1, isContinued: true), into: &cleaned)
    if cleaned.isEmpty { return "" }
    let rest = bytes[(last + 1)...], lines = rest.count { $0 == newlineByte }
    var ending = [UInt8](repeating: newlineByte, count: cleaning.blankLines ? min(lines, 2) : lines)
    ending += rest.suffix(while: { $0 != newlineByte })
    // After a tag that is dropped, the song continues on a new line.
    if cleaning.tags == .drop, lines == 0 {
      let lastLine = text[(text.lastIndex(of: newlineByte).map { $0 + 1 } ?? 0)...]
      if SectionTag(text.span, SongText.trimmed(text.span, lastLine.indices)) != nil { ending = [newlineByte] }
    }
    return String(decoding: cleaned + ending, as: UTF8.self)
  }
}

extension BidirectionalCollection {
  /// The longest end whose elements all satisfy the predicate.
  fileprivate func suffix(while predicate: (Element) -> Bool) -> SubSequence {
    self[(lastIndex { !predicate($0) }.map { index(after: $0) } ?? startIndex)...]
  }
}
