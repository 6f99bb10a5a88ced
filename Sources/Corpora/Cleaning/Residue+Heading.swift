/// Headings: `12 ContributorsTranslationsDeutschTitle Lyrics`, `Title Lyrics`, and the description of the song that may follow.
extension Residue {
  private static let lyrics = Array("Lyrics".utf8)
  private static let spacedLyrics = Array(" Lyrics".utf8)
  private static let readMore = Array("Read More".utf8)
  /// A description is shortened to fewer bytes than this.
  private static let longestDescription = 4_000

  /// Where the lyrics begin after a heading at the beginning of a song; nil if there is none.
  static func endOfHeading(_ text: Span<UInt8>, title: [UInt8]) -> Int? {
    var start = 0
    while start < text.count, text[start] <= 0x20 { start += 1 }
    guard start < text.count else { return nil }
    let line = start..<beforeSpaces(text, endOfLine(text, start, text.count), start)
    if isDigit(text[start]) {
      guard let names = endOfContributors(text, line) else { return nil }
      guard let end = endOfContributorsHeading(text, names, line, title) else { return nil }
      return endOfDescription(text, end) ?? end
    }
    if !title.isEmpty, hasAnyCase(title, text, start, line.upperBound), has(spacedLyrics, text, start + title.count, line.upperBound) {
      let end = start + title.count + spacedLyrics.count
      // "Love Lyrics are all I write" is a lyric.
      if beginsLyrics(text, end, line.upperBound) { return end }
    }
    if !title.isEmpty, hasAnyCase(title, text, start, line.upperBound),
      let word = firstMatch(of: otherLyrics, text, start + title.count, line.upperBound)
    {
      let end = start + title.count + word.count
      if beginsLyrics(text, end, line.upperBound) { return end }
    }
    if let end = endOfSiteHeading(text, line, title: title) { return end }
    // Without a title, only a tag that is joined to the word tells a heading from a lyric.
    var index = start
    while let bracket = first([UInt8(ascii: "[")], text, index..<line.upperBound) {
      index = bracket + 1
      // No tag is longer.
      guard wordForLyrics(text, before: bracket, start) != nil,
        let closing = first([UInt8(ascii: "]")], text, index..<min(line.upperBound, bracket + longestTag))
      else { continue }
      if SectionTag(text, bracket..<closing + 1)?.normalised != nil { return bracket }
    }
    return nil
  }

  private static let allLyrics = [spacedLyrics] + otherLyrics
  /// The most bytes of a section tag.
  private static let longestTag = 100
  /// The most bytes of a title that is looked for in a heading.
  private static let longestTitle = 400

  /// The word for lyrics that ends at a place.
  private static func wordForLyrics(_ text: Span<UInt8>, before place: Int, _ start: Int) -> [UInt8]? {
    allLyrics.first { place - $0.count >= start && has($0, text, place - $0.count, place) }
  }

