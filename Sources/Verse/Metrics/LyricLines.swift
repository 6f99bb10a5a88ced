/// The lines of a song as words, without section tags and blank lines.
public struct LyricLines: Sendable, Hashable {
  /// The words of each line as ``WordKey`` writes them; no line is empty.
  public let lines: [[String]]

  /// Cuts a text into lines and words: at white space, and at dashes and slashes between words.
  public init(_ text: String) {
    // Scalars, since CRLF is one character.
    lines = text.unicodeScalars.split(separator: "\n").compactMap { line in
      let line = String(line)
      if Self.isTag(line) { return nil }
      let words = line.split { $0.isWhitespace || "\u{2014}\u{2013}/\u{2026}".contains($0) }.flatMap(Self.words)
      return words.isEmpty ? nil : words
    }
  }

  /// All words in order.
  var words: [String] { lines.flatMap { $0 } }

  /// Two hyphens are a dash.
  private static func words(_ piece: Substring) -> [String] {
    let parts = piece.contains("--") ? piece.split(separator: "--") : [piece]
    return parts.compactMap { WordKey(String($0))?.text }
  }

  private static func isTag(_ line: String) -> Bool {
    let line = line.filter { !$0.isWhitespace }
    return line.hasPrefix("[") && line.hasSuffix("]")
  }
}
