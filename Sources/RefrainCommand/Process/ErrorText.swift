internal import ArgumentParser
internal import Basics
internal import Corpora
internal import Models
internal import Refrain
internal import Training

/// How the command tells an error: settings are named by the flags of the subcommand that runs, and advice that depends on the command's
/// flags takes the place of the library's.
package enum ErrorText {
  /// The sentence about an error for the subcommand that runs.
  static func text(of error: any Error) -> String { text(of: error) { Subcommand.current?.flag(of: $0) } }

  /// The sentence about an error, with advice on what the user of the command can do.
  ///
  /// - Parameter name: returns the flag of a setting's key, or nil for a subcommand without it, where the key stands for itself.
  package static func text(of error: any Error, naming name: (String) -> String?) -> String {
    guard let error = error as? any SentenceError else { return "\(error)" }
    let own = error.sentence.text(naming: name)
    func isKnown(_ advice: Sentence) -> Bool { advice.keys.allSatisfy { name($0) != nil } }
    return switch advice(on: error) {
    case .instead(let advice) where isKnown(advice): "\(own.withoutAdvice); \(advice.text(naming: name))."
    case .also(let advice) where isKnown(advice): own.addingAdvice(advice.text(naming: name))
    // A subcommand without these flags has the library's advice.
    default: own
    }
  }

  /// What the user of the command can do about an error.
  private enum Advice {
    /// Advice that takes the place of the library's.
    case instead(Sentence)
    /// Advice after the library's.
    case also(Sentence)
  }

  private static func advice(on error: any SentenceError) -> Advice? {
    switch error {
    case let error as CorpusError: advice(on: error)
    case let error as ModelDirectoryError: advice(on: error)
    case let error as TrainingCheckpointError: advice(on: error)
    case TrainingError.otherSizes(let key, _, _):
      .instead("leave out \(key: key), or the \(key: "preset") or \(key: "config") that sets it, or train a new model")
    default: nil
    }
  }

  private static func advice(on error: CorpusError) -> Advice? {
    switch error {
    case .noColumn: .instead("name the one with the lyrics with \(key: "text_column")")
    case .noKey: .instead("name the one with the lyrics with \(key: "text_field")")
    case .unnamedJSON:
      .also(
        "pass \(key: "format", value: "json"), or \(key: "format", value: "jsonl") if each line is an object "
          + "(or \(key: "format", value: "txt") for text)")
    case .notUTF8, .lyricsNotUTF8:
      if let name = error.sample?.encodings.first {
        .also("or pass \(key: "encoding", value: name)")
      } else {
        .also("\(key: "encoding") names the encoding of a text that is not UTF-8")
      }
    case .unmarkedEncoding(_, let name): .also("pass \(key: "encoding", value: name)")
    case .notInEncoding, .unknownEncoding: .also("see \(key: "encoding")")
    case .separatorNotFound: .also("pass \(key: "separator", value: "none") if each file is one song")
    case .noMatchingRows: .also("see \(key: "where")")
    case .twoEncodings: .also("see \(key: "encoding") and \(key: "windows_1252")")
    case .vocabularyTooLarge: .also("see \(key: "max_vocabulary"), \(key: "min_count") and \(key: "tokens")")
    default: nil
    }
  }

  private static func advice(on error: ModelDirectoryError) -> Advice? {
    switch error {
    case .wouldReplace:
      .instead("choose another \(key: "model"), or pass \(key: "overwrite") to replace it once the new model is trained")
    case .runThere:
      .instead(
        """
        choose another \(key: "model"), pass \(key: "resume") to continue it, or \(key: "overwrite") to replace it once the new model is \
        trained
        """)
    case .noCheckpoint:
      .instead("train the model further with \(key: "from") and another \(key: "model"), or choose another \(key: "model")")
    case .noWholeCheckpoint:
      .instead("check the disk, then train the run's model or an older one further with \(key: "from") and another \(key: "model")")
    case .cannotReplace: .instead("run the command in another folder, or choose another \(key: "model")")
    default: nil
    }
  }

  private static func advice(on error: TrainingCheckpointError) -> Advice? {
    switch error {
    case .corpusChanged:
      .instead("restore the corpus and its flags, or pass \(key: "allow_changed_corpus") to continue with the corpus as it is now")
    case .readingChanged:
      .instead(
        """
        resume with the version that began the run, or pass \(key: "allow_changed_corpus") to continue with the corpus as it is read now
        """)
    default: nil
    }
  }
}

/// A subcommand and its flags.
package struct Subcommand: Sendable {
  package let name: String
  /// The long flags, also those that the help does not show.
  package let flags: Set<String>

  /// All subcommands.
  package static var all: [Subcommand] { RefrainCommand.configuration.subcommands.compactMap(Subcommand.init) }

  /// The subcommand that runs; nil if the arguments name none.
  static let current: Subcommand? = CommandLine.arguments.dropFirst().first.flatMap { name in
    RefrainCommand.configuration.subcommands.first { $0.configuration.commandName == name }.flatMap(Subcommand.init)
  }

  private init?(_ command: any ParsableCommand.Type) {
    guard let name = command.configuration.commandName else { return nil }
    self.name = name
    let help = RefrainCommand.helpMessage(for: command, includeHidden: true, columns: 200)
    // An entry begins with a flag's names. The help comes after two spaces, and only mentions flags.
    flags = Set(
      help.split(separator: "\n").filter { $0.hasPrefix("  -") }.flatMap { line in
        let entry = line.dropFirst(2), names = entry[..<(entry.firstRange(of: "  ")?.lowerBound ?? entry.endIndex)]
        return names.matches(of: /--[a-z0-9][a-z0-9_-]*/).map { String($0.output) }
      })
  }

  /// The flag of a setting, if the subcommand has it.
  package func flag(of key: String) -> String? {
    let flag = "--" + key.replacing("_", with: "-")
    return flags.contains(flag) ? flag : nil
  }
}
