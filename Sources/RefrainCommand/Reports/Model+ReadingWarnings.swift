internal import Basics
internal import Files
internal import Refrain

extension ReadingOptions {
  /// Each option as the flag that gives it.
  private var flags: [String] {
    func flag(_ name: String, _ isOn: Bool) -> String { isOn ? "--\(name)" : "--no-\(name)" }
    let separator =
      switch separator {
      case .blankLines: "blank-lines"
      case .none: "none"
      case .blankLine: "blank-line"
      case .everyLine: "line"
      case .line(let line): "'\(line.shown)'"
      }
    return [
      textField.map { "--text-column \($0.shown)" } ?? "no --text-column", "--separator \(separator)",
      flag("windows-1252", readsWindows1252),
      groupBy.isEmpty ? "no --group-by" : groupBy.map { "--group-by \($0.shown)" }.joined(separator: " "),
      flag("residue", cleaning.residue), flag("strip-controls", cleaning.controls), flag("nfc", cleaning.normalForm),
      flag("fold-blank-lines", cleaning.blankLines), flag("fold-quotes", cleaning.quotes), "--tags \(cleaning.tags.rawValue)",
      "--repeats \(cleaning.repeats.rawValue)", "--encoding \(encoding?.shown ?? "UTF-8")",
    ]
  }

  /// Returns the options that differ from the others, as flags, such as "--tags keep, not --tags drop"; nil if none differs.
  func differences(from other: ReadingOptions) -> String? {
    let different = zip(flags, other.flags).filter { $0 != $1 }
    return different.isEmpty ? nil : different.map { "\($0), not \($1)" }.joined(separator: "; ")
  }
}

extension Model {
  /// Returns the options to read texts for the model with: those of its corpus, overridden by the flags. Warns of each difference, and if
  /// the model does not record its options.
  ///
  /// - Parameter path: the model as the user names it.
  func warnedReadingOptions(_ flags: ReadingFlags, path: String) -> ReadingOptions {
    let options = flags.options(over: readingOptions)
    if reading == nil {
      let text: Sentence =
        "\(path) does not record how its corpus was read; texts are read by the default options and the given flags"
      Terminal.warn(text.text)
    } else {
      warnOfReading(.init(options: options), path: path)
    }
    return options
  }

  /// Warns if the texts of a store were not read as the model's corpus was, or if that is not known.
  ///
  /// - Parameter found: how the texts were read; nil for a store of an older version, which does not record it.
  func warnOfReading(ofStore store: String, _ found: ReadingRecord?, path: String) {
    if found == nil || reading == nil {
      let text: Sentence = """
        \(found == nil ? store : path) does not record how its texts were read; those of \(store) and of the corpus of \(path) may differ \
        in that
        """
      return Terminal.warn(text.text)
    }
    warnOfReading(found, of: "the texts of \(store.shown)", path: path)
  }

  /// Warns if texts were not read as the model's corpus was, as far as both are known.
  func warnOfReading(_ found: ReadingRecord?, of texts: String = "the texts", path: String) {
    guard let found, let reading else { return }
    if let differences = found.options.differences(from: reading.options) {
      let text: Sentence = "\(whole: texts) are not read as the corpus of \(path) was: \(whole: differences)"
      Terminal.warn(text.text)
    }
    if found.revision != reading.revision {
      let text: Sentence = """
        \(whole: texts) are read with revision \(found.revision) of the reading rules, and the corpus of \(path) with revision \
        \(reading.revision); the tokens may differ
        """
      Terminal.warn(text.text)
    }
  }
}
