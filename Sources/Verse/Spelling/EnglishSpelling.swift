/// Pronounces English words by exceptions, endings, compounds, letter-to-sound rules and rules of stress, in this order.
enum EnglishSpelling {
  /// Returns the pronunciation of a word in lower case; nil if it has no letter of the English alphabet.
  static func pronunciation(of word: String) -> Pronunciation? {
    // Accents count for nothing in loan words: café.
    var letters: [UInt8] = []
    for scalar in word.unicodeScalars {
      let plain = scalar.isASCII ? scalar : String(scalar).decomposedFirst ?? scalar
      if plain == "'" || ("a"..."z").contains(plain) { letters.append(UInt8(plain.value)) }
    }
    guard letters.contains(where: { $0 != UInt8(ascii: "'") }) else { return nil }
    return spoken(letters, depth: 0)
  }

  private static func spoken(_ word: [UInt8], depth: Int) -> Pronunciation? {
    let text = String(decoding: word, as: UTF8.self)
    if let found = EnglishExceptions.words[text] { return found }
    // Each step takes an ending, so that few are enough.
    if depth < 6 {
      if let found = contraction(text, depth) ?? ending(text, depth) ?? compound(text, depth) { return found }
    }
    let plain = word.filter { $0 != UInt8(ascii: "'") }
    let sounds = byRules(plain)
    guard !sounds.isEmpty else { return spelledOut(plain) }
    guard sounds.contains(where: { Phoneme.englishVowels.contains($0.symbol) }) else { return spelledOut(plain) ?? interjection(sounds) }
    return EnglishStress.stressed(sounds, word: String(decoding: plain, as: UTF8.self))
  }

  /// A sound with whether it is a short vowel of one letter, which is weak where it is not stressed.
  struct Sound {
    var symbol: String
    var isShort: Bool
  }

  private static let weakening: Set<String> = ["AE", "EH", "AA", "AH"]

  private static func byRules(_ word: [UInt8]) -> [Sound] {
    var sounds: [Sound] = []
    var place = 0
    while place < word.count {
      guard let rule = EnglishRules.table[word[place]]?.first(where: { $0.fits(word, at: place) }) else {
        place += 1
        continue
      }
      for symbol in rule.phonemes {
        // A doubled sound across rules is one: the c and k of back.
        if symbol == sounds.last?.symbol, !Phoneme.englishVowels.contains(symbol) { continue }
        sounds.append(Sound(symbol: symbol, isShort: weakening.contains(symbol) && rule.letters.count(where: LetterRule.isVowel) == 1))
      }
      place += rule.letters.count
    }
    return sounds
  }

  /// Letters without a vowel, such as "hmm", are a syllable all the same.
  private static func interjection(_ sounds: [Sound]) -> Pronunciation? {
    let consonants = sounds.map { Phoneme($0.symbol) }
    return Pronunciation(consonants.prefix(1) + [Phoneme("AH", stress: .primary)] + consonants.dropFirst())
  }

  private static func spelledOut(_ letters: [UInt8]) -> Pronunciation? {
    guard letters.count == 1, let names = letterNames[letters[0]] else { return nil }
    return Pronunciation(names)
  }

  private static let letterNames: [UInt8: String] = {
    let names = [
      "EY1", "B IY1", "S IY1", "D IY1", "IY1", "EH1 F", "JH IY1", "EY1 CH", "AY1", "JH EY1", "K EY1", "EH1 L", "EH1 M", "EH1 N", "OW1",
      "P IY1", "K Y UW1", "AA1 R", "EH1 S", "T IY1", "Y UW1", "V IY1", "D AH1 B AH0 L Y UW0", "EH1 K S", "W AY1", "Z IY1",
    ]
    return Dictionary(uniqueKeysWithValues: names.enumerated().map { (UInt8(0x61 + $0.offset), $0.element) })
  }()

  // MARK: - Endings

  private static func adding(_ ending: String, to pronunciation: Pronunciation?) -> Pronunciation? {
    guard let pronunciation, let ending = Pronunciation(ending) else { return nil }
    // The l of beautiful and that of -ly are one.
    let isDoubled = pronunciation.phonemes.last == ending.phonemes.first
    return Pronunciation(pronunciation.phonemes + (isDoubled ? ending.phonemes.dropFirst() : ending.phonemes[...]))
  }

