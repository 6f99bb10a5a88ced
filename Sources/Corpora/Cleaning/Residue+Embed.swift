/// What the button below the lyrics leaves at their end: `12Embed`, `1.2KEmbed`, `EmbedShare URLCopyEmbedCopy`.
extension Residue {
  private static let embed = Array("Embed".utf8)
  private static let howTo = Array("How to Format Lyrics:".utf8)
  private static let cancel = Array("Cancel".utf8)
  private static let forum = Array("forum".utf8)
  /// The most bytes of the page's instructions for writing lyrics down.
  private static let longestInstructions = 1_500

  /// Where a text ends without the button's words and number; nil if there are none.
  static func withoutEmbed(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
    let start = range.lowerBound
    var end = beforeSpaces(text, range.upperBound, start, andLineEnds: true)
    var hasInstructions = false
    if end - forum.count >= start, has(forum, text, end - forum.count, end),
      let place = first(howTo, text, max(start, end - longestInstructions)..<end)
    {
      end = before(cancel, text, place, start) ?? place
      hasInstructions = true
    }
    if let place = startOfShare(text, end, start) {
      end = beforeCount(text, place, start)
    } else if end - embed.count >= start, has(embed, text, end - embed.count, end) {
      let place = end - embed.count
      // A word of its own may be the poet's, unless it has the line to itself.
      let before = beforeSpaces(text, place, start)
      if before == place || before == start || text[before - 1] == newlineByte {
        end = beforeCount(text, place, start)
      } else if !hasInstructions {
        return nil
      }
    } else if !hasInstructions {
      return nil
    }
    return beforeSpaces(text, end, start, andLineEnds: true)
  }

  /// Where `EmbedShare URLCopyEmbedCopy` begins, with or without colons and white space between its words.
  private static func startOfShare(_ text: Span<UInt8>, _ end: Int, _ start: Int) -> Int? {
    guard let copy = before(Array("Copy".utf8), text, end, start),
      let embed = before(Self.embed, text, copy, start),
      let first = before(Array("Copy".utf8), text, embed, start),
      let share = before(Array("Share URL".utf8), text, first, start)
    else { return nil }
    return before(Self.embed, text, share, start) ?? share
  }

  /// Where a word begins that ends at a place, a colon and white space aside.
  private static func before(_ word: [UInt8], _ text: Span<UInt8>, _ place: Int, _ start: Int) -> Int? {
    var end = beforeSpaces(text, place, start, andLineEnds: true)
    if end > start, text[end - 1] == UInt8(ascii: ":") { end = beforeSpaces(text, end - 1, start, andLineEnds: true) }
    return end - word.count >= start && hasAnyCase(word, text, end - word.count, end) ? end - word.count : nil
  }

  /// The place before the number of readers that stands before a place, on the same line or alone on the one before.
  private static func beforeCount(_ text: Span<UInt8>, _ place: Int, _ start: Int) -> Int {
    let end = beforeSpaces(text, place, start, andLineEnds: true)
    if end < place {
      // The number counts only if it has its line to itself.
      let number = startOfCount(text, end, start)
      return number < end && (number == start || text[number - 1] == newlineByte) ? number : end
    }
    return startOfCount(text, end, start)
  }

  /// Where a number of readers begins that ends at a place; the place itself if there is none. Above 999 it is written `1.2K`.
  private static func startOfCount(_ text: Span<UInt8>, _ end: Int, _ start: Int) -> Int {
    var index = end
    let isThousands = index > start && (text[index - 1] == UInt8(ascii: "K") || text[index - 1] == UInt8(ascii: "M"))
    if isThousands { index -= 1 }
    var digits = startOfDigits(text, index, start)
    guard digits < index else { return end }
    let isFraction = digits - 2 >= start && text[digits - 1] == UInt8(ascii: ".") && isDigit(text[digits - 2])
    if isFraction {
      // "version 1.2" is a lyric's number.
      guard isThousands, index - digits == 1 else { return end }
      index = digits - 1
      digits = startOfDigits(text, index, start)
    }
    if index - digits <= 3 { return digits }
    // A year stands before the number, or alone.
    let isYear = text[digits] == UInt8(ascii: "1") && text[digits + 1] == UInt8(ascii: "9")
    let isLaterYear = text[digits] == UInt8(ascii: "2") && text[digits + 1] == UInt8(ascii: "0")
    return index - digits <= 7 && index - digits > 4 && (isYear || isLaterYear) ? digits + 4 : end
  }

  private static func startOfDigits(_ text: Span<UInt8>, _ end: Int, _ start: Int) -> Int {
    var index = end
    while index > start, isDigit(text[index - 1]) { index -= 1 }
    return index
  }
}
