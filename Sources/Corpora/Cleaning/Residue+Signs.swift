/// What a text may hold, told in one pass before rules are applied that most texts do not need.
extension Residue {
  struct Signs {
    /// Whether there is a character that references or tags begin with.
    var hasMarkup = false
    /// Whether the fixed words of an advertisement are there.
    var hasAdvertisement = false
  }

  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// The high bit of each byte that is zero; a byte above one may be marked too, so it tells for sure only that there is none.
  @inline(__always)
  private static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highs }

  /// Looks at eight bytes at a time.
  static func signs(in text: Span<UInt8>) -> Signs {
    var signs = Signs()
    let ampersands = ones &* UInt64(UInt8(ascii: "&"))
    let brackets = ones &* UInt64(UInt8(ascii: "<"))
    let letters = (ones &* UInt64(UInt8(ascii: "Y")), ones &* UInt64(UInt8(ascii: "G")))
    var index = 0
    while index < text.count {
      let end = min(index + 8, text.count)
      if end - index == 8 {
        let word = text.eightBytes(at: index)
        let markup = zeros(word ^ ampersands) | zeros(word ^ brackets)
        if markup | zeros(word ^ letters.0) | zeros(word ^ letters.1) == 0 {
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
