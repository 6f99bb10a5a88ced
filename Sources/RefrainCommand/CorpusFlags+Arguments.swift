internal import Refrain

extension CorpusFlags {
  /// The arguments that give these flags their values, as a run records them. `--skip-unreadable` is about one call and is not recorded.
  var arguments: [String] {
    var result: [String] = []
    func add(_ flag: String, _ value: (some CustomStringConvertible)?) {
      guard let text = value.map({ "\($0)" }) else { return }
      // A value such as -- is taken only with =, and an empty one only without.
      result += text.isEmpty ? [flag, text] : ["\(flag)=\(text)"]
    }
    func add(_ flag: String, if isGiven: Bool) { if isGiven { result.append(flag) } }
    add("--tokens", tokens?.rawValue)
    add("--min-count", minCount)
    add("--max-vocabulary", maxVocabulary)
    add("--lowercase", if: lowercase)
    for file in validation { add("--validation", file) }
    for file in test { add("--test", file) }
    add("--validation-fraction", validationFraction)
    add("--test-fraction", testFraction)
    add("--format", format?.rawValue)
    add("--text-column", textField)
    add("--separator", separator)
    add("--strict", if: strict)
    add("--skip-unreadable", if: skipUnreadable)
    add("--windows-1252", if: windows1252)
    add("--no-residue", if: !residue)
    add("--no-strip-controls", if: !stripControls)
    add("--no-nfc", if: !nfc)
    add("--no-fold-blank-lines", if: !foldBlankLines)
    add("--fold-quotes", if: foldQuotes)
    add("--tags", tags == .keep ? nil : tags.rawValue)
    add("--repeats", repeats == .keep ? nil : repeats.rawValue)
    add("--deduplicate", deduplicate == .exact ? nil : deduplicate.rawValue)
    add("--near", near)
    return result
  }
}
