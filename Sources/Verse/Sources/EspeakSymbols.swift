/// Reads the phonemes that espeak-ng writes in the International Phonetic Alphabet, with `_` between the phonemes of a word.
enum EspeakSymbols {
  /// Returns the phonemes of a line; nil if it has none, or one that English lacks.
  ///
  /// - Parameter isEnglish: whether the phonemes are written in ARPABET, so that they rhyme with those of a dictionary.
  static func pronunciation(_ line: some StringProtocol, isEnglish: Bool) -> Pronunciation? {
    var phonemes: [Phoneme] = []
    for part in line.split(whereSeparator: { $0 == "_" || $0 == " " || $0 == "\t" || $0 == "\r" }) {
      // A change of the language is told in brackets: (en).
      if part.hasPrefix("(") { continue }
      guard let found = Self.phonemes(String(part), isEnglish) else { return nil }
      // R after ER is heard once: hurry is HH ER1 IY0.
      if isEnglish, found.first?.symbol == "R", phonemes.last?.symbol == "ER" { continue }
      phonemes += found
      if phonemes.count > Pronunciation.mostPhonemes { return nil }
    }
    guard phonemes.contains(where: \.isVowel) else { return nil }
    return Pronunciation(phonemes)
  }

  private static func phonemes(_ part: String, _ isEnglish: Bool) -> [Phoneme]? {
    var stress = Phoneme.Stress.none
    var symbol = String.UnicodeScalarView()
    for scalar in part.unicodeScalars {
      switch scalar {
      case "\u{02C8}": stress = .primary
      case "\u{02CC}": stress = .secondary
      // Tie bars and joiners hold letters together, and hyphens and the like say nothing of the sound.
      case "\u{0361}", "\u{200D}", "\u{200C}", "-", "|", ".": continue
      default: symbol.append(scalar)
      }
    }
    if symbol.isEmpty { return [] }
    let text = String(symbol)
    if isEnglish {
      guard let names = english[text] ?? english[withoutMarks(text)] else { return nil }
      return names.split(separator: " ").map { Phoneme(String($0), stress: stress) }.stressingFirstVowelOnly()
    }
    // A syllabic consonant, as in German haben, makes a syllable.
    if symbol.last == "\u{0329}" {
      symbol.removeLast()
      return [Phoneme("ə"), Phoneme(String(symbol))]
    }
    guard let phoneme = Phoneme(text[...]) else { return nil }
    return [Phoneme(phoneme.symbol, stress: stress)]
  }

  private static func withoutMarks(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.filter { $0.properties.generalCategory != .nonspacingMark && $0 != "ː" && $0 != "ʲ" && $0 != "ʰ" }))
  }

  /// The sounds of espeak-ng's English, American and British, in ARPABET.
  private static let english: [String: String] = [
    "i": "IY", "iː": "IY", "ɪ": "IH", "ᵻ": "IH", "e": "EH", "eɪ": "EY", "ɛ": "EH", "æ": "AE", "a": "AE", "aː": "AA", "ɑː": "AA", "ɑ": "AA",
    "ɒ": "AA", "ɔ": "AO", "ɔː": "AO", "o": "OW", "oː": "AO", "oʊ": "OW", "əʊ": "OW", "ʊ": "UH", "uː": "UW", "u": "UW", "ʌ": "AH",
    "ə": "AH", "ɐ": "AH", "ɚ": "ER", "ɜː": "ER", "ɜ": "ER", "ɝ": "ER", "aɪ": "AY", "aʊ": "AW", "ɔɪ": "OY", "iə": "IY AH", "eə": "EH R",
    "ʊə": "UH R", "aɪə": "AY AH", "aɪɚ": "AY ER", "aʊə": "AW ER", "aʊɚ": "AW ER", "əl": "AH L", "ɑːɹ": "AA R", "ɔːɹ": "AO R",
    "oːɹ": "AO R", "ɛɹ": "EH R", "ɪɹ": "IH R", "ʊɹ": "UH R", "əɹ": "ER", "n̩": "AH N", "l̩": "AH L", "m̩": "AH M", "p": "P", "b": "B",
    "t": "T",
    "d": "D", "k": "K", "ɡ": "G", "g": "G", "f": "F", "v": "V", "θ": "TH", "ð": "DH", "s": "S", "z": "Z", "ʃ": "SH", "ʒ": "ZH", "h": "HH",
    "m": "M", "n": "N", "ŋ": "NG", "l": "L", "ɫ": "L", "ɹ": "R", "r": "R", "j": "Y", "w": "W", "ʍ": "W", "tʃ": "CH", "dʒ": "JH", "ɾ": "T",
    "ʔ": "T", "x": "K", "ç": "HH", "ɬ": "L", "y": "UW", "ø": "ER", "œ": "ER", "ʁ": "R",
  ]
}

extension [Phoneme] {
  /// The stress of two vowels that espeak-ng writes as one is the first one's.
  fileprivate func stressingFirstVowelOnly() -> [Phoneme] {
    guard let first = firstIndex(where: \.isVowel) else { return self }
    return enumerated().map { $0.offset > first ? $0.element.stressed(.none) : $0.element }
  }
}
