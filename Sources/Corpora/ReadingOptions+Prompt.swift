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
    let bytes = Array(prompt.utf8)
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    guard let start = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) }) else { return prompt }
    var text: [UInt8] = []
    _ = appendWithoutControls(bytes.span, start..<last + 1, to: &text, keepsControls: !cleaning.controls)
    var cleaner = Cleaner(cleaning)
    var cleaned: [UInt8] = []
    cleaner.clean(RawSong(text: text, line: 1), into: &cleaned)
    if cleaned.isEmpty { return "" }
    var ending = Array(bytes[(last + 1)...])
    // After a tag that is dropped, the song continues on a new line.
    if cleaning.tags == .drop, !ending.contains(newlineByte) {
      let lastLine = text[(text.lastIndex(of: newlineByte).map { $0 + 1 } ?? 0)...]
      if SectionTag(text.span, SongText.trimmed(text.span, lastLine.indices)) != nil { ending = [newlineByte] }
    }
    return String(decoding: bytes[..<start] + cleaned + ending, as: UTF8.self)
  }
}
