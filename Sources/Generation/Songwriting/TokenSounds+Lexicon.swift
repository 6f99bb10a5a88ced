package import Corpora
package import Verse

extension TokenSounds {
  /// The sounds of a vocabulary's words by a lexicon, each by its usual pronunciation.
  ///
  /// Lines rhyme on words of the lexicon's dictionary, if it has most words: espeak-ng and spelling rules are wrong more often. They do not
  /// rhyme on numbers, which are read in several ways.
  package init(_ tokenizer: Tokenizer, _ lexicon: Lexicon) {
    let counts = lexicon.countBySource, certain = (counts[.dictionary] ?? 0) + (counts[.edited] ?? 0)
    let hasDictionary = 2 * certain > lexicon.count
    self.init(tokenizer) { word in
      guard let entry = lexicon.entry(of: word), let pronunciation = entry.pronunciations.first,
        let key = pronunciation.rhymeKey(.perfect)
      else { return nil }
      let isCertain = !hasDictionary || entry.source == .dictionary || entry.source == .edited
      // Words with the same consonants before the same rhyme are one sound to the ear, such as leave and believe.
      let end = (pronunciation.onset + pronunciation.rhymingPart).map(\.symbol).joined(separator: " ")
      return Sound(
        syllables: pronunciation.syllableCount, rhymeKey: key.sounds, pronunciation: end,
        canRhyme: isCertain && !word.contains(where: \.isNumber))
    }
  }
}
