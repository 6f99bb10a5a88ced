internal import Basics
internal import Refrain

/// What `refrain pronounce` shows: words with their pronunciations, or a summary of all.
struct PronunciationReport: Encodable {
  struct Word: Encodable {
    var word: String
    var pronunciations: [String]
    var syllables: [Int]
    /// Absent for a word without a pronunciation.
    var source: String?
  }

  struct RhymeClass: Encodable {
    var sounds: String
    var words: Int
    var examples: [String]
  }

  var language: String
  var dictionary: String?
  /// How many words there are by source.
  var sources: [String: Int]
  /// The words that were named; absent in a summary.
  var words: [Word]?
  /// The largest classes of perfect rhymes; absent where words were named.
  var rhymeClasses: [RhymeClass]?

  enum CodingKeys: String, CodingKey { case language, dictionary, sources, words, rhymeClasses = "rhyme_classes" }

  private static let mostClasses = 20
  private static let mostExamples = 8

  /// Describes words, or all of the lexicon if none are named.
  ///
  /// - Parameter known: the lexicon with the words that are named and that it lacks.
  init(_ lexicon: Lexicon, words named: [String], spokenBy known: Lexicon) {
    language = lexicon.language.code
    dictionary = lexicon.dictionaryName
    sources = Dictionary(uniqueKeysWithValues: lexicon.countBySource.map { ($0.key.rawValue, $0.value) })
    if named.isEmpty {
      rhymeClasses = lexicon.rhymeClasses(.perfect).prefix(Self.mostClasses).map {
        RhymeClass(sounds: $0.key.sounds, words: $0.words.count, examples: Array($0.words.prefix(Self.mostExamples)))
      }
    } else {
      words = named.map { word in
        let entry = known.entry(of: word)
        return Word(
          word: word, pronunciations: entry?.pronunciations.map(\.description) ?? [],
          syllables: entry?.pronunciations.map(\.syllableCount) ?? [], source: entry?.source.rawValue)
      }
    }
  }

  /// For people to read.
  var table: String {
    func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }
    if let words {
      let width = 2 + max(4, words.map(\.word.count).max() ?? 0)
      let phonemes = 2 + max(8, words.flatMap(\.pronunciations).map(\.count).max() ?? 0)
      var text = padded("word", width) + padded("phonemes", phonemes) + "syllables  source\n"
      for word in words {
        if word.pronunciations.isEmpty { text += padded(word.word, width) + padded("none", phonemes) + padded("-", 11) + "-\n" }
        for (number, spoken) in word.pronunciations.enumerated() {
          text += padded(number == 0 ? word.word : "", width) + padded(spoken, phonemes)
          text += padded("\(word.syllables[number])", 11) + (number == 0 ? word.source ?? "" : "") + "\n"
        }
      }
      return text
    }
    let counts = PronunciationSource.allCases.compactMap { source in sources[source.rawValue].map { "\(source.rawValue) \($0.grouped)" } }
    let total = sources.values.reduce(0, +)
    var text = padded("words", 12) + total.grouped + (counts.isEmpty ? "" : ": " + counts.joined(separator: ", ")) + "\n"
    text += padded("language", 12) + language + "\n"
    text += padded("dictionary", 12) + (dictionary ?? "none") + "\n"
    guard let rhymeClasses, !rhymeClasses.isEmpty else { return text }
    text += "\nlargest classes of perfect rhymes\n"
    for rhyme in rhymeClasses {
      let count = rhyme.words.grouped
      text += String(repeating: " ", count: max(0, 6 - count.count)) + count + "  " + padded(rhyme.sounds, 14)
      text += rhyme.examples.joined(separator: ", ") + (rhyme.words > rhyme.examples.count ? ", ..." : "") + "\n"
    }
    return text
  }
}
