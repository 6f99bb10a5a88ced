internal import Basics
internal import Synchronization

/// Bytes of a text that are not UTF-8, by which its encoding can be guessed.
public struct EncodingSample: Sendable, Hashable {
  /// The beginning of such lines, without the lines that are UTF-8.
  private var bytes: [UInt8] = []
  /// Whether other lines of the text are UTF-8 and not just ASCII, so that the text as a whole has no other encoding.
  package var isMixed = false

  private static let mostBytes = 1_024

  /// No bytes yet.
  public init() {}

  /// Adds a line or a record that is not UTF-8.
  package mutating func add(_ text: Span<UInt8>, _ range: Range<Int>) {
    let room = Self.mostBytes - bytes.count
    guard room > 0 else { return }
    if !bytes.isEmpty { bytes.append(newlineByte) }
    bytes.append(text, range.prefix(room))
  }

  /// The encodings that make plausible text of the bytes, the most probable first; empty if there are none.
  ///
  /// Of several that give the same text, the first in the list of candidates is named: so ISO-8859-1 is not named beside Windows-1252. In a
  /// mixed text only Windows-1252 can be named, which is read record by record.
  ///
  /// - Complexity: some milliseconds. The last answer is remembered, since the faults of a text have one sample.
  public var encodings: [String] {
    if let last = Self.last.withLock({ $0 }), last.sample == self { return last.encodings }
    let found = guessed()
    Self.last.withLock { $0 = (self, found) }
    return found
  }

  private static let last = Mutex<(sample: EncodingSample, encodings: [String])?>(nil)

  private func guessed() -> [String] {
    var found: [(name: String, score: Double, text: [UInt8])] = []
    for group in Self.candidates {
      for name in group where !isMixed || name == Self.windows1252 {
        guard let text = decoded(name), !found.contains(where: { $0.text == text }) else { continue }
        let plausibility = TextPlausibility(String(decoding: text, as: UTF8.self).unicodeScalars)
        // Chinese and Korean sets have kana too, at the places where those of Japan have them.
        if plausibility.isJapanese, !Self.japanese.contains(name) { continue }
        let score = plausibility.best
        if score >= TextPlausibility.least { found.append((name, score, text)) }
      }
      // Rare encodings are asked only if no common one makes sense.
      if !found.isEmpty { break }
    }
    let best = found.map(\.score).max() ?? 0
    // Of two that are about as good, the more common one comes first.
    let order = found.enumerated().filter { $0.element.score >= 0.9 * best }.sorted {
      let ranks = (($0.element.score / best * 50).rounded(), ($1.element.score / best * 50).rounded())
      return ranks.0 == ranks.1 ? $0.offset < $1.offset : ranks.0 > ranks.1
    }
    return order.prefix(3).map(\.element.name)
  }

  /// What to do about the bytes, as the end of a sentence.
  var advice: String {
    let names = encodings
    guard let first = names.first else { return "no usual encoding makes text of it: correct it, or name the encoding" }
    if isMixed { return "the rest of the text is UTF-8, and this reads as text in \(first)" }
    return "it reads as text in \(names.joined(separator: " or in ")): convert it with `iconv -f \(first) -t UTF-8`"
  }

  private static let japanese: Set<String> = ["CP932", "EUC-JP"]
  private static let windows1252 = "WINDOWS-1252"

  private static let candidates = [
    [
      windows1252, "WINDOWS-1250", "WINDOWS-1251", "KOI8-R", "KOI8-U", "CP932", "EUC-JP", "GB18030", "EUC-KR", "CP949", "BIG5",
      "BIG5-HKSCS", "ISO-8859-15", "ISO-8859-2", "WINDOWS-1253", "ISO-8859-7", "WINDOWS-1254", "WINDOWS-1255", "WINDOWS-1256",
      "WINDOWS-1257", "ISO-8859-5", "TIS-620",
    ],
    ["MACINTOSH", "CP850", "CP866", "CP852"],
  ]

  /// The bytes as UTF-8, or nil if the encoding does not allow them.
  private func decoded(_ name: String) -> [UInt8]? {
    var text: [UInt8] = []
    if name == Self.windows1252 {
      if bytes.contains(where: { [0x81, 0x8D, 0x8F, 0x90, 0x9D].contains($0) }) { return nil }
      decodeWindows1252(bytes.span, 0..<bytes.count, into: &text)
      return text
    }
    guard let converter = TextConverter(name) else { return nil }
    var isValid = true
    // The sample may end inside a character.
    converter.convert(bytes, isLast: false, into: &text) { _ in isValid = false }
    return isValid ? text : nil
  }
}
