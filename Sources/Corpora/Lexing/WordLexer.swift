/// Cuts a text into words, numbers, punctuation, tags and line breaks, in one pass.
///
/// The rules, which `TokenDecoder` undoes:
/// - a word is a run of letters and digits, with apostrophes and hyphens inside, and an apostrophe before it where `Apostrophes` says so;
///   by the first two rules every apostrophe in it is written `'`;
/// - an apostrophe after a word belongs to it unless it closes a quotation that began on the same line; by the first rules only where
///   `Apostrophes` says so;
/// - in a number, `.` and `,` may stand between two digits;
/// - `[Chorus]`, a bracket of up to 40 characters that starts with no space, on one line and without another in it, is a tag;
/// - a run of the same `.`, `-`, `!`, `?`, `_`, `*`, `=`, `~` or `#` is one token, and so is a line break;
/// - any other character is a token of its own;
/// - by the third rules `<join>` and `<space>` stand between two tokens of a line where `TokenSpacing` would have a space and the text has
///   nothing, or the other way round.
package struct WordLexer: Sequence, IteratorProtocol {
  private let text: String
  private let lowercase: Bool
  private let rules: LexingRules
  private var index: String.Index
  private var quotations = OpenQuotations()
  /// The last scalar of the token before; nil at the start of a line.
  private var previous: Unicode.Scalar?
  private var spacing: TokenSpacing
  private var gap = Gap.nothing
  /// The token that follows `<join>` or `<space>`.
  private var held: String?

  static let longestTag = 40

  package init(_ text: String, lowercase: Bool, rules: LexingRules = .current) {
    self.text = text
    self.lowercase = lowercase
    self.rules = rules
    self.index = text.startIndex
    spacing = TokenSpacing(rules)
  }

  package mutating func next() -> String? {
    if let token = held {
      held = nil
      return token
    }
    gap = .nothing
    guard let token = cutNext() else { return nil }
    if token == "\n" {
      quotations = OpenQuotations()
      previous = nil
      spacing.startLine()
      return token
    }
    previous = token.unicodeScalars.last
    guard rules.keepsSpelling else { return token }
    let isFirst = spacing.previous == nil
    let isSpaced = spacing.add(token)
    guard !isFirst, let note = gap.note(isSpaced: isSpaced) else { return token }
    held = token
    return note
  }

  private mutating func cutNext() -> String? {
    while index < text.endIndex {
      let (kind, after) = character(at: index)
      switch kind {
      case .space:
        index = after
        gap = .space
      case .ignorable:
        index = after
        if gap == .nothing { gap = .ignored }
      case .newline:
        index = after
        return "\n"
      case .letter, .digit:
        return word(from: index)
      case .apostrophe:
        return elision() ?? single()
      case .hyphen:
        return run()
      case .unspaced:
        return single()
      case .other:
        return punctuation()
      }
    }
    return nil
  }

  /// What stands at the index, and where the next character begins.
  ///
  /// Most text is ASCII; there, a byte before another ASCII byte is a character (CR LF apart), and need not be asked more.
  private func character(at index: String.Index) -> (kind: CharacterClass, after: String.Index) {
    let bytes = text.utf8
    let byte = bytes[index]
    let next = bytes.index(after: index)
    if byte < 0x80, byte != carriageReturn, next == bytes.endIndex || bytes[next] < 0x80 { return (CharacterClass(ascii: byte), next) }
    return (CharacterClass(text[index], rules: rules), text.index(after: index))
  }

  private mutating func single() -> String {
    let character = text[index]
    index = text.index(after: index)
    if rules != .first, let mark = Self.mark(character) { _ = quotations.add(mark, after: previous) }
    return String(character)
  }

  private static func mark(_ character: Character) -> OpenQuotations.Mark? {
    OpenQuotations.Mark(String(character))
  }

  /// Whether the apostrophe at the index belongs to the word before it.
  private func belongsToWord(_ word: String) -> Bool {
    if Apostrophes.follow(Apostrophes.straightened(word)) { return true }
    guard rules != .first, let mark = Self.mark(text[index]) else { return false }
    let next = text.index(after: index)
    var isDoubled = false
    if next < text.endIndex, Self.mark(text[next]) == mark {
      let after = text.index(after: next)
      isDoubled = after == text.endIndex || !isWordCharacter(at: after)
    }
    return quotations.belongsToWord(mark, isDoubled: isDoubled)
  }

  private mutating func run() -> String {
    let start = index
    let character = text[start]
    repeat { index = text.index(after: index) } while index < text.endIndex && text[index] == character
    return String(text[start..<index])
  }

  private mutating func punctuation() -> String {
    switch text[index] {
    case ".", "!", "?", "_", "*", "=", "~", "#": return run()
    case "[": return tag() ?? single()
    case "<":
      if text[index...].hasPrefix(Vocabulary.unknownToken) {
        index = text.index(index, offsetBy: Vocabulary.unknownToken.count)
        return Vocabulary.unknownToken
      }
      return single()
    default: return single()
    }
  }

  /// A bracketed tag at the index, white space in it folded.
  private mutating func tag() -> String? {
    var end = text.index(after: index)
    var length = 0
    while end < text.endIndex, length <= Self.longestTag {
      let character = text[end]
      if character == "]" {
        guard length > 0 else { return nil }
        let words = text[index...end].split { CharacterClass($0, rules: rules) == .space }
        index = text.index(after: end)
        return words.joined(separator: " ")
      }
      let kind = CharacterClass(character, rules: rules)
      if character == "[" || kind == .newline || kind == .space && length == 0 { return nil }
      length += 1
      end = text.index(after: end)
    }
    return nil
  }

  /// A word that begins with the apostrophe at the index.
  private mutating func elision() -> String? {
    let start = text.index(after: index)
    guard start < text.endIndex, isWordCharacter(at: start) else { return nil }
    let word = Apostrophes.straightened(text[start..<endOfWord(from: start)].lowercased())
    guard quotations.beginsWord(Self.mark(text[index])) || Apostrophes.precede(word, rules: rules) else { return nil }
    return self.word(from: start, prefix: written(text[index..<start]))
  }

  private mutating func word(from start: String.Index, prefix: String = "") -> String {
    index = endOfWord(from: start)
    var word = prefix + written(text[start..<index])
    if index < text.endIndex, character(at: index).kind == .apostrophe, belongsToWord(word.lowercased()) {
      let after = text.index(after: index)
      word += written(text[index..<after])
      index = after
    }
    return word
  }

  private func written(_ word: Substring) -> String {
    let word = rules.keepsSpelling ? String(word) : Apostrophes.straightened(String(word))
    return lowercase ? word.inLowerCase : word
  }

  private func isWordCharacter(at index: String.Index) -> Bool {
    let kind = character(at: index).kind
    return kind == .letter || kind == .digit
  }

  private func endOfWord(from start: String.Index) -> String.Index {
    var end = start
    var previous = CharacterClass.letter
    while end < text.endIndex {
      let (kind, after) = character(at: end)
      switch kind {
      case .letter, .digit:
        break
      case .apostrophe, .hyphen:
        guard previous == .letter || previous == .digit, after < text.endIndex, isWordCharacter(at: after) else { return end }
      case .other where text[end] == "." || text[end] == ",":
        guard previous == .digit, after < text.endIndex, character(at: after).kind == .digit else { return end }
      default:
        return end
      }
      previous = kind
      end = after
    }
    return end
  }
}
