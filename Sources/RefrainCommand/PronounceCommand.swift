internal import ArgumentParser
internal import Basics
internal import Files
internal import Refrain
internal import SystemPackage

struct PronounceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pronounce", abstract: "Show and edit how a model's words are spoken, for rhymes and syllables.",
    discussion: """
      The first call makes pronunciations.txt in the model directory: from the dictionary that --pronunciations names, then from \
      espeak-ng, and last from spelling rules. The file has CMUdict's format and may be edited by hand.

      With words, their pronunciations are shown; without, a summary. For a model of characters or byte pairs nothing is made \
      beforehand, and words are looked up as they come.
      """)

  @OptionGroup var model: ModelArgument
  @OptionGroup var flags: PronunciationFlags
  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Set the pronunciation of a word: 'river=R IH1 V ER0'; may be repeated for several words.", valueName: "word=phonemes"))
  var settings: [String] = []
  @Flag(help: "Make the pronunciations anew; those that were set with --set stay.")
  var remake = false
  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let (path, words) = try model.resolved()
    let edits = try settings.map(Self.edit)
    let saved = ModelDirectory.holdsModel(FilePath(path)) ? try Lexicon(model: path) : nil
    if saved != nil, flags.areGiven, !remake {
      throw ValidationError("\(path.shown) has pronunciations already; pass --remake to make them anew with these flags.")
    }
    let sources = try flags.sources(language: saved?.language ?? .english)
    var lexicon: Lexicon
    if let saved, !remake {
      lexicon = saved
    } else {
      lexicon = try sources.lexicon(of: Model(directory: path).tokenizer.spokenWords) { $0.warn() }
      if let saved { lexicon.keepEdits(of: saved) }
    }
    for (word, phonemes) in edits { try lexicon.set(phonemes, of: word) }
    if saved == nil || remake || !edits.isEmpty { try lexicon.save(model: path) }
    let shown = words + edits.map(\.word).filter { !words.contains($0) }
    // Words that the model lacks are looked up and not saved.
    var known = lexicon
    if !shown.isEmpty { try sources.add(shown, to: &known) { $0.warn() } }
    let report = PronunciationReport(lexicon, words: shown, spokenBy: known)
    try json ? Terminal.write(Terminal.json(report) + "\n") : Terminal.show(report.table)
  }

  /// Reads `word=phonemes`.
  private static func edit(_ text: String) throws -> (word: String, phonemes: String) {
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
      throw ValidationError("--set needs a word and its phonemes, such as 'river=R IH1 V ER0', but is '\(text)'.")
    }
    return (String(text[..<equals]), String(text[text.index(after: equals)...]))
  }
}
