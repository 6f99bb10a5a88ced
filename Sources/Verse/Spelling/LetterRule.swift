/// A letter-to-sound rule: letters, what must stand before and after them, and their phonemes.
struct LetterRule {
  let left: [UInt8]
  let letters: [UInt8]
  let right: [UInt8]
  let phonemes: [String]

  /// Reads `left[letters]right=PH.PH`; returns nil if the text is no rule.
  init?(_ text: Substring) {
    guard let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]"), let equals = text.lastIndex(of: "="), open < close,
      close < equals
    else { return nil }
    left = Array(text[..<open].utf8)
    letters = Array(text[text.index(after: open)..<close].utf8)
    right = Array(text[text.index(after: close)..<equals].utf8)
    phonemes = text[text.index(after: equals)...].split(separator: ".").map(String.init)
    let signs = Set("abcdefghijklmnopqrstuvwxyz_#:^.+%@".utf8)
    let symbols = Phoneme.englishVowels.union(Phoneme.englishConsonants)
    guard (left + letters + right).allSatisfy(signs.contains), phonemes.allSatisfy(symbols.contains) else { return nil }
  }

  /// Whether the rule fits the letters of a word at a place.
  func fits(_ word: [UInt8], at place: Int) -> Bool {
    guard place + letters.count <= word.count, word[place..<place + letters.count].elementsEqual(letters) else { return false }
    return Self.matches(left.reversed()[...], word[..<place].reversed(), isLeft: true)
      && Self.matches(right[...], Array(word[(place + letters.count)...]), isLeft: false)
  }

  static func isVowel(_ letter: UInt8) -> Bool { Array("aeiouy".utf8).contains(letter) }
  private static let voiced = Set("bdvgjlmnrwz".utf8)
  private static let front = Set("eiy".utf8)
  private static let plainU = Set("tsrdlznj".utf8)
  private static let endings = ["e", "ed", "es", "er", "ers", "ing", "ely", "est"].map { Array($0.utf8) }

  /// Matches a context against the letters on one side, the nearest first.
  private static func matches(_ context: ArraySlice<UInt8>, _ letters: [UInt8], isLeft: Bool) -> Bool {
    var rest = letters[...]
    for sign in context {
      switch sign {
      case UInt8(ascii: "_"): guard rest.isEmpty else { return false }
      case UInt8(ascii: "#"):
        guard let first = rest.first, isVowel(first) else { return false }
        rest = rest.drop(while: isVowel)
      case UInt8(ascii: ":"): rest = rest.drop { !isVowel($0) }
      case UInt8(ascii: "^"):
        guard let first = rest.first, !isVowel(first) else { return false }
        rest.removeFirst()
      case UInt8(ascii: "."):
        guard let first = rest.first, voiced.contains(first) else { return false }
        rest.removeFirst()
      case UInt8(ascii: "+"):
        guard let first = rest.first, front.contains(first) else { return false }
        rest.removeFirst()
      case UInt8(ascii: "@"):
        guard let first = rest.first else { return false }
        // ch, sh and th are one consonant, told by their h, which is the nearer letter.
        if first == UInt8(ascii: "h"), rest.count > 1 {
          rest.removeFirst(2)
        } else {
          guard plainU.contains(first) else { return false }
          rest.removeFirst()
        }
      case UInt8(ascii: "%"):
        guard !isLeft, endings.contains(Array(rest)) else { return false }
        rest = []
      default:
        guard rest.first == sign else { return false }
        rest.removeFirst()
      }
    }
    return true
  }
}
