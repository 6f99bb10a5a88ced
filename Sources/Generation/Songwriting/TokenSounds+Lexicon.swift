package import Corpora
package import Verse

extension TokenSounds {
  /// The sounds of a vocabulary's words by a lexicon, each by its usual pronunciation.
  package init(_ tokenizer: Tokenizer, _ lexicon: Lexicon) {
    self.init(tokenizer) { word in
      guard let pronunciation = lexicon.pronunciations(of: word).first, let key = pronunciation.rhymeKey(.perfect) else { return nil }
      // Words with the same consonants before the same rhyme are one sound to the ear, such as leave and believe.
      let end = (pronunciation.onset + pronunciation.rhymingPart).map(\.symbol).joined(separator: " ")
      return Sound(syllables: pronunciation.syllableCount, rhymeKey: key.sounds, pronunciation: end)
    }
  }
}
