package import Corpora

/// How each token of a vocabulary of words sounds, in tables that a search reads for every token of every line.
package struct TokenSounds: Sendable {
  /// What a token is in a line.
  package enum Kind: UInt8, Sendable {
    /// A word with a pronunciation.
    case word
    /// A mark without a sound, such as a comma.
    case mark
    /// The end of a line.
    case lineEnd
    /// A token that a line of a song may not have: the end of a song, a tag, `<unk>`, a word without a pronunciation.
    case other
  }

  /// By token.
  package let kinds: [Kind]
  /// Syllables of each word, by token; 0 for others.
  package let syllables: [UInt8]
  /// The number of the rhyme class of each word, by token; -1 for others and for words that no line should rhyme with.
  package let classes: [Int32]
  /// The words of each rhyme class that sound alike are one entry of this number, by token: a word never rhymes with these.
  package let homophones: [Int32]
  /// The words of each rhyme class.
  package let members: [[TokenID]]
  /// Whether some word has so many syllables.
  package let hasSyllables: [Bool]

  /// The sound of a word.
  package struct Sound: Sendable {
    package var syllables: Int
    /// Words with equal keys rhyme.
    package var rhymeKey: String
    /// Words with equal pronunciations are homophones.
    package var pronunciation: String
    /// Whether the pronunciation can be relied on for a rhyme.
    package var canRhyme: Bool

    package init(syllables: Int, rhymeKey: String, pronunciation: String, canRhyme: Bool = true) {
      self.canRhyme = canRhyme
      self.syllables = syllables
      self.rhymeKey = rhymeKey
      self.pronunciation = pronunciation
    }
  }

  /// - Parameter sound: of a word of the vocabulary; nil for what is no word.
  package init(_ tokenizer: Tokenizer, sound: (String) -> Sound?) {
    let tokens = tokenizer.vocabulary.tokens
    var kinds = [Kind](repeating: .other, count: tokens.count)
    var syllables = [UInt8](repeating: 0, count: tokens.count)
    var classes = [Int32](repeating: -1, count: tokens.count), homophones = classes
    var members: [[TokenID]] = [], keys: [String: Int32] = [:], sounds: [String: Int32] = [:]
    func number(_ key: String, in table: inout [String: Int32]) -> Int32 {
      let next = Int32(table.count)
      return table[key]
        ?? {
          table[key] = next; return next
        }()
    }
    let special = [tokenizer.vocabulary.unknown, tokenizer.songBoundary, tokenizer.join, tokenizer.space].compactMap { $0 }
    for (index, text) in tokens.enumerated() {
      let token = TokenID(index)
      if token == tokenizer.newline {
        kinds[index] = .lineEnd
      } else if special.contains(token) || text.hasPrefix("[") && text.hasSuffix("]") {
        continue
      } else if text.contains(where: { $0.isLetter || $0.isNumber }) {
        guard let sound = sound(text), (1...Int(UInt8.max)).contains(sound.syllables) else { continue }
        kinds[index] = .word
        syllables[index] = UInt8(sound.syllables)
        if !sound.canRhyme { continue }
        let group = number(sound.rhymeKey, in: &keys)
        classes[index] = group
        if Int(group) == members.count { members.append([]) }
        members[Int(group)].append(token)
        homophones[index] = number(sound.pronunciation, in: &sounds)
      } else {
        kinds[index] = .mark
      }
    }
    self.kinds = kinds
    self.syllables = syllables
    self.classes = classes
    self.homophones = homophones
    self.members = members
    hasSyllables = (0...Int(syllables.max() ?? 0)).map { count in count > 0 && syllables.contains(UInt8(count)) }
  }
}
