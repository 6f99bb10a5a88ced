/// A sound of a word: a symbol, and for a vowel its stress.
///
/// English uses the 39 symbols of ARPABET, as CMUdict does. Other languages use symbols of the International Phonetic Alphabet.
public struct Phoneme: Hashable, Sendable, CustomStringConvertible {
  /// How strongly a vowel is stressed; the raw value is CMUdict's digit.
  public enum Stress: UInt8, Sendable {
    case none, primary, secondary
  }

  /// The symbol without stress, such as `AE` or `ʃ`.
  public let symbol: String
  /// The stress of a vowel; nil for a consonant.
  public let stress: Stress?

  /// Whether this is a vowel, which makes a syllable.
  public var isVowel: Bool { stress != nil }

  /// The phoneme as CMUdict writes it: `AE1`, `K`.
  public var description: String { symbol + (stress.map { "\($0.rawValue)" } ?? "") }

  /// Creates a phoneme. The stress counts for a vowel only; a vowel without one is unstressed.
  public init(_ symbol: String, stress: Stress? = nil) {
    self.symbol = symbol
    self.stress = Self.isVowel(symbol) ? stress ?? Stress.none : nil
  }

  /// Reads a phoneme as ``description`` writes it; returns nil if the text is none.
  public init?(_ text: Substring) {
    guard let last = text.unicodeScalars.last else { return nil }
    var symbol = String(text)
    var stress: Stress?
    if let digit = Self.digit(last) {
      guard let found = Stress(rawValue: digit) else { return nil }
      symbol.unicodeScalars.removeLast()
      stress = found
    }
    guard Self.isSymbol(symbol), stress == nil || Self.isVowel(symbol) else { return nil }
    self.init(symbol, stress: stress)
  }

  /// Returns the phoneme with another stress, if it is a vowel.
  func stressed(_ stress: Stress) -> Phoneme { isVowel ? Phoneme(symbol, stress: stress) : self }

  private static func digit(_ scalar: Unicode.Scalar) -> UInt8? {
    ("0"..."9").contains(scalar) ? UInt8(scalar.value - 0x30) : nil
  }

  // MARK: - Symbols

  static let englishVowels: Set<String> = [
    "AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW",
  ]
  static let englishConsonants: Set<String> = [
    "B", "CH", "D", "DH", "F", "G", "HH", "JH", "K", "L", "M", "N", "NG", "P", "R", "S", "SH", "T", "TH", "V", "W", "Y", "Z", "ZH",
  ]

  /// The most scalars of a symbol.
  private static let longestSymbol = 8

  private static func isSymbol(_ text: String) -> Bool {
    if englishVowels.contains(text) || englishConsonants.contains(text) { return true }
    let scalars = text.unicodeScalars
    guard (1...longestSymbol).contains(scalars.count), !scalars.contains(where: { ("A"..."Z").contains($0) }) else { return false }
    return scalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .modifierSymbol: true
      default: false
      }
    }
  }

  /// Whether a symbol is a vowel: one of ARPABET's, or one that begins with a vowel letter of the alphabets below.
  static func isVowel(_ symbol: String) -> Bool {
    if englishVowels.contains(symbol) { return true }
    guard let first = symbol.unicodeScalars.first else { return false }
    return isVowelLetter(first)
  }

  /// Vowel letters of the International Phonetic Alphabet, and of the Latin, Greek and Cyrillic alphabets.
  private static let vowelLetters = Set(
    "aeiouyɑɒæɐɔəɚɛɜɝɞɘɨʉɯɪʏʊøɵœɶɤʌᵻᵿıαεηιουωаеёиіоуыэюяєї".unicodeScalars)

  /// Whether a letter is a vowel, whatever marks it has.
  static func isVowelLetter(_ letter: Unicode.Scalar) -> Bool {
    if vowelLetters.contains(letter) { return true }
    guard !letter.isASCII else { return false }
    return String(letter).decomposedFirst.map(vowelLetters.contains) ?? false
  }
}
