internal import Corpora
internal import Kernels
internal import LanguageModel
internal import Models

/// A song that was written to a shape.
public struct WrittenSong: Sendable {
  /// A line of the song.
  public struct Line: Sendable {
    /// The line, without its end.
    public var text: String
    /// The number of the section, from 0, and of the line in it.
    public var section: Int, line: Int
    /// Whether it repeats a line that was written before.
    public var isRepeat: Bool
    /// The syllables that it has.
    public var syllables: Int
    /// The syllables that the shape asks for; nil: any number.
    public var wantedSyllables: ClosedRange<Int>?
    /// The word that the line ends with.
    public var lastWord: String
    /// The letter of its rhyme in the scheme; nil: it need not rhyme.
    public var rhyme: Character?
    /// What the shape asks for and the line lacks.
    public var misses: [Miss]
    /// -ln of the model's probability of the line.
    public var nats: Double
    /// Words of the line.
    public var words: Int
  }

  /// What a line lacks.
  public enum Miss: Sendable, Hashable {
    /// No line with these syllables was found.
    case syllables
    /// No word is left that rhymes with the lines before.
    case rhyme
  }

  /// The lines in order.
  public var lines: [Line]
  /// The whole song, with the names of its sections where the model knows them.
  public var text: String
}

/// Writes songs to a shape, one after the other.
final class SongWriter {
  private let tokenizer: Tokenizer
  private let sounds: TokenSounds
  private let search: LineSearch
  /// Words of each rhyme class that may be written, by what sounds alike.
  private let wordsOfClass: [[TokenID]]
  private var history: TokenHistory
  private var decoder: TokenDecoder
  /// [1, V]: the probability of each token as the next one, added up over the lines so far.
  private let words: Matrix
  private var text = ""

  /// The fewest words of a rhyme class besides those that a stanza needs.
  private static let spareWords = 2

  init(
    _ model: Model, _ weights: SamplingWeights, sounds: TokenSounds, sampling: Sampling, particles: Int, seed: UInt64, workers: Int
  ) {
    tokenizer = model.tokenizer
    self.sounds = sounds
    let excluded = BannedWords(sampling.bannedWords, tokenizer).tokens(of: tokenizer)
    search = LineSearch(
      weights, sampling, sounds: sounds, excluded: excluded, particles: particles, seed: seed, workers: workers)
    let banned = Set(excluded)
    wordsOfClass = sounds.members.map { $0.filter { !banned.contains($0) } }
    history = TokenHistory(sampling, exempt: [tokenizer.newline, tokenizer.songBoundary].compactMap { $0 })
    decoder = TokenDecoder(tokenizer)
    words = Matrix(rows: 1, columns: tokenizer.vocabulary.count)
  }

  // MARK: - A song

  /// Writes a song.
  ///
  /// - Parameter context: the tokens that the model reads first; never empty.
  func write(_ shape: SongShape, context: [TokenID]) -> WrittenSong {
    search.read(context)
    var lines: [WrittenSong.Line] = [], written: [Int: [[TokenID]]] = [:]
    var rhymes: [SongShape.RhymeName: (group: Int32, used: Set<Int32>)] = [:]
    for (number, section) in shape.sections.enumerated() {
      begin(section, number, shape)
      var own: [[TokenID]] = []
      let first = section.isRepeat ? shape.sections.firstIndex { $0.name == section.name && !$0.isRepeat } : nil
      for line in 0..<section.lines {
        if let first, let tokens = written[first]?[line], let old = lines.first(where: { $0.section == first && $0.line == line }) {
          add(tokens)
          var copy = old
          copy.section = number
          copy.isRepeat = true
          lines.append(copy)
          own.append(tokens)
          continue
        }
        let (found, misses) = find(line, number, shape, &rhymes)
        let start = text.endIndex
        add(found.tokens)
        lines.append(
          WrittenSong.Line(
            text: String(text[start...].drop { $0.isWhitespace }.filter { !$0.isNewline }), section: number, line: line, isRepeat: false,
            syllables: found.syllables, wantedSyllables: shape.syllables(ofLine: line, section: number),
            lastWord: found.lastWord.map { tokenizer.vocabulary.tokens[Int($0)] } ?? "",
            rhyme: shape.rhyme(ofLine: line, section: number)?.letter, misses: misses, nats: found.nats,
            words: found.tokens.count { sounds.kinds[Int($0)] == .word }))
        own.append(found.tokens)
      }
      written[number] = own
    }
    return WrittenSong(lines: lines, text: text)
  }

  /// Writes the blank line and the name before a section.
  private func begin(_ section: SongShape.Section, _ number: Int, _ shape: SongShape) {
    var tokens: [TokenID] = []
    if number > 0, let newline = tokenizer.newline { tokens.append(newline) }
    let count = shape.sections[...number].count { $0.name == section.name }
    if let tag = tag(section.name, count), let newline = tokenizer.newline { tokens += [tag, newline] }
    take(tokens)
  }

