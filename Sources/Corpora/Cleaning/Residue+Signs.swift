internal import Basics

/// What a text may hold, told in one pass before rules are applied that most texts do not need.
extension Residue {
  struct Signs {
    /// Whether there is a character that references or tags begin with.
    var hasMarkup = false
    /// Whether the fixed words of an advertisement are there.
    var hasAdvertisement = false
  }

  /// Looks at eight bytes at a time: words of advertisements begin with a capital letter.
  static func signs(in text: Span<UInt8>) -> Signs {
    let isSlot = isSlotOfBeginning
    var signs = Signs()
    var index = 0
    while text.count - index >= 8 {
      let word = text.eightBytes(at: index)
      if EightBytes.first(UInt8(ascii: "&"), in: word) | EightBytes.first(UInt8(ascii: "<"), in: word) != 0 { signs.hasMarkup = true }
      var capitals = EightBytes.capitals(word)
      while capitals != 0, !signs.hasAdvertisement {
        signs.hasAdvertisement = beginsAdvertisement(text, index + capitals.trailingZeroBitCount / 8, isSlot)
        capitals &= capitals - 1
      }
      // The second byte of the Cyrillic letter with which one begins.
      if word & EightBytes.high != 0, EightBytes.first(0x92, in: word) != 0, !signs.hasAdvertisement {
        for place in max(0, index - 1)..<index + 7 where beginsAdvertisement(text, place, isSlot) { signs.hasAdvertisement = true }
      }
      index += 8
    }
    while index < text.count {
      let byte = text[index]
      if byte == UInt8(ascii: "&") || byte == UInt8(ascii: "<") { signs.hasMarkup = true }
      index += 1
    }
    return signs
  }
}
