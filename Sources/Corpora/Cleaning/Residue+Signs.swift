/// What a text may hold, told in one pass before rules are applied that most texts do not need.
extension Residue {
  struct Signs {
    /// Whether there is a character that references or tags begin with.
    var hasMarkup = false
    /// Whether the fixed words of an advertisement are there.
    var hasAdvertisement = false
  }

  /// Looks at eight bytes at a time.
  static func signs(in text: Span<UInt8>) -> Signs {
    var signs = Signs()
    var index = 0
    while index < text.count {
      let end = min(index + 8, text.count)
      if end - index == 8 {
        let word = text.eightBytes(at: index)
        let markup = EightBytes.first(UInt8(ascii: "&"), in: word) | EightBytes.first(UInt8(ascii: "<"), in: word)
        let capitals = EightBytes.first(UInt8(ascii: "Y"), in: word) | EightBytes.first(UInt8(ascii: "G"), in: word)
        if markup | capitals == 0 {
          index = end
          continue
        }
      }
      while index < end {
        let byte = text[index]
        if byte == UInt8(ascii: "&") || byte == UInt8(ascii: "<") { signs.hasMarkup = true }
        if byte == UInt8(ascii: "Y") || byte == UInt8(ascii: "G"), !signs.hasAdvertisement {
          signs.hasAdvertisement = beginsAdvertisement(text, index)
        }
        index += 1
      }
    }
    return signs
  }
}
