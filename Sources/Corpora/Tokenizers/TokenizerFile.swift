/// `tokenizer.json`: the layout that Hugging Face's `tokenizers` library reads, and one key of ours.
///
/// With byte pairs, and with pre-tokenized texts whose last line has its end, that library gives the same numbers as `Tokenizer`; with
/// words and characters it comes close. Ours alone goes by `model.refrain`, which stands there because the library refuses a file with a
/// key that it does not know beside `model`, but not in it.
struct TokenizerFile: Codable {
  struct AddedToken: Codable {
    var id: Int
    var content: String
    var singleWord = false
    var lstrip = false
    var rstrip = false
    var normalized = false
    var special = true

    enum CodingKeys: String, CodingKey {
      case id, content, lstrip, rstrip, normalized, special
      case singleWord = "single_word"
    }
  }

  /// A step of the library's pipeline.
  struct Step: Codable {
    struct Pattern: Codable {
      var text: String?
      var regex: String?

      enum CodingKeys: String, CodingKey {
        case text = "String"
        case regex = "Regex"
      }
    }

    var type: String
    var pattern: Pattern?
    var content: String?
    var behavior: String?
    var invert: Bool?
    var normalizers: [Step]?
    var pretokenizers: [Step]?
    var addPrefixSpace: Bool?
    var trimOffsets: Bool?
    var usesRegex: Bool?

    init(
      type: String, pattern: Pattern? = nil, content: String? = nil, behavior: String? = nil, invert: Bool? = nil,
      normalizers: [Step]? = nil, pretokenizers: [Step]? = nil
    ) {
      self.type = type
      self.pattern = pattern
      self.content = content
      self.behavior = behavior
      self.invert = invert
      self.normalizers = normalizers
      self.pretokenizers = pretokenizers
    }

    enum CodingKeys: String, CodingKey {
      case type, pattern, content, behavior, invert, normalizers, pretokenizers
      case addPrefixSpace = "add_prefix_space"
      case trimOffsets = "trim_offsets"
      case usesRegex = "use_regex"
    }

    /// Bytes written as GPT-2's characters, in its pieces or in those that were cut before.
    static func byteLevel(usesRegex: Bool = true) -> Step {
      var step = Step(type: "ByteLevel")
      step.addPrefixSpace = false
      step.trimOffsets = true
      step.usesRegex = usesRegex
      return step
    }
  }

  struct Model: Codable {
    var type: String
    var vocab: [String: Int]
    /// Byte pairs have none.
    var unknown: String?
    /// Each merge as its two parts with a space between.
    var merges: [String]?
    var refrain: Own

    enum CodingKeys: String, CodingKey {
      case type, vocab, merges, refrain
      case unknown = "unk_token"
    }
  }

  /// What makes the tokenizer ours.
  struct Own: Codable {
    var format: Int
    var tokenization: String
    var lowercase: Bool
    /// The number of the rules that cut texts; nil for the first.
    var rules: Int?
  }

  /// Enough of the file to tell whether the rest can be read.
  struct Header: Codable {
    struct Model: Codable {
      var refrain: Format
    }
    struct Format: Codable {
      var format: Int
    }
    var model: Model
  }

  static let currentFormat = 1

  var version = "1.0"
  var addedTokens: [AddedToken]
  var normalizer: Step?
  var preTokenizer: Step?
  var decoder: Step?
  var model: Model

  enum CodingKeys: String, CodingKey {
    case version, normalizer, decoder, model
    case addedTokens = "added_tokens"
    case preTokenizer = "pre_tokenizer"
  }
}

extension TokenizerFile {
  init(_ tokenizer: Tokenizer) {
    let vocabulary = tokenizer.vocabulary
    // Added tokens are found anywhere in a text, inside a word too; where ours are not, they are in the vocabulary alone.
    let isAdded = tokenizer.tokenization == .word || tokenizer.tokenization == .char
    let specials = isAdded ? [vocabulary.unknown, tokenizer.songBoundary].compactMap { $0 } : []
    addedTokens = specials.map { AddedToken(id: Int($0), content: vocabulary.tokens[Int($0)]) }
    let merges = tokenizer.bytePairs?.merges.map { "\(vocabulary.tokens[Int($0.left)]) \(vocabulary.tokens[Int($0.right)])" }
    model = Model(
      type: merges == nil ? "WordLevel" : "BPE", vocab: Dictionary(uniqueKeysWithValues: zip(vocabulary.tokens, 0...)),
      unknown: merges == nil ? Vocabulary.unknownToken : nil, merges: merges,
      refrain: Own(
        format: Self.currentFormat, tokenization: tokenizer.tokenization.rawValue, lowercase: tokenizer.lowercase,
        rules: tokenizer.rules.recorded(for: tokenizer.tokenization)))

    var steps = tokenizer.lowercase ? [Step(type: "Lowercase")] : []
    switch tokenizer.tokenization {
    case .word:
      preTokenizer = Self.split(#"\[[^\s\[\]][^\[\]\n]{0,39}\]|[\p{L}\p{M}\p{N}]+(?:['’‐‑-][\p{L}\p{M}\p{N}]+)*|\n|\.+|-+|!+|\?+|[^\s]"#)
    case .char:
      preTokenizer = Self.split(#"\X"#)
    case .bpe:
      let lines = Step(type: "Split", pattern: .init(text: "\n"), behavior: "Isolated", invert: false)
      let pieces = Step(type: "Split", pattern: .init(regex: Lexer.pretokenPattern), behavior: "Isolated", invert: false)
      let steps = tokenizer.rules == .first ? [lines, .byteLevel()] : [lines, pieces, .byteLevel(usesRegex: false)]
      preTokenizer = Step(type: "Sequence", pretokenizers: steps)
      decoder = .byteLevel()
    case .whitespace:
      steps.append(Step(type: "NFC"))
      steps.append(Step(type: "Replace", pattern: .init(text: "\n"), content: " \(Tokenizer.endOfLineToken) "))
      preTokenizer = Step(type: "WhitespaceSplit")
    }
    normalizer = steps.count > 1 ? Step(type: "Sequence", normalizers: steps) : steps.first
  }

  /// Takes what the pattern matches, and drops what lies between.
  private static func split(_ regex: String) -> Step {
    Step(type: "Split", pattern: .init(regex: regex), behavior: "Removed", invert: true)
  }
}
