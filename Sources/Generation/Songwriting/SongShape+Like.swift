public import Verse

extension SongShape {
  /// The shape of a given song: its sections, the syllables of its lines, and which of them rhyme.
  ///
  /// Sections end at blank lines and at tags such as [Chorus], which name them. A section whose lines came before is a repeat. A line
  /// rhymes with a line of the four before it in its section if their last words do.
  ///
  /// - Throws: `GenerationError.invalidShape` if there is no line, or more than ``mostLines``.
  public init(like song: String, lexicon: Lexicon) throws(GenerationError) {
    var sections: [Section] = [], syllables: [ClosedRange<Int>] = [], scheme: [Character?] = []
    var written: [[String]] = []
    for (name, lines) in Self.stanzas(song) {
      let repeated = written.firstIndex { $0 == lines }
      let own = repeated.map { sections[$0].name } ?? (name.isEmpty ? "section \(written.count + 1)" : name)
      // A name that other lines had before is numbered, so that a repeat is of the right ones.
      let isTaken = repeated == nil && sections.contains { $0.name == own }
      sections.append(Section(name: isTaken ? "\(own) \(written.count + 1)" : own, lines: lines.count, isRepeat: repeated != nil))
      written.append(lines)
      syllables += lines.map { line in
        let count = line.split(whereSeparator: \.isWhitespace).reduce(0) {
          $0 + (lexicon.pronunciations(of: String($1)).first?.syllableCount ?? 0)
        }
        return max(1, min(Self.mostSyllables, count))...max(1, min(Self.mostSyllables, count))
      }
      scheme += Self.letters(of: lines, lexicon)
    }
    let count = sections.reduce(0) { $0 + $1.lines }
    guard (1...Self.mostLines).contains(count) else {
      throw .invalidShape(key: "like", found: "\(count) lines", expected: "a song of 1 to \(Self.mostLines) lines")
    }
    self.init(sections: sections)
    ownSyllables = syllables
    ownScheme = scheme
  }

  /// The sections of a text, with their names.
  private static func stanzas(_ text: String) -> [(name: String, lines: [String])] {
    var stanzas: [(name: String, lines: [String])] = [], name = "", lines: [String] = []
    func end() {
      if !lines.isEmpty { stanzas.append((name, lines)) }
      lines = []
    }
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      let words = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if words.hasPrefix("["), words.hasSuffix("]") {
        end()
        name = words.dropFirst().dropLast().lowercased().split { $0 == " " || $0 == ":" || $0.isNumber }.first.map(String.init) ?? ""
      } else if words.isEmpty {
        end()
      } else {
        lines.append(words)
      }
    }
    end()
    return stanzas
  }

  /// A letter for each line of a section that rhymes with another.
  private static func letters(of lines: [String], _ lexicon: Lexicon) -> [Character?] {
    let ends = lines.map {
      $0.split { !$0.isLetter && !$0.isNumber && $0 != "'" && $0 != "\u{2019}" && $0 != "-" }.last.map(String.init) ?? ""
    }
    var groups = [Int?](repeating: nil, count: lines.count), count = 0
    for line in lines.indices {
      for earlier in (max(0, line - 4)..<line).reversed() where lexicon.rhyme(ends[earlier], ends[line]) == .perfect {
        if groups[earlier] == nil {
          groups[earlier] = count
          count += 1
        }
        groups[line] = groups[earlier]
        break
      }
    }
    return groups.map { group in group.flatMap { UnicodeScalar(UInt32(0x41 + $0 % 26)).map(Character.init) } }
  }
}
