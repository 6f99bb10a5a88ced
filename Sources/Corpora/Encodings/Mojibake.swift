internal import Basics

/// Counts the characters of a UTF-8 text that were UTF-8 once, were read in another encoding, and were saved again: `Ã©` for `é`, `РћС‡Рё`
/// for `Очи`, `ã‚` for `あ`. Replacement characters are counted, too.
///
/// Found are sequences that are a character again if each is taken for its byte in Windows-1252, ISO-8859-1, Windows-1250 or
/// Windows-1251, and the signs that stand for common ones in Mac OS Roman (`√©`, `‚Äô`). A single sequence counts only if no language
/// writes these characters in a row, such as a capital letter with a mark between small letters. Others count where several follow each
/// other without a gap, as the letters of a word do.
///
/// - Complexity: O(n); ASCII is passed eight bytes at a time.
package func misreadCharacters(_ text: Span<UInt8>, _ range: Range<Int>) -> MisreadCharacters {
  var counts = MisreadCharacters()
  var run = MojibakeRun()
  var index = range.lowerBound
  while index < range.upperBound {
    if index <= range.upperBound - 8, text.eightBytes(at: index) & EightBytes.high == 0 {
      index += 8
      continue
    }
    let found: MojibakeSequence?
    switch text[index] {
    case 0xC3...0xC5, 0xD0: found = MojibakeSequence(text, index, range)
    case 0xE2:
      found = nil
      if isOfMac(text, index, range.upperBound) { counts[.macintosh] += 1 }
    case 0xEF:
      found = nil
      if range.upperBound - index >= 3, text[index + 1] == 0xBF, text[index + 2] == 0xBD { counts.replacements += 1 }
    default: found = nil
    }
    if let found {
      if !run.add(found, at: index) {
        run.settle(&counts)
        run = MojibakeRun(found)
      }
      index = found.next
    } else {
      index += 1
    }
  }
  run.settle(&counts)
  return counts
}

/// Whether `√` or `‚Ä` and a sign that is not ASCII follow at once.
private func isOfMac(_ text: Span<UInt8>, _ index: Int, _ end: Int) -> Bool {
  guard end - index >= 5 else { return false }
  if text[index + 1] == 0x88, text[index + 2] == 0x9A { return text[index + 3] >= 0x80 }
  return end - index >= 6 && text[index + 1] == 0x80 && text[index + 2] == 0x9A && text[index + 3] == 0xC3 && text[index + 4] == 0x84
    && text[index + 5] >= 0x80
}

/// Sequences in one encoding that follow each other without a gap.
private struct MojibakeRun {
  private var first: MojibakeSequence?
  private var last: MojibakeSequence?
  private var count = 0
  private var certain = 0
  private var signs = 0
  /// Whether one of them differs from the first in its last character.
  private var isVaried = false
  /// Whether one that another follows ends in what no language has before a letter.
  private var isUnusual = false

  init() {}

  init(_ sequence: MojibakeSequence) {
    first = sequence
    take(sequence)
  }

  /// Adds a sequence; false if it does not continue the run.
  mutating func add(_ sequence: MojibakeSequence, at index: Int) -> Bool {
    guard let last, last.next == index, last.encoding == sequence.encoding else { return false }
    isUnusual = isUnusual || !last.endsUsually
    isVaried = isVaried || sequence.last != first?.last
    take(sequence)
    return true
  }

  private mutating func take(_ sequence: MojibakeSequence) {
    last = sequence
    count += 1
    signs += sequence.signs
    if sequence.isCertain { certain += 1 }
  }

  func settle(_ counts: inout MisreadCharacters) {
    guard let first else { return }
    // Two of three characters each, or three of two.
    counts[first.encoding] += isVaried && isUnusual && signs >= 3 ? count : certain
  }
}

/// A character that was encoded twice.
private struct MojibakeSequence {
  let encoding: MisreadCharacters.Encoding
  /// Whether no language writes its characters in a row.
  let isCertain: Bool
  /// How many characters follow its first.
  let signs: Int
  /// The last of them.
  let last: UInt32
  /// Where the text goes on after it.
  let next: Int

  /// Nil if none begins at `index`.
  init?(_ text: Span<UInt8>, _ index: Int, _ range: Range<Int>) {
    // A letter that is ASCII, or nothing, follows most letters of other languages.
    guard range.upperBound - index >= 4, text[index + 2] >= 0xC2 else { return nil }
    if text[index] == 0xD0 {
      // Only Р and С, and в before Ђ, are looked at.
      let isLead = text[index + 1] == 0xA0 || text[index + 1] == 0xA1
      guard isLead || text[index + 1] == 0xB2 && text[index + 2] == 0xD0 && text[index + 3] == 0x82 else { return nil }
      self.init(text, index, range, .cyrillic, CodePage.cyrillic)
    } else {
      guard let found = Self(text, index, range, .western, CodePage.western) ?? Self(text, index, range, .central, CodePage.central) else {
        return nil
      }
      self = found
    }
  }