  private static func contraction(_ text: String, _ depth: Int) -> Pronunciation? {
    guard let apostrophe = text.lastIndex(of: "'"), apostrophe > text.startIndex else { return nil }
    let stem = spoken(Array(text[..<apostrophe].utf8), depth: depth + 1)
    switch text[text.index(after: apostrophe)...] {
    case "s": return stem.map(DerivedWords.addingS)
    case "d": return stem.map(addingD)
    case "ll": return adding(stem?.phonemes.last?.isVowel == true ? "L" : "AH0 L", to: stem)
    case "ve": return adding("V", to: stem)
    case "re": return adding("ER0", to: stem)
    case "m": return adding("M", to: stem)
    case "t" where text.hasSuffix("n't"):
      return adding("AH0 N T", to: spoken(Array(text.dropLast(3).utf8), depth: depth + 1))
    case "n": return adding("AH0 N", to: stem)
    default: return nil
    }
  }

  private static func addingD(_ pronunciation: Pronunciation) -> Pronunciation {
    let ending: [Phoneme] =
      switch pronunciation.phonemes.last?.symbol {
      case "T", "D": [Phoneme("IH"), Phoneme("D")]
      case "P", "K", "F", "TH", "S", "SH", "CH": [Phoneme("T")]
      default: [Phoneme("D")]
      }
    return Pronunciation(pronunciation.phonemes + ending)
  }

  private static func isVowel(_ letter: Character) -> Bool { "aeiouy".contains(letter) }

  private static func ending(_ text: String, _ depth: Int) -> Pronunciation? {
    func stem(_ stem: some StringProtocol) -> Pronunciation? { spoken(Array(stem.utf8), depth: depth + 1) }
    func cut(_ ending: String, atLeast least: Int = 3) -> Substring? {
      guard text.hasSuffix(ending) else { return nil }
      let rest = text.dropLast(ending.count)
      return rest.count >= least && rest.contains(where: isVowel) ? rest : nil
    }
    for (ending, sounds) in plainEndings {
      guard var rest = cut(ending) else { continue }
      // happily, happiness
      if rest.hasSuffix("i"), rest.count > 2 { rest = Substring(String(rest.dropLast()) + "y") }
      return adding(sounds, to: stem(rest))
    }
    if text.hasSuffix("ies"), text.count > 4 { return stem(String(text.dropLast(3)) + "y").map(DerivedWords.addingS) }
    if text.hasSuffix("s"), !["ss", "us", "is", "as", "ous"].contains(where: text.hasSuffix), let rest = cut("s", atLeast: 2) {
      return stem(rest).map(DerivedWords.addingS)
    }
    if let rest = cut("ing", atLeast: 2), !(rest.hasSuffix("th") && determiners.contains(String(rest.dropLast(2)))) {
      return adding("IH0 NG", to: stem(restored(rest)))
    }
    if text.hasSuffix("ied") { return adding("D", to: stem(text.count > 4 ? String(text.dropLast(3)) + "y" : String(text.dropLast()))) }
    if let rest = cut("ed", atLeast: 2), rest.last != "e" { return stem(restored(rest)).map(addingD) }
    // In mother, sister, river, number and finger it is no ending.
    let others = ["th", "st", "v", "mb", "ng"]
    if let rest = cut("er", atLeast: 3), let last = rest.last, !isVowel(last), !others.contains(where: rest.hasSuffix) {
      return adding("ER0", to: stem(restored(rest)))
    }
    return nil
  }

  private static let plainEndings = [
    ("lessly", "L AH0 S L IY0"), ("fully", "F AH0 L IY0"), ("ness", "N AH0 S"), ("less", "L AH0 S"),
    ("ment", "M AH0 N T"), ("ful", "F AH0 L"), ("ly", "L IY0"), ("ward", "W ER0 D"), ("wards", "W ER0 D Z"), ("hood", "HH UH2 D"),
    ("ship", "SH IH2 P"),
  ]

