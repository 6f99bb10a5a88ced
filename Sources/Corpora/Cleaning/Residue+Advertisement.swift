internal import Basics

/// Advertisements between lines: `You might also like`, `See Ann LiveGet tickets as low as $17`, `See upcoming rock shows`.
extension Residue {
  private static let tickets = Array("Get tickets as low as".utf8)
  private static let favorites = Array("Get tickets for your favorite artists".utf8)
  private static let see = Array("See ".utf8)
  private static let live = Array("Live".utf8)
  private static let upcoming = Array("See upcoming ".utf8)
  private static let shows = Array(" shows".utf8)
  /// The most bytes of the kind of shows.
  private static let longestKind = 40

  /// The fixed words with which advertisements begin, by their first byte.
  private static let beginnings = (0..<256).map { byte in
    (alsoLikes + [tickets, favorites, upcoming]).filter { $0.first.map(Int.init) == byte }
  }
  private static let opens = beginnings.map { !$0.isEmpty }

  /// The first eight bytes as one of few numbers, by which nearly all places are told from a beginning without a look at the patterns.
  @inline(__always)
  private static func slot(_ bytes: UInt64) -> Int { Int(truncatingIfNeeded: (bytes &* goldenRatio) >> 52) }

  /// For each number of eight bytes, whether a beginning has it.
  static let isSlotOfBeginning = {
    var isSlot = [Bool](repeating: false, count: 1 << 12)
    for beginning in beginnings.joined() {
      precondition(beginning.count >= 8, "an advertisement begins with at least eight bytes")
      isSlot[slot(beginning.span.eightBytes(at: 0))] = true
    }
    return isSlot
  }()

  /// Whether the fixed words of an advertisement begin at a place.
  ///
  /// - Parameter isSlot: `isSlotOfBeginning`, which a loop takes once.
  @inline(__always)
  static func beginsAdvertisement(_ text: Span<UInt8>, _ index: Int, _ isSlot: [Bool]) -> Bool {
    guard text.count - index >= 8, isSlot[slot(text.eightBytes(at: index))] else { return false }
    return firstMatch(of: beginnings[Int(text[index])], text, index, text.count) != nil
  }

