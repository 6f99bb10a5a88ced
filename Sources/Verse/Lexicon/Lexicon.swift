/// The pronunciations of a vocabulary, each word with where its pronunciations come from.
///
/// ```swift
/// let sources = PronunciationSources(dictionary: try PronouncingDictionary(path: "cmudict.dict"))
/// let lexicon = try sources.lexicon(of: ["river", "shiver"])
/// lexicon.rhyme("river", "shiver")  // .perfect
/// ```
/// A word that is not in it is pronounced by the dictionary that it was made with, if that is in memory, and else by spelling rules.
public struct Lexicon: Sendable {
  /// The pronunciations of one word.
  public struct Entry: Hashable, Sendable {
    /// The pronunciations, the usual one first; there is at least one.
    public var pronunciations: [Pronunciation]
    /// Where they come from.
    public var source: PronunciationSource

    /// - Precondition: there is a pronunciation.
    public init(_ pronunciations: [Pronunciation], from source: PronunciationSource) {
      precondition(!pronunciations.isEmpty, "an entry needs a pronunciation")
      self.pronunciations = pronunciations
      self.source = source
    }
  }

  /// The language of the words.
  public let language: Language
  /// The name of the dictionary that it was made with; nil if there was none.
  public internal(set) var dictionaryName: String?
  /// The entries by their words as ``WordKey`` writes them.
  public internal(set) var entries: [String: Entry] = [:]
  /// The dictionary for words that are not in the lexicon; a lexicon from a file has none.
  var dictionary: PronouncingDictionary?

  /// Creates a lexicon without words, which pronounces all by spelling rules.
  public init(language: Language = .english) { self.language = language }

  /// How many words it has.
  public var count: Int { entries.count }

  /// How many words come from each source.
  public var countBySource: [PronunciationSource: Int] {
    entries.values.reduce(into: [:]) { $0[$1.source, default: 0] += 1 }
  }

  /// Returns the pronunciations of a word, as it is written in a text; empty if it has none, as a number sign or a word of a script
  /// without spelling rules.
  ///
  /// - Complexity: O(1) for a word that the lexicon has; O(*n*) in its letters for others.
  public func pronunciations(of word: String) -> [Pronunciation] { entry(of: word)?.pronunciations ?? [] }

  /// Returns the pronunciations of a word and their source; nil if it has none.
  public func entry(of word: String) -> Entry? {
    guard let key = WordKey(word) else { return nil }
    if let found = entries[key.text] { return found }
    // What is made of words that somebody edited is not edited itself.
    var source = PronunciationSource.dictionary
    let derived = DerivedWords.pronunciations(of: key) { word in
      guard let entry = entries[word] else { return nil }
      source = entry.source == .edited ? .dictionary : entry.source
      return entry.pronunciations
    }
    if language.isEnglish, let derived { return Entry(derived, from: source) }
    if let found = dictionary?[key], !found.isEmpty { return Entry(found, from: .dictionary) }
    return SpellingRules(language).pronunciations(of: key).map { Entry($0, from: .spelling) }
  }

  /// Tells how two words rhyme: the best kind of any pair of their pronunciations; nil if they do not.
  ///
  /// - Parameter allowsIdentical: whether a word rhymes with itself and with homophones.
  public func rhyme(_ first: String, _ second: String, allowsIdentical: Bool = false) -> RhymeKind? {
    pronunciations(of: first).rhymes(with: pronunciations(of: second), allowsIdentical: allowsIdentical)
  }

  /// Sets the pronunciations of a word, which then count as edited.
  ///
  /// - Throws: `VerseError.notWord` if the text is none.
  public mutating func set(_ pronunciations: [Pronunciation], of word: String) throws(VerseError) {
    guard let key = WordKey(word), !pronunciations.isEmpty else { throw .notWord(text: word) }
    entries[key.text] = Entry(pronunciations, from: .edited)
  }

  /// Sets the pronunciation of a word from phonemes in CMUdict's notation.
  ///
  /// - Throws: `VerseError` if the text is no word, or the phonemes are none.
  public mutating func set(_ phonemes: String, of word: String) throws(VerseError) {
    guard let pronunciation = Pronunciation(phonemes), pronunciation.syllableCount > 0 else {
      throw .invalidPronunciation(word: word, phonemes: phonemes)
    }
    try set([pronunciation], of: word)
  }

  /// The classes of words that rhyme, the largest first; words with several pronunciations are in several classes.
  public func rhymeClasses(_ kind: RhymeKind) -> [(key: RhymeKey, words: [String])] {
    var classes: [RhymeKey: [String]] = [:]
    for (word, entry) in entries {
      for key in Set(entry.pronunciations.compactMap { $0.rhymeKey(kind) }) { classes[key, default: []].append(word) }
    }
    return classes.map { (key: $0.key, words: $0.value.sorted()) }
      .sorted { $0.words.count != $1.words.count ? $0.words.count > $1.words.count : $0.key.sounds < $1.key.sounds }
  }
}

extension Lexicon {
  /// Takes over the words that somebody edited in another lexicon.
  public mutating func keepEdits(of other: Lexicon) {
    for (word, entry) in other.entries where entry.source == .edited { entries[word] = entry }
  }
}
