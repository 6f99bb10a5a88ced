/// What a character is to the word lexer.
enum CharacterClass: UInt8 {
  /// Part of a word.
  case letter
  /// Part of a word, and of a number.
  case digit
  /// A letter of a script that is written without spaces: a token of its own.
  case unspaced
  case apostrophe
  case hyphen
  case newline
  case space
  /// Nothing that can be seen: format characters, and marks without a letter to sit on.
  case ignorable
  /// Punctuation and symbols.
  case other

  /// - Parameter rules: by the first, vowel signs that are characters of their own are ignored, which loses them.
  init(_ character: Character, rules: LexingRules) {
    if let byte = character.asciiValue {
      self.init(ascii: byte)
    } else if let first = character.unicodeScalars.first(where: { $0.properties.generalCategory != .format }) {
      self.init(first: first, rules: rules)
    } else {
      self = .ignorable
    }
  }

  init(ascii byte: UInt8) {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): self = .letter
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self = .digit
    case UInt8(ascii: "'"): self = .apostrophe
    case UInt8(ascii: "-"): self = .hyphen
    case 0x0A, 0x0D: self = .newline
    case 0x09, 0x0B, 0x0C, 0x20: self = .space
    case 0..<0x20, 0x7F: self = .ignorable
    default: self = .other
    }
  }

  private init(first: Unicode.Scalar, rules: LexingRules) {
    let properties = first.properties
    switch first.value {
    case 0x2019: self = .apostrophe
    case 0x2010, 0x2011: self = .hyphen
    case 0x85, 0x2028, 0x2029: self = .newline
    // Not letters of their own, but joined to what stands before: alone they would change what is put before them.
    case 0x0E33, 0x0EB3: self = .ignorable
    default:
      if properties.isWhitespace {
        self = .space
      } else if rules != .first, properties.generalCategory == .spacingMark, !properties.isGraphemeExtend,
        ("\u{1000}\(first)" as String).count == 2
      {
        // Vowel signs of Myanmar and Tai Tham, for instance, which do not join the letter before them.
        self = isUnspacedScript(first) ? .unspaced : .letter
      } else if properties.isGraphemeExtend || properties.isEmojiModifier || properties.generalCategory == .spacingMark {
        self = .ignorable
      } else if properties.numericType != nil && !properties.isAlphabetic {
        self = .digit
      } else if properties.isAlphabetic {
        self = isUnspacedScript(first) ? .unspaced : .letter
      } else {
        self = properties.generalCategory == .control ? .ignorable : .other
      }
    }
  }
}

/// Whether the character belongs to a script that is written without spaces between words.
private func isUnspacedScript(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x0E00...0x0EFF: true  // Thai, Lao
  case 0x1000...0x109F, 0xA9E0...0xA9FF, 0xAA60...0xAA7F: true  // Myanmar
  case 0x1780...0x17FF: true  // Khmer
  case 0x2E80...0x2FDF, 0x3005...0x3007, 0x3021...0x3029, 0x3038...0x303B: true  // Han: radicals, numerals, iteration
  case 0x3040...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F, 0x1B000...0x1B16F: true  // Hiragana, Katakana
  case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF: true  // Han
  default: false
  }
}

/// Whether a token, by its first character, is set without spaces to neighbours of its kind: letters of the scripts above,
/// and the full-width punctuation that goes with them.
func isSetWithoutSpaces(_ token: String) -> Bool {
  guard let first = token.unicodeScalars.first, first.value >= 0x0E00 else { return false }
  if (0x3001...0x303F).contains(first.value) || (0xFF01...0xFF65).contains(first.value) { return true }
  return isUnspacedScript(first)
}