  /// The text without advertisements. One that is joined to lyrics at both of its sides becomes a line end.
  static func withoutAdvertisements(_ text: Span<UInt8>, removed: inout Int) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var kept = 0
    var index = 0
    while index < text.count {
      guard let found = advertisement(text, index, from: kept) else {
        index += 1
        continue
      }
      removed += 1
      let lineStart = startOfLine(text, found.lowerBound, kept)
      let isLineStart = lineStart == 0 || text[lineStart - 1] == newlineByte || result.last == newlineByte
      let isAtStart = isLineStart && afterSpaces(text, lineStart, found.lowerBound) == found.lowerBound
      let next = afterSpaces(text, found.upperBound, text.count)
      let isAtEnd = next == text.count || text[next] == newlineByte
      result.append(text, kept..<(isAtStart ? lineStart : found.lowerBound))
      kept = next
      if isAtStart && isAtEnd {
        kept = min(next + 1, text.count)
      } else if !isAtStart && !isAtEnd {
        result.append(newlineByte)
      }
      index = kept
    }
    result.append(text, kept..<text.count)
    return result
  }

  /// The advertisement whose fixed words begin at a place.
  private static func advertisement(_ text: Span<UInt8>, _ index: Int, from start: Int) -> Range<Int>? {
    let byte = text[index]
    guard opens[Int(byte)] else { return nil }
    if let words = firstMatch(of: alsoLikes, text, index, text.count) {
      return isAlsoLike(text, index, words.count, from: start) ? index..<index + words.count : nil
    }
    if byte == UInt8(ascii: "S") { return shows(text, index, from: start) }
    guard byte == UInt8(ascii: "G"), let end = endOfTickets(text, index) else { return nil }
    return (startOfTickets(text, index, from: start) ?? index)..<endOfAlsoLike(text, end)
  }

  /// Where the words end that tell of tickets.
  private static func endOfTickets(_ text: Span<UInt8>, _ index: Int) -> Int? {
    if has(favorites, text, index, text.count) { return index + favorites.count }
    return has(tickets, text, index, text.count) ? endOfPrice(text, index + tickets.count) : nil
  }

  /// Where `You might also like` ends that follows a place on the same line; the place itself if it does not.
  private static func endOfAlsoLike(_ text: Span<UInt8>, _ place: Int) -> Int {
    let next = afterSpaces(text, place, text.count)
    return firstMatch(of: alsoLikes, text, next, text.count).map { next + $0.count } ?? place
  }

  /// `See upcoming rock shows`, with the words about tickets that are joined to it, or on a line of its own.
  private static func shows(_ text: Span<UInt8>, _ index: Int, from start: Int) -> Range<Int>? {
    let kind = index + upcoming.count
    guard has(upcoming, text, index, text.count),
      let place = first(shows, text, kind..<endOfLine(text, kind, min(text.count, kind + longestKind))), place > kind
    else { return nil }
    let end = place + shows.count
    let next = afterSpaces(text, end, text.count)
    if has(favorites, text, next, text.count) { return index..<endOfAlsoLike(text, next + favorites.count) }
    let before = beforeSpaces(text, index, start)
    guard before == start || text[before - 1] == newlineByte, next == text.count || text[next] == newlineByte else { return nil }
    return index..<end
  }

  /// Whether `You might also like` at a place is no lyric: it has the line to itself, or is joined to what stands beside it.
  private static func isAlsoLike(_ text: Span<UInt8>, _ index: Int, _ count: Int, from start: Int) -> Bool {
    let end = index + count
    let next = afterSpaces(text, end, text.count)
    let isBeforeTag = next < text.count && text[next] == UInt8(ascii: "[")
    guard next == text.count || text[next] == newlineByte || isBeforeTag || next == end && isJoined(text, end) else { return false }
    let before = beforeSpaces(text, index, start)
    if before == start || text[before - 1] == newlineByte { return true }
    guard before == index else { return false }
    let byte = text[index - 1]
    // Joined to the end of a line. A quotation mark or bracket may open the line instead.
    if byte < 0x80 {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        return index - 1 > start && text[index - 2] > 0x20
      }
      return isDigit(byte) || isLowercase(byte | 0x20) || ")]!?.,;:".utf8.contains(byte)
    }
    return !["\u{201C}", "\u{2018}", "\u{AB}", "\u{BF}", "\u{A1}", "\u{2014}", "\u{2013}", "\u{201E}"].contains { opening in
      let bytes = Array(opening.utf8)
      return has(bytes, text, index - bytes.count, index)
    }
  }

  /// Whether lyrics begin right at a place, so that the words before it are not a sentence's: `likeAnd you`, `likeand you`.
  private static func isJoined(_ text: Span<UInt8>, _ place: Int) -> Bool {
    let byte = text[place]
    guard byte >= 0x80 || isDigit(byte) || isLowercase(byte | 0x20) || byte == UInt8(ascii: "(") || byte == UInt8(ascii: "\"") else {
      return false
    }
    // A dash or an ellipsis goes on with the sentence; a space, too.
    if byte >= 0x80 {
      let (value, _) = scalar(text, at: place)
      return value != 0xA0 && value != 0x2014 && value != 0x2013 && value != 0x2026 && value != 0x2019 && value != 0x201D
    }
    guard isLowercase(byte) else { return true }
    var end = place
    while end < text.count, isLowercase(text[end]) { end += 1 }
    let word = string(text, place..<end)
    return !["s", "d", "n", "ly", "wise", "ness", "able", "lihood", "ning", "ned", "ns"].contains(word)
  }

  /// Where `See Ann Live` begins that stands before a place, on the same line or the last one before; nil if it does not.
  private static func startOfTickets(_ text: Span<UInt8>, _ index: Int, from start: Int) -> Int? {
    let end = beforeSpaces(text, index, start, andLineEnds: true)
    guard end - live.count >= start, has(live, text, end - live.count, end) else { return nil }
    let line = startOfLine(text, end, start)
    var found: Int?
    var place = line
    while let next = first(see, text, place..<end) {
      place = next + 1
      // At the line's start, or joined to the line before. A later one may be part of the artist's name.
      if next == afterSpaces(text, line, end) || next > line && text[next - 1] > 0x20 { return next }
      found = next
    }
    return found
  }

  /// Where a price ends: `$17`, `€1,204.50`, `US$ 20`, `62 €`. Nil if there is none.
  private static func endOfPrice(_ text: Span<UInt8>, _ start: Int) -> Int? {
    var index = afterSpaces(text, start, text.count)
    guard index > start else { return nil }
    let letters = index
    while index < text.count, index - letters < 3, isUppercase(text[index]) { index += 1 }
    var hasCurrency = index - letters == 3
    if let next = endOfCurrency(text, index) {
      index = next
      hasCurrency = true
    }
    index = afterSpaces(text, index, text.count)
    guard index < text.count, isDigit(text[index]) else { return nil }
    while index < text.count, isDigit(text[index]) { index += 1 }
    while index < text.count, text[index] == UInt8(ascii: ",") || text[index] == UInt8(ascii: "."), let next = endOfGroup(text, index + 1) {
      index = next
    }
    let after = afterSpaces(text, index, text.count)
    if hasCurrency { return index }
    if let next = endOfCurrency(text, after) { return next }
    for name in ["EUR", "USD", "GBP", "CHF", "kr", "z\u{142}"] where has(Array(name.utf8), text, after, text.count) {
      return after + name.utf8.count
    }
    return nil
  }

  /// Where two or three digits end, which are all that stand there.
  private static func endOfGroup(_ text: Span<UInt8>, _ start: Int) -> Int? {
    var index = start
    while index < text.count, isDigit(text[index]) { index += 1 }
    return 2...3 ~= index - start ? index : nil
  }

  private static func endOfCurrency(_ text: Span<UInt8>, _ place: Int) -> Int? {
    guard place < text.count else { return nil }
    let (value, next) = scalar(text, at: place)
    switch value {
    case 0x24, 0xA2...0xA5, 0x20A0...0x20CF, 0xFF04, 0xFFE1, 0xFFE5: return next
    default: return nil
    }
  }
}
