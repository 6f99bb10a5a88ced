/// What a corpus holds, and what became of its sources.
public struct CorpusReport: Sendable, Hashable, Codable {
  /// A number for each part.
  public struct Parts: Sendable, Hashable, Codable {
    /// To train on.
    public var training = 0
    /// To choose by.
    public var validation = 0
    /// For a final test.
    public var test = 0

    /// All parts together.
    public var total: Int { training + validation + test }

    subscript(part: Int) -> Int {
      get { part == 0 ? training : part == 1 ? validation : test }
      set {
        switch part {
        case 0: training = newValue
        case 1: validation = newValue
        default: test = newValue
        }
      }
    }
  }

  /// How long lines or songs are.
  public struct Lengths: Sendable, Hashable, Codable {
    /// The mean.
    public var mean = 0.0
    /// Half are no longer than this.
    public var median = 0
    /// Nine of ten are no longer than this.
    public var ninetiethPercentile = 0
    /// The longest.
    public var longest = 0
  }

  /// A token and how often it comes in the training part.
  public struct Frequency: Sendable, Hashable, Codable {
    /// The token's text.
    public var token: String
    /// How often it comes.
    public var count: Int
  }

  /// Why records and songs were left out.
  public struct Removed: Sendable, Hashable, Codable {
    /// Records without lyrics.
    public var empty = 0
    /// Records that cannot be used.
    public var malformed = 0
    /// Copies of songs that came before.
    public var duplicates = 0
    /// Songs nearly as those that came before.
    public var nearDuplicates = 0
    /// Songs that were given for validation or test too.
    public var heldOut = 0
  }

  /// How many songs a condition left out.
  public struct ConditionCount: Sendable, Hashable, Codable {
    /// The condition, such as "language=en".
    public var condition: String
    /// The songs, or rows, that do not meet it, and meet all conditions before it.
    public var leftOut: Int
  }

  /// How many files were read.
  public var sources = 0
  /// How many bytes they have, decompressed.
  public var bytes = 0
  /// Songs that were kept.
  public var songs = Parts()
  /// Tokens, `<song>` included.
  public var tokens = Parts()
  /// Tokens that became `<unk>`.
  public var unknown = Parts()
  /// Lines of the kept songs.
  public var lines = 0
  /// Different tokens in the training part, known or not.
  public var types = 0
  /// The size of the vocabulary, special tokens included.
  public var vocabulary = 0
  /// The part of the training tokens, special ones aside, that the vocabulary knows.
  public var tokenCoverage = 1.0
  /// The part of the types that the vocabulary knows.
  public var typeCoverage = 1.0
  /// Tokens that were not counted by themselves, since there were too many different ones.
  public var uncountedTokens = 0
  /// The most frequent tokens of the training part.
  public var frequent: [Frequency] = []
  /// Tokens a line, line ends aside.
  public var lineLengths = Lengths()
  /// Tokens a song.
  public var songLengths = Lengths()
  /// How often each cleaning rule did something.
  public var cleaned = CleaningCounts()
  /// What was left out.
  public var removed = Removed()
  /// What each condition left out, in the order of the options; nil: there were no conditions.
  public var conditions: [ConditionCount]?
  /// Rows that were joined to the row before, as lines of one song; nil: none were.
  public var joinedRows: Int?
  /// Songs that were read as several, since rows of other songs stand between their rows; nil: none were.
  public var scatteredSongs: Int?
  /// Records, or lines of texts, that were read as Windows-1252.
  public var decodedWindows1252 = 0
  /// Records that were faulty and read all the same.
  public var repaired = 0
  /// Sources that could not be read to their end, or changed meanwhile.
  public var damagedSources = 0
  /// The first problems, each in a sentence with file and line; those of whole sources before those of records.
  public var problems: [String] = []

  // Stores of older versions lack what follows.

  /// Characters that were UTF-8 once, were read in another encoding, and were saved again, such as `Ã©` for `é`; nil: none.
  public var mojibake: Int?
  /// The encoding in which most of them were read, as iconv names it; nil: there are none, or an older version counted them.
  public var misreadEncoding: String?
  /// Replacement characters (U+FFFD), each of which stands for what is lost; nil: none.
  public var replacementCharacters: Int?
  /// The encodings that make plausible text of the first source that is not UTF-8, the most probable first.
  public var encodings: [String]?
  /// How many files in folders were passed over, by the endings of their names with the dot; "" for names without one. Nil: none.
  public var passedOver: [String: Int]?
  /// How large songs are, by which a wrong separation shows.
  public var separation: Separation?

  /// Creates counts of zero.
  public init() {}

  /// How many problems are kept in words; all are counted.
  static let mostProblems = 20

  /// How many problems there were.
  public var problemCount: Int { removed.malformed + repaired + damagedSources }
}

extension CorpusReport.Lengths {
  /// - Parameter histogram: how many there are of each length.
  init(_ histogram: [Int: Int]) {
    let all = histogram.values.reduce(0, +)
    guard all > 0 else { return }
    mean = histogram.reduce(0.0) { $0 + Double($1.key) * Double($1.value) } / Double(all)
    var seen = 0
    var isMedianFound = false, isPercentileFound = false
    for (length, count) in histogram.sorted(by: { $0.key < $1.key }) {
      seen += count
      if !isMedianFound, seen * 2 >= all {
        median = length
        isMedianFound = true
      }
      if !isPercentileFound, seen * 10 >= all * 9 {
        ninetiethPercentile = length
        isPercentileFound = true
      }
      longest = length
    }
  }
}

/// How far a preparation has come.
public struct PreparationProgress: Sendable, Hashable {
  /// What is being done.
  public enum Phase: String, Sendable {
    /// Sources are read, cleaned and cut.
    case reading
    /// Tokens are counted, and what was found is put in order.
    case counting
    /// The tokens' numbers are written.
    case writing
  }

  /// What is being done.
  public var phase: Phase
  /// Bytes of the sources, or tokens, that are done in this phase.
  public var done: Int
  /// Bytes of the sources, or tokens, in all, if that is known.
  public var total: Int?
  /// Songs read so far.
  public var songs: Int
}