  /// Whether what follows `Lyrics` is the beginning of the lyrics, joined to it, and not the rest of a sentence.
  private static func beginsLyrics(_ text: Span<UInt8>, _ place: Int, _ end: Int) -> Bool {
    guard place < end else { return true }
    let byte = text[place]
    if byte == 0xC2, place + 1 < end, text[place + 1] == 0xA0 { return false }
    return isUppercase(byte) || isDigit(byte) || byte >= 0x80 || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "\"")
      || byte == UInt8(ascii: "(") || byte == UInt8(ascii: "'")
  }

  /// Where `12 Contributors` ends, with or without the space; nil if the line does not begin with it.
  private static func endOfContributors(_ text: Span<UInt8>, _ line: Range<Int>) -> Int? {
    var index = line.lowerBound
    while index < line.upperBound, isDigit(text[index]) || text[index] == UInt8(ascii: ",") || text[index] == UInt8(ascii: ".") {
      index += 1
    }
    if index < line.upperBound, text[index] == UInt8(ascii: "K") { index += 1 }
    index = afterSpaces(text, index, line.upperBound)
    guard let name = firstMatch(of: contributors, text, index, line.upperBound) else { return nil }
    return index + name.count
  }

  /// - Parameter names: where the number of contributors ends.
  private static func endOfContributorsHeading(_ text: Span<UInt8>, _ names: Int, _ line: Range<Int>, _ title: [UInt8]) -> Int? {
    let rest = afterSpaces(text, names, line.upperBound)
    if rest == line.upperBound { return endOfHeadingLines(text, line.upperBound, hasTranslations: false) }
    // "12 Contributors to my pain" is a lyric.
    if rest > names, isLowercase(text[rest]) { return nil }
    // A longer one is none, and would be looked for everywhere in vain.
    if !title.isEmpty, title.count <= longestTitle {
      var index = rest
      while index + title.count < line.upperBound {
        if hasAnyCase(title, text, index, line.upperBound),
          let word = firstMatch(of: allLyrics, text, index + title.count, line.upperBound)
        {
          return index + title.count + word.count
        }
        index += 1
      }
    }
    var candidates: [Int] = []
    var index = rest
    while let place = first(spacedLyrics, text, index..<line.upperBound) {
      index = place + spacedLyrics.count
      candidates.append(index)
    }
    if candidates.isEmpty { candidates = endsOfOtherLyrics(text, rest..<line.upperBound) }
    let punctuation = Array(" ,.:;)-&'/\u{C2}".utf8)
    if let end = candidates.first(where: { $0 == line.upperBound || !punctuation.contains(text[$0]) }) { return end }
    // The parts of the page may be joined by spaces.
    let spaced = candidates.first { place in
      let next = afterSpaces(text, place, line.upperBound)
      return next > place && beginsLyrics(text, next, line.upperBound)
    }
    if let spaced { return spaced }
    if let place = candidates.first { return place }
    if let place = first(lyrics, text, rest..<line.upperBound) { return place + lyrics.count }
    let hasTranslations = firstMatch(of: translations, text, rest, line.upperBound) != nil
    if rest > names, !hasTranslations { return nil }
    if !hasTranslations {
      // Nothing tells where a title ends, except a tag that is joined to it; what follows may be the first line.
      if let bracket = first([UInt8(ascii: "[")], text, rest..<line.upperBound),
        let closing = first([UInt8(ascii: "]")], text, bracket..<line.upperBound),
        SectionTag(text, bracket..<closing + 1)?.normalised != nil
      {
        return bracket
      }
      return names
    }
    return endOfHeadingLines(text, line.upperBound, hasTranslations: hasTranslations)
  }

  /// Where each word for lyrics in another language ends.
  private static func endsOfOtherLyrics(_ text: Span<UInt8>, _ line: Range<Int>) -> [Int] {
    var ends: [Int] = []
    var index = line.lowerBound
    while index < line.upperBound {
      if text[index] == 0x20, let word = firstMatch(of: otherLyrics, text, index, line.upperBound) {
        index += word.count
        ends.append(index)
      } else {
        index += 1
      }
    }
    return ends
  }

  /// Where a heading ends whose parts stand on lines of their own.
  private static func endOfHeadingLines(_ text: Span<UInt8>, _ place: Int, hasTranslations: Bool) -> Int {
    var hasTranslations = hasTranslations
    var start = place
    var lines = 0
    while start < text.count, lines < 80 {
      let end = endOfLine(text, start, text.count)
      let first = afterSpaces(text, start, end)
      let last = beforeSpaces(text, end, start)
      start = end + 1
      guard first < last else { continue }
      lines += 1
      if text[first] == UInt8(ascii: "[") || last - first > 200 { break }
      if let word = wordForLyrics(text, before: last, first), last - first > word.count { return last }
      if firstMatch(of: translations, text, first, last) != nil { hasTranslations = true }
      if !hasTranslations { break }
    }
    return place
  }

  /// Where a description ends that begins at a place after a heading: after `Read More`.
  private static func endOfDescription(_ text: Span<UInt8>, _ start: Int) -> Int? {
    let limit = min(text.count, start + longestDescription)
    let line = endOfLine(text, start, text.count)
    var index = start
    while let place = first(readMore, text, index..<limit) {
      index = place + readMore.count
      let before = beforeSpaces(text, place, start)
      let isShortened = endsWith("\u{2026}", text, before, start) || endsWith("...", text, before, start)
      if place >= line {
        // On a later line only its ellipsis tells it from a lyric; a tag ends the search.
        if let tag = first([newlineByte, UInt8(ascii: "[")], text, line..<place), tag < place { return nil }
        if isShortened { return index }
        continue
      }
      let next = afterSpaces(text, index, limit)
      let isBeforeTag = next < limit && text[next] == UInt8(ascii: "[")
      let endsSentence = [".", "!", "?", "\"", "\u{201D}", "\u{2019}", ")", "]", "\u{2014}", ";"].contains {
        endsWith($0, text, before, start)
      }
      if before > start, isShortened || endsSentence || isBeforeTag { return index }
    }
    return nil
  }

  private static func endsWith(_ ending: String, _ text: Span<UInt8>, _ end: Int, _ start: Int) -> Bool {
    let bytes = Array(ending.utf8)
    return end - bytes.count >= start && has(bytes, text, end - bytes.count, end)
  }
}