  private init?(_ text: Span<UInt8>, _ index: Int, _ range: Range<Int>, _ encoding: MisreadCharacters.Encoding, _ page: CodePage) {
    let (lead, afterLead) = scalar(text, at: index)
    guard let first = page.lead(lead) else { return nil }
    var next = afterLead
    var bytes = [first]
    var values: [UInt32] = []
    for _ in 0..<(first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3) {
      guard next < range.upperBound, text[next] >= 0xC2 else { return nil }
      let (value, after) = scalar(text, at: next)
      guard let byte = page.continuation(value) else { return nil }
      bytes.append(byte)
      values.append(value)
      next = after
    }
    guard firstInvalidByte(bytes.span, 0..<bytes.count) == nil, let last = values.last else { return nil }
    self.encoding = encoding
    self.last = last
    self.next = next
    signs = values.count
    let before = index > range.lowerBound ? text[index - 1] : 0x20
    let isAfterCapital = before &- 0x41 < 26 || index - 2 >= range.lowerBound && before >= 0x80 && text[index - 2] == 0xC3 && before < 0x9F
    let place = Place(
      isAfterSmall: Residue.isLowercase(before), isAfterCapital: isAfterCapital,
      isBeforeSmall: next < range.upperBound && Residue.isLowercase(text[next]))
    switch encoding {
    case .western: isCertain = Self.isCertain(western: bytes, values, place)
    case .central: isCertain = Self.isCertain(central: bytes, values, place)
    case .cyrillic: isCertain = bytes.count == 3
    case .macintosh: isCertain = false
    }
  }

  /// What stands beside a sequence.
  private struct Place {
    var isAfterSmall: Bool
    var isAfterCapital: Bool
    var isBeforeSmall: Bool
  }

  private static func set(_ text: String) -> Set<UInt32> { Set(text.unicodeScalars.map(\.value)) }

  /// Signs that no language writes after a letter with a mark. Control characters belong to them, but not the line end 0x85.
  private static let unusual = set("¢£¤¥¦§¨¬¯±µ¶¸¼½¾€ƒ†‡ˆ‰˜ˇ˘˛˝").union(0x80...0x84).union(0x86...0x9F)
  /// Signs that may stand between a letter and the next word: in `É…É…` nothing is wrong.
  private static let joining = set("…–—‘’\u{85}")
  private static let capitals = set("ЂЃЉЊЌЋЏЎЈҐЁЄЇІЅ")
  private static let marks = set("¡¿©®ªº°²³¹·•™´ŠšŽžŒœŸ")
  private static let spaces = set("\u{A0}\u{AD}")
  private static let small = set("šśťžźłąľż")
  private static let large = set("ŠŚŤŽŹŁĄŞŻĽ")
  private static let ligatures = set("šžœŸ")

  private static func isCertain(western bytes: [UInt8], _ values: [UInt32], _ place: Place) -> Bool {
    if bytes.count > 2 {
      return values.contains(where: unusual.contains) || bytes == [0xEF, 0xBB, 0xBF] || bytes[0] == 0xE2 && bytes[1] == 0x99
        || bytes[0] == 0xF0 && bytes[1] == 0x9F
    }
    // × and ß are no capital letters.
    guard let value = values.first, bytes[0] != 0xD7, bytes[0] != 0xDF else { return false }
    if unusual.contains(value) || place.isAfterSmall { return true }
    switch bytes[0] {
    case 0xC2, 0xC3:
      return marks.contains(value) || spaces.contains(value) && !place.isAfterCapital || !spaces.contains(value) && place.isBeforeSmall
    case 0xC4, 0xC5: return ligatures.contains(value)
    default: return false
    }
  }

  private static func isCertain(central bytes: [UInt8], _ values: [UInt32], _ place: Place) -> Bool {
    guard bytes.count == 2, let value = values.first, [0xC2, 0xC3, 0xC4, 0xC5, 0xD0, 0xD1].contains(bytes[0]) else { return false }
    if unusual.contains(value) || place.isAfterSmall || small.contains(value) { return true }
    if bytes[0] == 0xC3, marks.contains(value), value < 0x100 { return true }
    return large.contains(value) && place.isBeforeSmall && !place.isAfterCapital
  }

  /// Whether it ends in what a text may have before the next letter: a sign that joins words, or a capital letter among others.
  var endsUsually: Bool { Self.joining.contains(last) || Self.capitals.contains(last) }
}
