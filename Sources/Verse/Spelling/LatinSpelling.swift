private import Foundation

/// A rule for languages with an alphabet, where espeak-ng is missing: a group of vowels is a syllable, and each letter a sound.
///
/// The last vowel group is stressed if the word ends in a consonant, and otherwise the last but one; an acute or grave accent decides in
/// the languages that write the stress. French stresses the last group that is not a mute e.
enum LatinSpelling {
  static func pronunciation(of word: String, language: Language) -> Pronunciation? {
    var phonemes: [Phoneme] = []
    var accented: Int?
    var wasVowel = false
    for letter in word {
      guard let first = letter.unicodeScalars.first, first.properties.isAlphabetic else {
        wasVowel = false
        continue
      }
      let symbol = String(letter)
      if Phoneme.isVowelLetter(first) {
        if wasVowel, let last = phonemes.last, last.symbol.unicodeScalars.count < 6 {
          phonemes[phonemes.count - 1] = Phoneme(last.symbol + symbol)
        } else {
          phonemes.append(Phoneme(symbol))
        }
        if hasStressMark(symbol) { accented = phonemes.count - 1 }
        wasVowel = true
      } else {
        guard let phoneme = Phoneme(symbol[...]) else { return nil }
        phonemes.append(phoneme)
        wasVowel = false
      }
      if phonemes.count > Pronunciation.mostPhonemes { return nil }
    }
    let vowels = phonemes.indices.filter { phonemes[$0].isVowel }
    guard let last = vowels.last else { return nil }
    let penult = vowels.count > 1 ? vowels[vowels.count - 2] : last
    let stressed: Int
    switch language.code.prefix(2) {
    case "fr": stressed = last == phonemes.count - 1 && phonemes[last].symbol == "e" ? penult : last
    case "es", "pt", "it", "ca": stressed = accented ?? (endsOpen(phonemes) ? penult : last)
    default: stressed = last == phonemes.count - 1 || endsInWeakSyllable(phonemes) ? penult : last
    }
    phonemes[stressed] = phonemes[stressed].stressed(.primary)
    return Pronunciation(phonemes)
  }

  private static func hasStressMark(_ letter: String) -> Bool {
    letter.decomposedStringWithCanonicalMapping.unicodeScalars.contains { $0 == "\u{301}" || $0 == "\u{300}" || $0 == "\u{302}" }
  }

  /// Whether a Spanish word ends in a vowel, n or s, and so is stressed on the last syllable but one.
  private static func endsOpen(_ phonemes: [Phoneme]) -> Bool {
    guard let last = phonemes.last else { return false }
    return last.isVowel || last.symbol == "n" || last.symbol == "s"
  }

  /// Whether a word ends in e and one consonant, as German lieben and Vater do.
  private static func endsInWeakSyllable(_ phonemes: [Phoneme]) -> Bool {
    phonemes.count > 2 && phonemes[phonemes.count - 2].symbol == "e" && ["n", "r", "l", "s", "m", "t"].contains(phonemes.last?.symbol)
  }
}
