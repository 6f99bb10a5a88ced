/// How a word is spoken: its phonemes.
///
/// ```swift
/// let river = Pronunciation("R IH1 V ER0")
/// river?.syllableCount  // 2
/// ```
/// A rhyme begins at the last vowel with primary stress; without one, at the last with secondary stress; without any, at the last vowel.
public struct Pronunciation: Hashable, Sendable, CustomStringConvertible {
  /// The phonemes in order; there is at least one.
  public let phonemes: [Phoneme]
  /// Where the rhyming part begins; the count of phonemes if there is no vowel.
  private let rhymeStart: Int

  /// - Precondition: there is at least one phoneme.
  public init(_ phonemes: [Phoneme]) {
    precondition(!phonemes.isEmpty, "a pronunciation needs a phoneme")
    self.phonemes = phonemes
    rhymeStart =
      phonemes.lastIndex { $0.stress == .primary } ?? phonemes.lastIndex { $0.stress == .secondary }
      ?? phonemes.lastIndex(where: \.isVowel) ?? phonemes.count
  }

  /// Reads phonemes with spaces between them, as CMUdict writes them; returns nil if one is not a phoneme, or there is none.
  public init?(_ text: String) {
    var phonemes: [Phoneme] = []
    for part in text.split(whereSeparator: { $0 == " " || $0 == "\t" }) {
      guard phonemes.count < Self.mostPhonemes, let phoneme = Phoneme(part) else { return nil }
      phonemes.append(phoneme)
    }
    if phonemes.isEmpty { return nil }
    self.init(phonemes)
  }

  /// The most phonemes that are read for one word.
  static let mostPhonemes = 200

  /// The phonemes with spaces between them.
  public var description: String { phonemes.map(\.description).joined(separator: " ") }

  /// How many syllables there are: one for each vowel.
  public var syllableCount: Int { phonemes.count(where: \.isVowel) }

  /// The phonemes from the stressed vowel to the end; empty for a word without a vowel.
  public var rhymingPart: ArraySlice<Phoneme> { phonemes[rhymeStart...] }

  /// The consonants between the rhyming part and the vowel before it.
  public var onset: ArraySlice<Phoneme> {
    let start = phonemes[..<rhymeStart].lastIndex(where: \.isVowel).map { $0 + 1 } ?? 0
    return phonemes[start..<rhymeStart]
  }

  /// The vowels of all syllables, without stress.
  public var vowels: [String] { phonemes.filter(\.isVowel).map(\.symbol) }

  /// Whether two pronunciations sound the same: the same symbols, whatever their stress.
  public func isHomophone(of other: Pronunciation) -> Bool {
    phonemes.count == other.phonemes.count && zip(phonemes, other.phonemes).allSatisfy { $0.symbol == $1.symbol }
  }

  /// Returns the pronunciation of words that are spoken as one, such as "know it": each word keeps its stresses.
  public static func joined(_ parts: [Pronunciation]) -> Pronunciation? {
    let phonemes = parts.flatMap(\.phonemes)
    return phonemes.isEmpty ? nil : Pronunciation(phonemes)
  }

  /// Returns the last words of a line as one word for a mosaic rhyme: words of one syllable after the first lose their stress.
  ///
  /// ```swift
  /// Pronunciation.mosaic([know, it])  // N OW1 IH0 T, which rhymes with "poet"
  /// ```
  public static func mosaic(_ parts: [Pronunciation]) -> Pronunciation? {
    guard let first = parts.first else { return nil }
    let rest = parts.dropFirst().map { part in
      part.syllableCount == 1 ? Pronunciation(part.phonemes.map { $0.stressed(.none) }) : part
    }
    // A word like "the" has no stress of its own, but bears that of the rhyme here.
    let head = first.syllableCount == 1 ? Pronunciation(first.phonemes.map { $0.stressed(.primary) }) : first
    return joined([head] + rest)
  }
}
