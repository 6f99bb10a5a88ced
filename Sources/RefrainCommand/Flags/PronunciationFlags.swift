internal import ArgumentParser
internal import Basics
internal import Refrain
internal import SystemPackage

/// The flags for where pronunciations come from.
struct PronunciationFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A pronouncing dictionary in CMUdict's format, to look words up in first (default: none).", valueName: "file"))
  var pronunciations: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The language of the words, as espeak-ng names it: en, de, pt-br (default: en).", valueName: "code"))
  var language: String?
  @Flag(
    inversion: .prefixedNo,
    help: "Run espeak-ng for words that no dictionary has; otherwise spelling rules pronounce them (default: yes).")
  var espeak: Bool?

  /// Whether a flag is given.
  var areGiven: Bool { pronunciations != nil || language != nil || espeak != nil }

  /// Returns the sources that the flags name.
  ///
  /// - Parameter base: the language without `--language`.
  func sources(language base: Language = .english) throws -> PronunciationSources {
    if pronunciations?.isEmpty == true { throw ValidationError("--pronunciations is empty; it must name a file.") }
    return PronunciationSources(
      dictionary: try pronunciations.map { try PronouncingDictionary(path: FilePath($0)) },
      language: try language.map { name throws(VerseError) in try Language(name) } ?? base, usesEspeak: espeak ?? true)
  }
}

extension VerseError {
  /// Warns of a source of pronunciations that failed.
  func warn() { Terminal.warn(ErrorText.text(of: self)) }
}
