/// How a corpus is cut into tokens and divided into training, validation and test.
public struct CorpusOptions: Sendable, Hashable, Codable {
  /// How texts are cut into tokens.
  public var tokenization: Tokenization
  /// Tokens seen less often in the training part become `<unk>`; nil means 2 for words and 1 otherwise.
  public var minimumCount: Int?
  /// The most tokens that the vocabulary may have, the special ones included; nil for no limit.
  public var maximumVocabulary: Int?
  /// Whether words are put in lower case.
  public var lowercase: Bool
  /// The part of the songs that is held out for validation, from 0 (none) to less than 1; not used if `validation` has files.
  public var validationFraction: Double
  /// Files or folders with the songs for validation.
  public var validation: [String]
  /// Files or folders with the songs for a final test.
  public var test: [String]

  /// The part of the songs that is kept for a final test, from 0 (none); not used if `test` has files.
  public var testFraction = 0.0
  /// What named files and standard input are, whatever their names; nil: as the name says, or text.
  public var format: CorpusFormat?
  /// The column of a table, or the key of an object (`a.b` inside another), with the lyrics; nil: found by its usual names.
  public var textField: String?
  /// How the songs of a text file are separated.
  public var separator = SongSeparator.blankLines
  /// What is done to lyrics before they are cut.
  public var cleaning = CleaningOptions()
  /// Which songs are left out since they were there before.
  public var deduplication = Deduplication.exact
  /// The tokens that a model knows already, `<unk>` among them, in the order of their numbers: they keep them, and the corpus's others
  /// follow. Of byte pairs none follow.
  public var knownTokens: [String] = []
  /// The merges of the byte pairs that a model knows already, each as its two parts, in the order in which they were learned; nil: learn
  /// them.
  public var knownMerges: [[String]]?
  /// Whether the first record that cannot be used is an error; if not, it is skipped and reported.
  public var isStrict = false
  /// Whether sources that cannot be read to their end are reported and left out, instead of being an error.
  public var skipsUnreadable: Bool {
    get { skips ?? false }
    set { skips = newValue ? true : nil }
  }
  /// True or nil: nil is not in the JSON whose hash identifies the options of a store, so stores of older versions stay up to date.
  private var skips: Bool?
  /// The columns of a table, or keys of objects, whose values neighbouring rows share if they are lines of one song. If it is empty, each
  /// row is a song.
  public var groupBy: [String] {
    get { groups ?? [] }
    set { groups = newValue.isEmpty ? nil : newValue }
  }
  /// What a row of a table, or an object, must have in its columns to be read; it must meet all conditions.
  public var conditions: [SongCondition] {
    get { wanted ?? [] }
    set { wanted = newValue.isEmpty ? nil : newValue }
  }
  /// Decides the order of the songs to train on, as a function of their texts; nil: the order of the files.
  ///
  /// It decides which songs are neighbours in a lane, but not which are held out. Fewer than ten songs of which some are held out keep
  /// their order.
  public var shuffleSeed: UInt64?
  /// The columns of tables, or keys of objects (`a.b` inside another), whose values are kept with each song besides title and artist. They
  /// change no token.
  public var keptColumns: [String] {
    get { kept ?? [] }
    set { kept = newValue.isEmpty ? nil : newValue }
  }
  /// The most columns that can be kept.
  static let mostKeptColumns = 16
  // Nil if they are not used, so that they are not in the JSON whose hash identifies the options of a store.
  private var groups: [String]?
  private var wanted: [SongCondition]?
  private var kept: [String]?
  /// Whether what is not UTF-8 is read as Windows-1252 (Latin-1), record by record.
  public var readsWindows1252 = false
  /// The encoding of files without a byte-order mark, as the system's iconv(3) names it; nil: UTF-8. Nil is not in the JSON whose hash
  /// identifies the options of a store.
  public var encoding: String?
  /// The rules that cut texts into words and byte pairs.
  public var rules: LexingRules {
    get { olderRules ?? .current }
    set { olderRules = newValue == .current ? nil : newValue }
  }
  /// Nil for the current rules, so that they are not in the JSON whose hash identifies the options of a store.
  private var olderRules: LexingRules?

  /// The usual choices: words, a tenth held out.
  public init(
    tokenization: Tokenization = .word, minimumCount: Int? = nil, maximumVocabulary: Int? = nil, lowercase: Bool = false,
    validationFraction: Double = 0.1, validation: [String] = [], test: [String] = []
  ) {
    self.tokenization = tokenization
    self.minimumCount = minimumCount
    self.maximumVocabulary = maximumVocabulary
    self.lowercase = lowercase
    self.validationFraction = validationFraction
    self.validation = validation
    self.test = test
  }

  /// Cuts texts as a tokenizer does that is there already, and keeps its tokens; with `maximumVocabulary` of their number, no other
  /// follows, and what it does not know becomes `<unk>`.
  public mutating func keep(_ tokenizer: Tokenizer) {
    tokenization = tokenizer.tokenization
    lowercase = tokenizer.lowercase
    knownTokens = tokenizer.vocabulary.tokens
    knownMerges = tokenizer.bytePairs?.merges.map { [knownTokens[Int($0.left)], knownTokens[Int($0.right)]] }
    rules = tokenizer.rules
  }

  /// How many times a token must be seen to be known.
  var resolvedMinimumCount: Int { minimumCount ?? (tokenization == .word ? 2 : 1) }

  /// The special tokens besides `<unk>`.
  var specials: [String] { tokenization == .whitespace ? [] : [Tokenizer.songToken] }

  func check() throws(CorpusError) {
    guard validationFraction >= 0, validationFraction < 1 else {
      throw .invalidSetting(key: "validation_fraction", found: "\(validationFraction)", expected: "at least 0 and less than 1")
    }
    guard testFraction >= 0, testFraction < 1 else {
      throw .invalidSetting(key: "test_fraction", found: "\(testFraction)", expected: "at least 0 and less than 1")
    }
    guard validationFraction + testFraction < 1 else {
      throw .fractionsTooLarge(validation: validationFraction, test: testFraction)
    }
    if case .near(let threshold) = deduplication, !(threshold > 0 && threshold <= 1) {
      throw .invalidSetting(key: "near", found: "\(threshold)", expected: "above 0 and at most 1")
    }
    try reading.checkForReading()
    guard keptColumns.count <= Self.mostKeptColumns, Set(keptColumns).count == keptColumns.count,
      keptColumns.allSatisfy({ (1...4_096).contains($0.utf8.count) })
    else {
      throw .invalidSetting(
        key: "keep", found: "\(keptColumns)", expected: "at most \(Self.mostKeptColumns) different names")
    }
    if let minimumCount, minimumCount < 1 {
      throw .invalidSetting(key: "min_count", found: "\(minimumCount)", expected: "at least 1")
    }
    // The special tokens and one that can be predicted.
    let least = tokenization == .bpe ? specials.count + 1 + 256 : specials.count + 2
    if let maximumVocabulary, maximumVocabulary < least, knownTokens.isEmpty {
      throw .invalidSetting(key: "max_vocabulary", found: "\(maximumVocabulary)", expected: "at least \(least)")
    }
  }
}

/// Which songs of a corpus are left out since they were there before. Case and white space never count.
public enum Deduplication: Sendable, Hashable, Codable {
  /// Every song stays.
  case none
  /// Copies go.
  case exact
  /// Copies go, and songs whose sets of five words in a row overlap by at least this part (Jaccard's), as MinHash estimates it.
  case near(threshold: Double)
}
