/// Sets the stress of English words from their endings, prefixes and number of syllables, and weakens short vowels without stress.
enum EnglishStress {
  static func stressed(_ sounds: [EnglishSpelling.Sound], word: String) -> Pronunciation? {
    let vowels = sounds.indices.filter { Phoneme.englishVowels.contains(sounds[$0].symbol) }
    let stressed = vowels.isEmpty ? 0 : vowels[place(in: word, vowels: vowels.count)]
    let phonemes = sounds.indices.map { index -> Phoneme in
      let sound = sounds[index]
      if index == stressed { return Phoneme(sound.symbol, stress: .primary) }
      // The first vowel before the stress often keeps its sound, and says nothing of the rhyme.
      return Phoneme(sound.isShort && index > stressed ? "AH" : sound.symbol)
    }
    return phonemes.isEmpty ? nil : Pronunciation(phonemes)
  }

  /// The number of the stressed vowel.
  private static func place(in word: String, vowels count: Int) -> Int {
    if count < 2 { return 0 }
    func ends(_ endings: [String]) -> Bool { endings.contains(where: word.hasSuffix) }
    if ends(["ee", "eer", "oon", "ique", "ette", "esque", "oo", "aire"]) { return count - 1 }
    if ends(["tion", "sion", "cian", "ic", "ics", "cious", "tious", "cial", "tial", "xious", "geous"]) { return max(0, count - 2) }
    if ends(["ity", "ety", "ical", "ian", "ial", "ious", "ia", "ify", "ogy", "aphy", "eous", "io"]) { return max(0, count - 3) }
    if count == 2 { return isPrefixed(word) && !endsWeakly(word) ? 1 : 0 }
    if count == 3, isPrefixed(word) { return 1 }
    if ends(["ana", "ando", "ina", "ona", "ella", "etta", "ember", "ellow"]) { return count - 2 }
    return max(0, count - 3)
  }

  private static let weakEndings = [
    "er", "y", "en", "le", "age", "ish", "et", "it", "or", "al", "a", "o", "ow", "us", "ous", "ing", "ard", "ent", "ant", "ess", "est",
    "ect",
    "ure", "ice", "ey", "el", "ic", "on", "om", "um", "ond", "ace", "ate",
  ]
  private static let sureEndings = [
    "eny", "ely", "ay", "oy", "ppear", "lly", "ight", "ress", "lect", "pect", "ject", "tect", "gret", "get", "fess", "sess",
  ]

  private static func endsWeakly(_ word: String) -> Bool {
    !sureEndings.contains(where: word.hasSuffix) && weakEndings.contains(where: word.hasSuffix)
  }

  private static let prefixes = [
    "be", "de", "re", "un", "en", "em", "ex", "for", "to", "dis", "mis", "con", "com", "sur", "pre", "im", "in", "up", "ob", "ad", "ac",
    "al",
    "ap", "ar", "at", "as", "ab", "af", "a", "es", "se", "per", "pro", "sup", "sug", "sub", "op", "or", "trans", "di", "o",
  ]
  /// Prefixes of verbs, which have no stress in verbs and mostly have it in nouns.
  private static let doubtful: Set<String> = ["or", "o", "al", "di", "per", "ar", "pro", "in", "im", "at", "con", "com", "ab", "op"]

  private static func isPrefixed(_ word: String) -> Bool {
    for prefix in prefixes where word.hasPrefix(prefix) && word.count > prefix.count + 2 {
      let rest = word.dropFirst(prefix.count)
      // reason and season begin with no prefix.
      guard let first = rest.first, !"aeiouy".contains(first) || !"aeiou".contains(prefix.last ?? "a") else { continue }
      if prefix == "a" || prefix == "o" {
        // One consonant after it, or one and l or r: alone, away, across; not apple, angle.
        let second = rest.dropFirst().first ?? "x"
        if !"aeiouylrhw".contains(second) { continue }
      }
      return !doubtful.contains(prefix) || isHeavy(rest)
    }
    return false
  }

  /// Whether the rest has a long vowel or ends in two consonants.
  private static func isHeavy(_ rest: Substring) -> Bool {
    let letters = Array(rest)
    let last = letters[letters.count - 1]
    if ["ai", "ay", "ea", "ee", "oa", "oo", "ou", "oi", "oy", "igh", "ie", "aw", "ew"].contains(where: { rest.contains($0) }) {
      return true
    }
    if last == "e", letters.count > 2 { return true }
    return letters.count > 2 && !"aeiouy".contains(last) && !"aeiouy".contains(letters[letters.count - 2])
  }
}
