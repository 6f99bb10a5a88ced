/// Pronounces words by their spelling: the last source, for words that neither a dictionary nor espeak-ng has.
struct SpellingRules {
  private let isEnglish: Bool
  private let language: Language

  init(_ language: Language) {
    self.language = language
    isEnglish = language.isEnglish
  }

  /// Returns the pronunciation of a word; nil for one without letters that the rules know.
  func pronunciations(of key: WordKey) -> [Pronunciation]? {
    let found = isEnglish ? english(key) : LatinSpelling.pronunciation(of: key.withoutEdges, language: language)
    return found.map { [$0] }
  }

  private func english(_ key: WordKey) -> Pronunciation? {
    if key.text.hasSuffix("in'") || key.text.hasSuffix("n'") && key.text.count > 3 {
      return EnglishSpelling.pronunciation(of: key.withoutEdges)
    }
    var parts: [Pronunciation] = []
    for run in Self.runs(key.withoutEdges) {
      if run.first?.isNumber == true {
        parts += EnglishNumbers.words(run).compactMap { EnglishSpelling.pronunciation(of: $0) }
      } else {
        guard let found = EnglishSpelling.pronunciation(of: String(run)) else { return nil }
        parts.append(found)
      }
    }
    return Pronunciation.joined(parts)
  }

  /// The parts of a word between hyphens, with digits apart from letters.
  private static func runs(_ text: String) -> [Substring] {
    text.split(separator: "-").flatMap { part -> [Substring] in
      var runs: [Substring] = []
      var rest = part
      while let first = rest.first {
        let run = rest.prefix { $0.isNumber == first.isNumber }
        runs.append(run)
        rest = rest[run.endIndex...]
      }
      return runs
    }
  }
}