  /// The token of a section's name, numbered if the vocabulary has it so.
  private func tag(_ name: String, _ number: Int) -> TokenID? {
    let names = ["[\(name) \(number)]", "[\(name)]", "[\(name) 1]"]
    for name in names {
      if let index = tokenizer.vocabulary.tokens.firstIndex(where: { $0.lowercased() == name }) { return TokenID(index) }
    }
    return nil
  }

  /// Has the song go on with a line.
  private func add(_ line: [TokenID]) { take(line + [tokenizer.newline].compactMap { $0 }) }

  private func take(_ tokens: [TokenID]) {
    search.read(tokens)
    for token in tokens {
      history.append(token)
      text += decoder.text(for: token)
    }
  }

  // MARK: - A line

  /// Finds a line that is as near to the shape as can be.
  private func find(
    _ line: Int, _ section: Int, _ shape: SongShape, _ rhymes: inout [SongShape.RhymeName: (group: Int32, used: Set<Int32>)]
  ) -> (line: LineSearch.Line, misses: [WrittenSong.Miss]) {
    let name = shape.rhyme(ofLine: line, section: section), wanted = shape.syllables(ofLine: line, section: section)
    var ending = LineGoal.Ending.any
    if let name {
      if let rhyme = rhymes[name] {
        ending = .rhyme(class: rhyme.group, excluding: rhyme.used)
      } else {
        ending = .rhymable(
          classes: rhymableClasses(partners: shape.partners(ofLine: line, section: section), taken: Set(rhymes.values.map(\.group))),
          excluding: [])
      }
    }
    // First what is asked for, then without what may be the cause.
    for (budget, goal, misses) in attempts(wanted, ending) {
      let lines = search.lines(LineGoal(syllables: budget, ending: goal), after: history, words: words)
      guard let found = choose(lines, goal) else { continue }
      if let name, let last = found.lastWord {
        let group = sounds.classes[Int(last)]
        if rhymes[name] == nil { rhymes[name] = (group, []) }
        rhymes[name]?.used.insert(sounds.homophones[Int(last)])
      }
      return (found, misses)
    }
    return (search.emptyLine(after: history), [.syllables] + (name == nil ? [] : [.rhyme]))
  }

  /// What to try for a line, one after the other.
  private func attempts(
    _ wanted: ClosedRange<Int>?, _ ending: LineGoal.Ending
  ) -> [(syllables: ClosedRange<Int>?, ending: LineGoal.Ending, misses: [WrittenSong.Miss])] {
    var attempts: [(ClosedRange<Int>?, LineGoal.Ending, [WrittenSong.Miss])] = [(wanted, ending, [])]
    if let wanted {
      for more in [1, 2, 4] {
        attempts.append((max(1, wanted.lowerBound - more)...min(SongShape.mostSyllables, wanted.upperBound + more), ending, [.syllables]))
      }
    }
    if case .any = ending { return attempts + [(nil, .any, wanted == nil ? [] : [.syllables])] }
    attempts.append((wanted, .any, [.rhyme]))
    return attempts + [(nil, .any, wanted == nil ? [.rhyme] : [.syllables, .rhyme])]
  }

  /// The rhyme classes with words enough for a line and its partners, and some to spare; fewer to spare if there are none.
  private func rhymableClasses(partners: Int, taken: Set<Int32>) -> Set<Int32> {
    func classes(spare: Int, _ taken: Set<Int32>) -> Set<Int32> {
      Set(
        wordsOfClass.indices.lazy.map(Int32.init).filter { group in
          !taken.contains(group) && Set(self.wordsOfClass[Int(group)].map { self.sounds.homophones[Int($0)] }).count > partners + spare
        })
    }
    for (spare, taken) in [(Self.spareWords, taken), (0, taken), (0, [])] {
      let found = classes(spare: spare, taken)
      if !found.isEmpty { return found }
    }
    return []
  }

  /// Chooses among the lines that were found. A line that others are to rhyme with counts by how likely the model finds the other words of
  /// its rhyme class.
  private func choose(_ lines: [LineSearch.Line], _ ending: LineGoal.Ending) -> LineSearch.Line? {
    guard case .rhymable = ending else { return search.choose(lines) }
    var total = 0.0
    for column in 0..<words.columns where sounds.kinds[column] == .word { total += Double(words[0, column]) }
    return search.choose(lines) { line in
      guard let last = line.lastWord, total > 0 else { return 0 }
      let own = self.sounds.homophones[Int(last)]
      let others = self.wordsOfClass[Int(self.sounds.classes[Int(last)])].filter { self.sounds.homophones[Int($0)] != own }
      let share = others.reduce(0) { $0 + Double(self.words[0, Int($1)]) } / total
      return share / (share + Self.usualShare)
    }
  }

  /// A rhyme class whose words have this share of all is as good as a larger one.
  private static let usualShare = 0.002
}
