public import ArgumentParser
public import Refrain

extension Tokenization: ExpressibleByArgument {}

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
  @Flag(inversion: .prefixedNo, help: "Put words in lower case (default: no).")
  var lowercase: Bool?
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

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Put the songs to train on in an order that this number and their texts decide, since files are often sorted by artist (default: \
      as read).
      """,
      valueName: "seed"))
  var shuffleSongs: UInt64?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      """
      Keep the values of this column, or key of JSON (a.b for b inside a), with the songs; may be repeated. Title and artist are \
      always kept.
      """,
      valueName: "column"))
  var keep: [String] = []

  @OptionGroup var reading: ReadingFlags
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Songs to leave out as copies of one before: none, exact (but for case and white space), or near, by --near (default: exact).",
      valueName: "kind"))
  var deduplicate: DeduplicationKind?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How much of their sets of five words two songs must share to be near copies, above 0 to 1 (default: 0.8; implies near).",
      valueName: "share"))
  var near: Double?

  enum DeduplicationKind: String, ExpressibleByArgument, CaseIterable {
    case none, exact, near
  }

  /// Returns the options of a corpus.
  ///
  /// - Parameter base: how to read and clean where the flags say nothing.
  func options(over base: ReadingOptions = .init()) -> CorpusOptions {
    var options = CorpusOptions(
      tokenization: tokens ?? .word, minimumCount: minCount, maximumVocabulary: maxVocabulary, lowercase: lowercase ?? false,
      validationFraction: validationFraction ?? 0.1, validation: validation, test: test)
    options.testFraction = testFraction ?? 0
    options.reading = reading.options(over: base)
    options.format = reading.format
    options.conditions = reading.conditions
    options.shuffleSeed = shuffleSongs
    options.keptColumns = keep
    options.isStrict = reading.strict
    options.skipsUnreadable = reading.skipUnreadable
    if let near {
      options.deduplication = .near(threshold: near)
    } else {
      options.deduplication =
        switch deduplicate {
        case DeduplicationKind.none?: .none
        case nil, .exact: .exact
        case .near: .near(threshold: 0.8)
        }
    }
    return options
  }

  /// Gives each flag that is not given its value in other flags: those of the run that is resumed.
  mutating func fill(from other: CorpusFlags) {
    tokens = tokens ?? other.tokens
    minCount = minCount ?? other.minCount
    maxVocabulary = maxVocabulary ?? other.maxVocabulary
    lowercase = lowercase ?? other.lowercase
    // Held-out songs are given as files or as a share. Another share replaces the files, and the same share changes nothing.
    if validation.isEmpty, validationFraction == nil || validationFraction == other.validationFraction {
      validation = other.validation
      validationFraction = other.validationFraction
    }
    if test.isEmpty, testFraction == nil || testFraction == other.testFraction {
      test = other.test
      testFraction = other.testFraction
    }
    let isOtherNear = other.near != nil || other.deduplicate == .near
    if near == nil, deduplicate == nil || deduplicate == other.deduplicate || deduplicate == .near && isOtherNear {
      near = other.near
      deduplicate = other.deduplicate
    }
    shuffleSongs = shuffleSongs ?? other.shuffleSongs
    if keep.isEmpty { keep = other.keep }
    reading.fill(from: other.reading)
  }

  /// The flags that are given, each with its value as on a command line.
  var given: [(flag: String, value: String?)] {
    var given: [(String, String?)] = []
    func add(_ flag: String, _ value: (some CustomStringConvertible)?) { if let value { given.append((flag, "\(value)")) } }
    add("--tokens", tokens?.rawValue)
    add("--min-count", minCount)
    add("--max-vocabulary", maxVocabulary)
    if let lowercase { given.append((lowercase ? "--lowercase" : "--no-lowercase", nil)) }
    for file in validation { add("--validation", file) }
    for file in test { add("--test", file) }
    add("--validation-fraction", validationFraction)
    add("--test-fraction", testFraction)
    add("--shuffle-songs", shuffleSongs)
    for column in keep { add("--keep", column) }
    given += reading.given
    add("--deduplicate", deduplicate?.rawValue)
    add("--near", near)
    return given
  }

  /// The arguments that give these flags their values, as a run records them. `--skip-unreadable` concerns one call and is not recorded.
  var arguments: [String] {
    given.filter { $0.flag != "--skip-unreadable" }.flatMap { flag, value in
      // A value such as -- is taken only with =, and an empty one only without.
      value.map { $0.isEmpty ? [flag, $0] : ["\(flag)=\($0)"] } ?? [flag]
    }
  }

  /// The first flag that is given; a prepared store accepts none, since preparing it settled them.
  var settledFlag: String? { given.first?.flag }
}
