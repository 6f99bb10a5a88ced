/// How well two words rhyme; the better kind comes first.
public enum RhymeKind: String, CaseIterable, Comparable, Sendable, Codable {
  /// The rhyming parts are the same and the consonants before them differ: river, shiver.
  case perfect
  /// The vowels are the same and the final consonants are of the same family: time, line.
  case family
  /// The vowels are the same: time, light.
  case assonant

  /// Orders the kinds from the closest rhyme to the loosest.
  public static func < (first: RhymeKind, second: RhymeKind) -> Bool { first.rank < second.rank }

  private var rank: Int {
    switch self {
    case .perfect: 0
    case .family: 1
    case .assonant: 2
    }
  }
}

/// The class of words that rhyme in one kind: equal keys rhyme, unless the words are the same or sound the same before the rhyme too.
public struct RhymeKey: Hashable, Sendable, CustomStringConvertible {
  /// The kind of rhyme.
  public let kind: RhymeKind
  /// The sounds that rhyming words share, such as `AY T`.
  public let sounds: String

  /// The sounds that rhyming words share.
  public var description: String { sounds }
}

extension Pronunciation {
  /// The class of words that this one rhymes with; nil for a word without a vowel, which rhymes with nothing.
  ///
  /// - Complexity: O(*n*) in the phonemes of the rhyming part.
  public func rhymeKey(_ kind: RhymeKind) -> RhymeKey? {
    let part = rhymingPart
    if part.isEmpty { return nil }
    let sounds: [String] =
      switch kind {
      case .perfect: part.map(\.symbol)
      case .family: part.map { $0.isVowel ? Self.folded($0) : ConsonantFamily.name(of: $0.symbol) }
      case .assonant: part.filter(\.isVowel).map(Self.folded)
      }
    return RhymeKey(kind: kind, sounds: sounds.joined(separator: " "))
  }

  /// The class of a mosaic rhyme, in which unstressed short vowels are one: "know it" and "poet".
  public var mosaicKey: RhymeKey? {
    rhymingPart.isEmpty ? nil : RhymeKey(kind: .perfect, sounds: rhymingPart.map(Self.folded).joined(separator: " "))
  }

  /// Dictionaries disagree about unstressed short vowels, so that looser rhymes count them as one.
  private static func folded(_ phoneme: Phoneme) -> String {
    phoneme.stress == Phoneme.Stress.none && ["IH", "AH", "ɪ", "ᵻ", "ə", "ɐ"].contains(phoneme.symbol) ? "AH" : phoneme.symbol
  }

  /// Tells how two pronunciations rhyme; nil if they do not.
  ///
  /// - Parameter allowsIdentical: whether a word rhymes with itself, with homophones, and with words of the same consonants before the
  ///   rhyming part, as in leave and believe. Otherwise these are no rhymes.
  public func rhymes(with other: Pronunciation, allowsIdentical: Bool = false) -> RhymeKind? {
    if !allowsIdentical, isHomophone(of: other) { return nil }
    guard let key = rhymeKey(.perfect), let otherKey = other.rhymeKey(.perfect) else { return nil }
    if key == otherKey {
      return allowsIdentical || !onset.elementsEqual(other.onset) ? .perfect : nil
    }
    return [RhymeKind.family, .assonant].first { rhymeKey($0) == other.rhymeKey($0) }
  }
}

extension [Pronunciation] {
  /// Tells how two words rhyme, each with all its pronunciations: the best kind of any pair; nil if they do not.
  ///
  /// Words that have a pronunciation in common are homophones and do not rhyme unless `allowsIdentical`.
  public func rhymes(with others: [Pronunciation], allowsIdentical: Bool = false) -> RhymeKind? {
    if !allowsIdentical, contains(where: { first in others.contains { first.isHomophone(of: $0) } }) { return nil }
    return lazy.flatMap { first in others.compactMap { first.rhymes(with: $0, allowsIdentical: allowsIdentical) } }.min()
  }
}

/// Consonants that are made in the same manner, and can stand for one another in a family rhyme.
///
/// Source: P. Pattison, "Songwriting: Essential Guide to Rhyming", 1991, which calls these rhymes family rhymes.
private enum ConsonantFamily {
  private static let families: [(name: String, symbols: Set<String>)] = [
    ("plosive", ["P", "B", "T", "D", "K", "G", "p", "b", "t", "d", "k", "ɡ", "c", "ɟ", "q", "ʔ"]),
    (
      "fricative",
      [
        "F", "V", "TH", "DH", "S", "Z", "SH", "ZH", "CH", "JH", "f", "v", "θ", "ð", "s", "z", "ʃ", "ʒ", "tʃ", "dʒ", "ç", "x", "ts", "ɣ",
        "β", "ɕ", "ʑ", "tɕ",
      ]
    ),
    ("nasal", ["M", "N", "NG", "m", "n", "ŋ", "ɲ"]),
    ("liquid", ["L", "R", "l", "r", "ɹ", "ɾ", "ʁ", "ʎ", "ɫ"]),
  ]

  private static let names = Dictionary(
    families.flatMap { family in family.symbols.map { ($0, family.name) } }, uniquingKeysWith: { first, _ in first })

  /// The family of a consonant, or the consonant itself if it stands alone.
  static func name(of symbol: String) -> String { names[symbol] ?? symbol }
}
