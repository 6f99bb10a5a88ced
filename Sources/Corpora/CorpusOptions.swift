/// How a corpus is cut into tokens and parted.
public struct CorpusOptions: Sendable, Hashable {
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

  /// The special tokens besides `<unk>`.
  var specials: [String] { tokenization == .whitespace ? [] : [Tokenizer.songToken] }

  func check() throws(CorpusError) {
    guard validationFraction >= 0, validationFraction < 1 else {
      throw .invalidSetting(name: "--validation-fraction", value: "\(validationFraction)", expected: "at least 0 and less than 1")
    }
    if let minimumCount, minimumCount < 1 {
      throw .invalidSetting(name: "--min-count", value: "\(minimumCount)", expected: "at least 1")
    }
    // The special tokens and one that can be predicted.
    let least = specials.count + 2
    if let maximumVocabulary, maximumVocabulary < least {
      throw .invalidSetting(name: "--max-vocabulary", value: "\(maximumVocabulary)", expected: "at least \(least)")
    }
  }
}
