/// The form of a song: its sections with their lines, the syllables of each line, and which lines rhyme.
///
/// ```swift
/// let shape = try SongShape(structure: "verse:4 chorus:4 verse:4 chorus:=", syllables: "7-9", rhyme: "ABAB")
/// ```
public struct SongShape: Sendable, Hashable {
  /// A part of a song, such as a verse.
  public struct Section: Sendable, Hashable {
    /// Such as "verse"; empty for a section without a name.
    public var name: String
    /// The number of lines.
    public var lines: Int
    /// Whether the section repeats the lines of the first one of its name.
    public var isRepeat: Bool

    /// A section; one that repeats has as many lines as the section that it repeats.
    public init(name: String, lines: Int, isRepeat: Bool = false) {
      self.name = name
      self.lines = lines
      self.isRepeat = isRepeat
    }
  }

  /// The sections in order.
  public var sections: [Section]
  /// The syllables of each line of a section, from its first line on; shorter lists start again. Empty: any number.
  public var syllables: [ClosedRange<Int>]
  /// A letter for each line of a section: lines of one letter rhyme. `nil` is a line without a rhyme. Shorter schemes start again, with new
  /// rhymes. Empty: nothing need rhyme.
  public var scheme: [Character?]

  /// The syllables of every line of the song, and its letter in its section, of a shape that was taken from a song; else empty.
  var ownSyllables: [ClosedRange<Int>] = [], ownScheme: [Character?] = []

  /// The most lines of a song.
  public static let mostLines = 512
  /// The most syllables of a line.
  public static let mostSyllables = 64

  /// A shape of sections.
  public init(sections: [Section], syllables: [ClosedRange<Int>] = [], scheme: [Character?] = []) {
    self.sections = sections
    self.syllables = syllables
    self.scheme = scheme
  }

  /// A shape from the texts of the command's flags.
  ///
  /// - Parameters:
  ///   - structure: sections as `name:lines`, or `name:=` for a repeat, separated by spaces or commas.
  ///   - syllables: a number, a range such as 7-9, or a list of these by line.
  ///   - rhyme: a letter for each line; X or - is a line without a rhyme.
  /// - Throws: `GenerationError.invalidShape` for a text that cannot be read.
  public init(structure: String, syllables: String? = nil, rhyme: String? = nil) throws(GenerationError) {
    sections = try Self.sections(structure)
    self.syllables = try syllables.map { text throws(GenerationError) in try Self.syllables(text) } ?? []
    scheme = try rhyme.map { text throws(GenerationError) in try Self.scheme(text) } ?? []
  }

  // MARK: - Reading

  private static func parts(_ text: String) -> [Substring] { text.split { $0.isWhitespace || $0 == "," } }

  private static func sections(_ text: String) throws(GenerationError) -> [Section] {
    func error(_ found: Substring, _ expected: String) -> GenerationError {
      .invalidShape(key: "structure", found: String(found), expected: expected)
    }
    var sections: [Section] = []
    for part in parts(text) {
      let halves = part.split(separator: ":", omittingEmptySubsequences: false)
      guard halves.count == 2, !halves[0].isEmpty else { throw error(part, "a section such as verse:4, or chorus:= for a repeat") }
      let name = halves[0].lowercased()
      if halves[1] == "=" {
        guard let first = sections.first(where: { $0.name == name }) else {
          throw error(part, "a \(name) with lines before its repeat")
        }
        sections.append(Section(name: name, lines: first.lines, isRepeat: true))
      } else {
        guard let lines = Int(halves[1]), (1...mostLines).contains(lines) else {
          throw error(part, "a number of lines from 1 to \(mostLines), or = for a repeat")
        }
        sections.append(Section(name: name, lines: lines))
      }
    }
    if sections.isEmpty { throw error(Substring(text), "at least one section, such as verse:4") }
    let lines = sections.reduce(0) { $0 + $1.lines }
    if lines > mostLines { throw error("\(lines) lines", "at most \(mostLines) lines in all") }
    return sections
  }

  private static func syllables(_ text: String) throws(GenerationError) -> [ClosedRange<Int>] {
    let expected = "a number of syllables from 1 to \(mostSyllables), a range such as 7-9, or a list of these by line"
    var result: [ClosedRange<Int>] = []
    for part in parts(text) {
      let numbers = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard (1...2).contains(numbers.count), let least = numbers[0], let most = numbers[numbers.count - 1], 1 <= least, least <= most,
        most <= mostSyllables
      else { throw .invalidShape(key: "syllables", found: String(part), expected: expected) }
      result.append(least...most)
    }
    if result.isEmpty { throw .invalidShape(key: "syllables", found: text, expected: expected) }
    return result
  }

  private static func scheme(_ text: String) throws(GenerationError) -> [Character?] {
    var letters: [Character?] = []
    for character in text.uppercased() where !character.isWhitespace && character != "," {
      if character == "X" || character == "-" {
        letters.append(nil)
      } else if character.isLetter {
        letters.append(character)
      } else {
        throw .invalidShape(key: "rhyme", found: text, expected: "a letter for each line, such as ABAB, and X for a line without a rhyme")
      }
    }
    let rhymed = letters.compactMap(\.self)
    // A letter that comes once is a line without a rhyme, as in ABCB.
    if Set(rhymed).count == rhymed.count {
      throw .invalidShape(key: "rhyme", found: text, expected: "a scheme in which at least one letter comes twice, such as AABB")
    }
    return letters.map { letter in letter.flatMap { one in rhymed.count { $0 == one } > 1 ? one : nil } }
  }

  // MARK: - Lines

  /// The number of the section that a section repeats; nil if it has lines of its own.
  func original(ofSection number: Int) -> Int? {
    let section = sections[number]
    return section.isRepeat ? sections.firstIndex { $0.name == section.name && !$0.isRepeat } : nil
  }

  /// The number of a section's first line among the lines of the song.
  private func start(ofSection section: Int) -> Int { sections[..<section].reduce(0) { $0 + $1.lines } }

  /// The syllables that a line of a section should have; nil: any number.
  func syllables(ofLine line: Int, section: Int) -> ClosedRange<Int>? {
    if !ownSyllables.isEmpty { return ownSyllables[start(ofSection: section) + line] }
    return syllables.isEmpty ? nil : syllables[line % syllables.count]
  }

  /// Names the rhyme of a line of a section: lines of one name rhyme. Nil: the line need not rhyme.
  func rhyme(ofLine line: Int, section: Int) -> RhymeName? {
    if !ownScheme.isEmpty {
      return ownScheme[start(ofSection: section) + line].map { RhymeName(section: section, round: 0, letter: $0) }
    }
    guard !scheme.isEmpty, let letter = scheme[line % scheme.count] else { return nil }
    let round = line / scheme.count, start = round * scheme.count
    // Where the section ends within the scheme, a letter may be left alone.
    let lines = (start..<min(start + scheme.count, sections[section].lines)).count { scheme[$0 - start] == letter }
    return lines > 1 ? RhymeName(section: section, round: round, letter: letter) : nil
  }

  /// The lines of a section that rhyme with one of its lines and come after it.
  func partners(ofLine line: Int, section: Int) -> Int {
    let name = rhyme(ofLine: line, section: section)
    return (line + 1..<max(line + 1, sections[section].lines)).count { name != nil && rhyme(ofLine: $0, section: section) == name }
  }

  /// A rhyme of a song.
  struct RhymeName: Hashable, Sendable {
    let section: Int, round: Int
    let letter: Character
  }
}
