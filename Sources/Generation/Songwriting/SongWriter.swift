internal import Basics
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
    /// Words of the line.
    public var words: Int
  }

  /// What a line lacks.
  public enum Miss: Sendable, Hashable {
    /// No line with these syllables was found.
    case syllables
    /// No word is left that rhymes with the lines before.
    case rhyme
    /// The line that it should repeat would complete a copied span or a banned phrase here.
    case repetition
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
  private var song: TextSoFar
  /// [1, V]: the probability of each token as the next one, added up over the lines so far.
  private let words: Matrix
  private var text = ""
  private var generator: SeededGenerator

  /// The tags of the vocabulary in lower case.
  private let tags: [String: TokenID]

  /// The fewest words of a rhyme class besides those that a stanza needs.
  private static let spareWords = 2

  init(
    _ model: Model, _ weights: SamplingWeights, sounds: TokenSounds, sampling: Sampling, copies: CopyGuard?, cache: StreamCache?,
    particles: Int,
    seed: UInt64, workers: Int
  ) {
    tokenizer = model.tokenizer
    self.sounds = sounds
    song = TextSoFar(tokenizer, sampling, copies: copies)
    let excluded = Set(song.excluded)
    search = LineSearch(
      weights, sampling, sounds: sounds, excluded: excluded, cache: cache, particles: particles, seed: seed, workers: workers)
    wordsOfClass = sounds.members.map { $0.filter { !excluded.contains($0) } }
    generator = SeededGenerator(seed: seed, stream: 2 << 32)
    tags = Dictionary(
      tokenizer.vocabulary.tokens.enumerated().lazy.filter { $1.hasPrefix("[") }.map { ($1.lowercased(), TokenID($0)) },
      uniquingKeysWith: { first, _ in first })
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
      take(opening(ofSection: number, shape))
      var own: [[TokenID]] = []
      let first = shape.original(ofSection: number)
      for line in 0..<section.lines {
        if let first, let tokens = written[first]?[line], let old = lines.first(where: { $0.section == first && $0.line == line }),
          allows(tokens, after: song)
        {
          take(tokens + [tokenizer.newline].compactMap { $0 })
          var copy = old
          copy.section = number
          copy.isRepeat = true
          lines.append(copy)
          own.append(tokens)
          continue
        }
        let isLast = line + 1 == section.lines
        let (found, misses) = find(line, number, shape, &rhymes) { found in
          // What repeats comes as it is: its beginning may not complete a copied span.
          guard isLast, self.song.hasRules else { return true }
          let following = self.repeats(after: number, shape, written.merging([number: own + [found.tokens]]) { $1 })
          return self.allows([self.tokenizer.newline].compactMap { $0 } + following, after: found.text)
        }
        let start = text.endIndex
        search.accept(found)
        for token in found.tokens { text += song.append(token) }
        take([tokenizer.newline].compactMap { $0 })
        lines.append(
          WrittenSong.Line(
            text: String(text[start...].drop { $0.isWhitespace }.filter { !$0.isNewline }), section: number, line: line, isRepeat: false,
            syllables: found.syllables, wantedSyllables: shape.syllables(ofLine: line, section: number),
            lastWord: found.lastWord.map { tokenizer.vocabulary.tokens[Int($0)] } ?? "",
            rhyme: shape.rhyme(ofLine: line, section: number)?.letter,
            misses: misses + (first == nil ? [] : [.repetition]),
            words: found.tokens.count { sounds.kinds[Int($0)] == .word }))
        own.append(found.tokens)
      }
      written[number] = own
    }
    return WrittenSong(lines: lines, text: text)
  }

  /// The tokens before a section: a blank line and its name.
  private func opening(ofSection number: Int, _ shape: SongShape) -> [TokenID] {
    var tokens: [TokenID] = []
    if number > 0, let newline = tokenizer.newline { tokens.append(newline) }
    let name = shape.sections[number].name, count = shape.sections[...number].count { $0.name == name }
    if let tag = tag(name, count), let newline = tokenizer.newline { tokens += [tag, newline] }
    return tokens
  }

  /// The tokens that follow a section whatever its lines are: those of the sections right after it that repeat others, and the name of the
  /// next one.
  ///
  /// - Parameter written: the lines of each section so far, this one's included.
  private func repeats(after section: Int, _ shape: SongShape, _ written: [Int: [[TokenID]]]) -> [TokenID] {
    var tokens: [TokenID] = []
    for number in shape.sections.indices.dropFirst(section + 1) {
      tokens += opening(ofSection: number, shape)
      guard let first = shape.original(ofSection: number), let lines = written[first] else { break }
      for line in lines { tokens += line + [tokenizer.newline].compactMap { $0 } }
    }
    return tokens
  }

  /// The token of a section's name, numbered if the vocabulary has it so.
  private func tag(_ name: String, _ number: Int) -> TokenID? {
    ["[\(name) \(number)]", "[\(name)]", "[\(name) 1]"].lazy.compactMap { self.tags[$0] }.first
  }

  /// Whether a text may go on with tokens that are settled.
  private func allows(_ tokens: [TokenID], after text: TextSoFar) -> Bool {
    if !text.hasRules { return true }
    var text = text
    for token in tokens {
      if text.forbids(text.piece(token), isLast: false) { return false }
      text.append(token)
    }
    return true
  }

  /// Has the song go on with tokens.
  private func take(_ tokens: [TokenID]) {
    search.read(tokens)
    for token in tokens { text += song.append(token) }
  }

  // MARK: - A line

  /// Finds a line that is as near to the shape as can be.
  private func find(
    _ line: Int, _ section: Int, _ shape: SongShape, _ rhymes: inout [SongShape.RhymeName: (group: Int32, used: Set<Int32>)],
    where isAllowed: (LineSearch.Line) -> Bool
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
      let lines = search.lines(LineGoal(syllables: budget, ending: goal), after: song, words: words).filter(isAllowed)
      guard let found = choose(lines, goal) else { continue }
      if let name, let last = found.lastWord {
        let group = sounds.classes[Int(last)]
        if rhymes[name] == nil { rhymes[name] = (group, []) }
        rhymes[name]?.used.insert(sounds.homophones[Int(last)])
      }
      return (found, misses)
    }
    return (LineSearch.Line(after: song), [.syllables] + (name == nil ? [] : [.rhyme]))
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
    // Classes of very common words are passed over at random: songs would all rhyme alike.
    let total = wordShare
    var common: Set<Int32> = []
    for group in wordsOfClass.indices where total > 0 {
      let share = wordsOfClass[group].reduce(0) { $0 + Double(words[0, Int($1)]) } / total
      if share > Self.mostShare, generator.uniformDouble() * share > Self.mostShare { common.insert(Int32(group)) }
    }
    for (spare, taken) in [(Self.spareWords, taken.union(common)), (Self.spareWords, taken), (0, taken), (0, [])] {
      let found = classes(spare: spare, taken)
      if !found.isEmpty { return found }
    }
    return []
  }

  /// What the probabilities of all words add up to, over the lines so far.
  private var wordShare: Double {
    var total = 0.0
    for column in 0..<words.columns where sounds.kinds[column] == .word { total += Double(words[0, column]) }
    return total
  }

  /// Chooses among the lines that were found. A line that others are to rhyme with counts less if the model finds the other words of its
  /// rhyme class unlikely, since they must come; and less if it finds them very likely, since songs would all rhyme alike.
  private func choose(_ lines: [LineSearch.Line], _ ending: LineGoal.Ending) -> LineSearch.Line? {
    guard case .rhymable = ending else { return search.choose(lines) }
    let total = wordShare
    return search.choose(lines) { line in
      guard let last = line.lastWord, total > 0 else { return 0 }
      let own = self.sounds.homophones[Int(last)]
      let others = self.wordsOfClass[Int(self.sounds.classes[Int(last)])].filter { self.sounds.homophones[Int($0)] != own }
      let share = others.reduce(0) { $0 + Double(self.words[0, Int($1)]) } / total
      let surplus = min(1, Self.mostShare / max(share, .leastNormalMagnitude))
      return share / (share + Self.leastShare) * surplus * surplus
    }
  }

  /// The other words of a good rhyme class have this share of all words, or more, and no more than that.
  private static let leastShare = 0.002, mostShare = 0.002
}
