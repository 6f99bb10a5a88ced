public import ArgumentParser
public import Refrain

extension Tokenization: ExpressibleByArgument {}
extension CorpusFormat: ExpressibleByArgument {}
extension CleaningOptions.Tags: ExpressibleByArgument {}
extension CleaningOptions.Repeats: ExpressibleByArgument {}

/// How the corpus is read, cleaned, parted and cut.
struct CorpusFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: """
      How text is cut: word (line breaks, [Chorus] tags and words), char (graphemes), bpe (byte pairs, so that no word is unknown) or \
      whitespace (as given, for pre-tokenized sets) (default: word).
      """)
  var tokens: Tokenization?
  @Option(parsing: .unconditional, help: "Tokens seen less often become <unk> (default: 2 for words, else 1).")
  var minCount: Int?
  @Option(parsing: .unconditional, help: "The most tokens to keep in the vocabulary (default: 8,000 for bpe, else no limit).")
  var maxVocabulary: Int?
  @Flag(help: "Put words in lower case.")
  var lowercase = false
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Held-out songs; may be repeated (default: a tenth of the songs).", valueName: "file"))
  var validation: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: ArgumentHelp("Songs for a test at the end; may be repeated.", valueName: "file"))
  var test: [String] = []
  @Option(parsing: .unconditional, help: "The share of the songs to hold out, 0 for none (default: 0.1).")
  var validationFraction: Double?
  @Option(parsing: .unconditional, help: "The share of the songs to keep for a test at the end (default: 0).")
  var testFraction: Double?

  @Option(parsing: .unconditional, help: "What named files and standard input are: txt, csv, json, jsonl or lrc (default: by the name).")
  var format: CorpusFormat?
  @Option(
    name: [.customLong("text-column"), .customLong("text-field")], parsing: .unconditional,
    help: ArgumentHelp(
      "The column of a table, or the key of an object (a.b for b inside a), with the lyrics (default: lyrics, lyric, text, ...).",
      valueName: "name"))
  var textField: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What parts the songs of a text: blank-lines (two, or a line of dashes), none, or a line such as '<|endoftext|>' (default: blank-lines).",
      valueName: "line"))
  var separator: String?
  @Flag(help: "Stop at the first record that cannot be used, instead of skipping and reporting it.")
  var strict = false
  @Flag(help: "Leave out, with a warning, files and folders that cannot be read or are cut off, instead of stopping.")
  var skipUnreadable = false
  @Flag(name: .customLong("windows-1252"), help: "Read what is not UTF-8 as Windows-1252 (Latin-1), record by record.")
  var windows1252 = false

  @Flag(inversion: .prefixedNo, help: "Leave out what web pages leave behind: '12 Contributors', 'You might also like', '12Embed'.")
  var residue = true
  @Flag(inversion: .prefixedNo, help: "Leave out control characters.")
  var stripControls = true
  @Flag(inversion: .prefixedNo, help: "Put texts in Unicode's normal form C.")
  var nfc = true
  @Flag(inversion: .prefixedNo, help: "Make one blank line of several.")
  var foldBlankLines = true
  @Flag(inversion: .prefixedNo, help: "Make typographic quotation marks straight.")
  var foldQuotes = false
  @Option(parsing: .unconditional, help: "Section tags such as [Chorus: Ann]: keep, drop, or normalise to [Chorus].")
  var tags: CleaningOptions.Tags = .keep
  @Option(
    parsing: .unconditional,
    help: "Marks such as (x2): keep, or expand to that many copies of the line or stanza before, up to 16 times the song's size.")
  var repeats: CleaningOptions.Repeats = .keep
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Songs to leave out as copies of one before: none, exact (but for case and white space), or near, by --near.", valueName: "kind"))
  var deduplicate: DeduplicationKind = .exact
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How much of their sets of five words two songs must share to be near copies, above 0 to 1 (default: 0.8; implies near).",
      valueName: "share"))
  var near: Double?

  enum DeduplicationKind: String, ExpressibleByArgument, CaseIterable {
    case none, exact, near
  }

  var options: CorpusOptions {
    var options = CorpusOptions(
      tokenization: tokens ?? .word, minimumCount: minCount, maximumVocabulary: maxVocabulary, lowercase: lowercase,
      validationFraction: validationFraction ?? 0.1, validation: validation, test: test)
    options.testFraction = testFraction ?? 0
    options.format = format
    options.textField = textField
    options.separator =
      switch separator {
      case nil, "blank-lines": .blankLines
      case "none": .none
      case .some(let line): .line(line)
      }
    options.isStrict = strict
    options.skipsUnreadable = skipUnreadable
    options.readsWindows1252 = windows1252
    options.cleaning.residue = residue
    options.cleaning.controls = stripControls
    options.cleaning.normalForm = nfc
    options.cleaning.blankLines = foldBlankLines
    options.cleaning.quotes = foldQuotes
    options.cleaning.tags = tags
    options.cleaning.repeats = repeats
    if let near {
      options.deduplication = .near(threshold: near)
    } else {
      options.deduplication =
        switch deduplicate {
        case .none: .none
        case .exact: .exact
        case .near: .near(threshold: 0.8)
        }
    }
    return options
  }

  /// The flag that was given and that a prepared store has settled already.
  var settledFlag: String? {
    let given: [(String, Bool)] = [
      ("--tokens", tokens != nil), ("--min-count", minCount != nil), ("--max-vocabulary", maxVocabulary != nil),
      ("--lowercase", lowercase), ("--validation", !validation.isEmpty), ("--test", !test.isEmpty),
      ("--validation-fraction", validationFraction != nil), ("--test-fraction", testFraction != nil), ("--format", format != nil),
      ("--text-column", textField != nil), ("--separator", separator != nil), ("--strict", strict), ("--skip-unreadable", skipUnreadable),
      ("--windows-1252", windows1252),
      ("--no-residue", !residue), ("--no-strip-controls", !stripControls), ("--no-nfc", !nfc), ("--no-fold-blank-lines", !foldBlankLines),
      ("--fold-quotes", foldQuotes), ("--tags", tags != .keep), ("--repeats", repeats != .keep),
      ("--deduplicate", deduplicate != .exact), ("--near", near != nil),
    ]
    return given.first { $0.1 }?.0
  }
}
