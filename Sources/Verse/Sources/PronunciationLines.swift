internal import Basics

/// Reads the lines of a file in CMUdict's format: a word, white space, and its phonemes.
///
/// `WORD(2)` is another pronunciation of the word. A line that begins with `;;;` or `#` is a comment, and so is the end of a line from ` #`
/// on. The file is UTF-8, or Latin-1 as older versions of CMUdict are. Line ends are LF or CRLF.
struct PronunciationLines {
  /// What a line says.
  enum Line {
    case entry(word: WordKey, Pronunciation)
    /// A comment, without its sign and the white space around it.
    case comment(Substring)
  }

  let path: String

  /// The most pronunciations of a word, and the most words of a file.
  static let mostVariants = 32
  static let mostWords = 4_000_000
  /// The most bytes of a file.
  static let largestFile = 256 << 20

  /// Calls `body` for each entry and each comment, in order.
  ///
  /// - Throws: `VerseError.malformedLine` for a line that is neither, or what `body` throws.
  func read(_ bytes: [UInt8], _ body: (Line, _ number: Int) throws(VerseError) -> Void) throws(VerseError) {
    let text: String = String(validating: bytes, as: UTF8.self) ?? Self.latin1(bytes)
    var number = 0
    // Scalars, since CRLF is one character.
    for raw in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      var line = Substring(raw)
      if number == 1, line.unicodeScalars.first == "\u{FEFF}" { line.unicodeScalars.removeFirst() }
      line = Self.trimmed(line)
      if line.isEmpty { continue }
      if line.hasPrefix(";;;") || line.hasPrefix("#") {
        try body(.comment(Self.trimmed(line.drop { $0 == ";" || $0 == "#" })), number)
        continue
      }
      if let (word, pronunciation) = try entry(line, number) { try body(.entry(word: word, pronunciation), number) }
    }
  }

  /// Returns nil for a sign that CMUdict spells out, such as `...`, which no lyrics sing.
  private func entry(_ line: Substring, _ number: Int) throws(VerseError) -> (WordKey, Pronunciation)? {
    func fault(_ text: String) -> VerseError { .malformedLine(path: path, line: number, fault: text) }
    var line = line
    if let comment = line.firstRange(of: " #") { line = line[..<comment.lowerBound] }
    let name = line.prefix { $0 != " " && $0 != "\t" }
    let rest = line[name.endIndex...]
    if Self.trimmed(rest).isEmpty { throw fault("found the word \"\(String(name).shown)\" alone") }
    guard let pronunciation = Pronunciation(String(rest)) else {
      let wrong = rest.split { $0 == " " || $0 == "\t" }.first { Phoneme($0) == nil }
      throw fault(wrong.map { "found \"\(String($0).shown)\", which is no phoneme" } ?? "found too many phonemes")
    }
    if name.unicodeScalars.allSatisfy({ $0.isASCII && !$0.properties.isAlphabetic && !("0"..."9").contains($0) }) { return nil }
    guard let word = WordKey(String(Self.withoutVariant(name))) else { throw fault("found \"\(String(name).shown)\", which is no word") }
    return (word, pronunciation)
  }

  /// The word of `WORD(2)`.
  private static func withoutVariant(_ name: Substring) -> Substring {
    guard name.hasSuffix(")"), let open = name.lastIndex(of: "("), open > name.startIndex else { return name }
    let digits = name[name.index(after: open)...].dropLast()
    return !digits.isEmpty && digits.allSatisfy { ("0"..."9").contains($0) } ? name[..<open] : name
  }

  private static func trimmed(_ line: Substring) -> Substring {
    func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || scalar == "\r" }
    var scalars = line.unicodeScalars
    while let first = scalars.first, isSpace(first) { scalars.removeFirst() }
    while let last = scalars.last, isSpace(last) { scalars.removeLast() }
    return Substring(scalars)
  }

  private static func latin1(_ bytes: [UInt8]) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(Unicode.Scalar(byte)) }
    return String(text)
  }
}