  /// The word before -ing, -ed and -er: run of running, hope of hoping.
  private static func restored(_ stem: Substring) -> String {
    let letters = Array(stem)
    let stem = String(stem)
    guard let last = letters.last, letters.count > 1 else { return stem }
    let before = letters[letters.count - 2]
    if last == before, !["l", "s", "e", "o", "f", "z"].contains(last) { return String(stem.dropLast()) }
    if isVowel(last) || ["w", "x", "h"].contains(last) { return last == "u" ? stem + "e" : stem }
    let syllables = letters.indices.count { isVowel(letters[$0]) && ($0 == 0 || !isVowel(letters[$0 - 1])) }
    let isAfterOneVowel = isVowel(before) && (letters.count < 3 || !isVowel(letters[letters.count - 3]))
    if ["v", "c", "z"].contains(last) || last == "g" && before != "n" || last == "s" && before != "s" && before != "u" {
      return stem + "e"
    }
    if ["chang", "rrang", "plung", "bring"].contains(where: stem.hasSuffix), stem != "bring" { return stem + "e" }
    if last == "l", !isVowel(before), before != "l", before != "r", before != "w" { return stem + "e" }
    if isAfterOneVowel, syllables == 1 { return stem + "e" }
    if isAfterOneVowel, ["at", "ir", "ur", "ut", "iz", "ar"].contains(String(letters.suffix(2))), letters.count > 4 {
      return stem + "e"
    }
    return stem
  }

  // MARK: - Compounds

  /// Second parts of compounds, with whether they bear the stress.
  private static let secondParts: [(part: String, isStressed: Bool)] = [
    ("selves", true), ("self", true), ("ever", true), ("soever", true), ("where", false), ("thing", false), ("body", false),
    ("times", false),
    ("time", false), ("light", false), ("night", false), ("side", false), ("days", false), ("day", false), ("ways", false), ("way", false),
    ("fire", false), ("shine", false), ("fall", false), ("work", false), ("house", false), ("heart", false), ("made", false),
    ("stone", false), ("town", false), ("down", false), ("moon", false), ("bird", false), ("man", false), ("one", false), ("word", false),
    ("wood", false), ("beat", false), ("room", false), ("ground", false), ("road", false), ("more", false),
  ]

  private static func compound(_ text: String, _ depth: Int) -> Pronunciation? {
    for (part, isStressed) in secondParts where text.hasSuffix(part) {
      let first = text.dropLast(part.count)
      guard first.count >= 3, first.contains(where: isVowel) else { continue }
      // Prefixes are no words, and clothing and telephone no compounds.
      if prefixes.contains(String(first)) || ["thing", "one"].contains(part) && !determiners.contains(String(first)) { continue }
      guard let head = spoken(Array(first.utf8), depth: depth + 1), let tail = spoken(Array(part.utf8), depth: depth + 1) else { continue }
      let weaker = Phoneme.Stress.secondary
      func weak(_ pronunciation: Pronunciation) -> [Phoneme] {
        pronunciation.phonemes.map { $0.stress == .primary ? $0.stressed(weaker) : $0 }
      }
      return Pronunciation(isStressed ? weak(head) + tail.phonemes : head.phonemes + weak(tail))
    }
    // The e inside homeland is silent.
    for part in firstParts where text.hasPrefix(part) && text.count >= part.count + 3 {
      let rest = text.dropFirst(part.count)
      guard let first = rest.first, !isVowel(first), rest.contains(where: isVowel), let head = spoken(Array(part.utf8), depth: depth + 1),
        let tail = spoken(Array(rest.utf8), depth: depth + 1)
      else { continue }
      return Pronunciation(head.phonemes + tail.phonemes.map { $0.stress == .primary ? $0.stressed(.secondary) : $0 })
    }
    return nil
  }

  private static let firstParts = [
    "some", "fore", "home", "like", "eye", "house", "life", "fire", "time", "where", "there", "grave", "stone", "wide", "else", "pine",
    "rose",
    "every", "any",
  ]

  private static let determiners: Set<String> = ["any", "every", "some", "play"]
  private static let prefixes: Set<String> = ["out", "under", "over", "for", "with", "dis", "mis", "com", "con", "sub", "pro", "per"]
}
