/// What pronounces words, in this order: a dictionary, espeak-ng, and spelling rules.
public struct PronunciationSources: Sendable {
  /// A file in CMUdict's format; nil: none.
  public var dictionary: PronouncingDictionary?
  /// The program for words that the dictionary lacks; nil: none.
  public var espeak: Espeak?
  /// The language of the words.
  public let language: Language

  /// Creates the sources.
  ///
  /// - Parameter usesEspeak: whether espeak-ng is run for words that the dictionary lacks.
  public init(dictionary: PronouncingDictionary? = nil, language: Language = .english, usesEspeak: Bool = true) {
    self.dictionary = dictionary
    self.language = language
    espeak = usesEspeak ? Espeak(language: language) : nil
  }

  /// Makes the pronunciations of words. A word that cannot be spoken is left out.
  ///
  /// - Parameter warn: called if espeak-ng is missing or fails; spelling rules then take its place.
  /// - Throws: `VerseError.unknownLanguage` if espeak-ng lacks the language.
  public func lexicon(
    of words: some Sequence<String>, warn: (VerseError) -> Void = { _ in }
  ) throws(VerseError) -> Lexicon {
    var lexicon = Lexicon(language: language)
    try add(words, to: &lexicon, warn: warn)
    return lexicon
  }

  /// Adds the pronunciations of words that the lexicon lacks.
  ///
  /// - Throws: as ``lexicon(of:warn:)``.
  public func add(
    _ words: some Sequence<String>, to lexicon: inout Lexicon, warn: (VerseError) -> Void = { _ in }
  ) throws(VerseError) {
    if let dictionary {
      lexicon.dictionary = dictionary
      lexicon.dictionaryName = dictionary.name
    }
    var unknown: [WordKey] = []
    var seen: Set<String> = []
    for word in words {
      guard let key = WordKey(word), lexicon.entries[key.text] == nil, seen.insert(key.text).inserted else { continue }
      let found = dictionary?[key] ?? []
      if found.isEmpty { unknown.append(key) } else { lexicon.entries[key.text] = Lexicon.Entry(found, from: .dictionary) }
    }
    let spoken = try self.spoken(unknown, warn)
    let rules = SpellingRules(language)
    for (key, pronunciation) in zip(unknown, spoken) {
      if let pronunciation {
        lexicon.entries[key.text] = Lexicon.Entry([pronunciation], from: .espeak)
      } else if let found = rules.pronunciations(of: key) {
        lexicon.entries[key.text] = Lexicon.Entry(found, from: .spelling)
      }
    }
  }

  private func spoken(_ words: [WordKey], _ warn: (VerseError) -> Void) throws(VerseError) -> [Pronunciation?] {
    guard let espeak else { return words.map { _ in nil } }
    do throws(VerseError) {
      // A word of another script would be spelled out, as "Chinese letter".
      let readable = words.indices.filter { language.canBeWritten(words[$0].text) }
      var found = [Pronunciation?](repeating: nil, count: words.count)
      // A word without its apostrophes is read as a word, and with them perhaps as an abbreviation.
      for (index, spoken) in zip(readable, try espeak.pronunciations(of: readable.map { words[$0].withoutEdges })) { found[index] = spoken }
      return found
    } catch {
      if case .unknownLanguage = error { throw error }
      warn(error)
      return words.map { _ in nil }
    }
  }
}
