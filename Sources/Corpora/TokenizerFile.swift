/// `tokenizer.json`: the layout that Hugging Face's `tokenizers` library reads, and one key of ours.
///
/// What that library does with a text comes close to what `Tokenizer` does; ours alone goes by `model.refrain`, which stands
/// there because the library refuses a file with a key that it does not know beside `model`, but not in it.
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
  }

  struct Model: Codable {
    var type: String
    var vocab: [String: Int]
    var unknown: String
    var refrain: Own

    enum CodingKeys: String, CodingKey {
      case type, vocab, refrain
      case unknown = "unk_token"
    }
  }

  /// What makes the tokenizer ours.
  struct Own: Codable {
    var format: Int
    var tokenization: String
    var lowercase: Bool
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
  var model: Model

  enum CodingKeys: String, CodingKey {
    case version, normalizer, model
    case addedTokens = "added_tokens"
    case preTokenizer = "pre_tokenizer"
  }
}

extension TokenizerFile {
  init(_ tokenizer: Tokenizer) {
    let vocabulary = tokenizer.vocabulary
    let specials = [vocabulary.unknown, tokenizer.songBoundary].compactMap { $0 }
    addedTokens = specials.map { AddedToken(id: Int($0), content: vocabulary.tokens[Int($0)]) }
    model = Model(
      type: "WordLevel", vocab: Dictionary(uniqueKeysWithValues: zip(vocabulary.tokens, 0...)), unknown: Vocabulary.unknownToken,
      refrain: Own(format: Self.currentFormat, tokenization: tokenizer.tokenization.rawValue, lowercase: tokenizer.lowercase))

    var steps = tokenizer.lowercase ? [Step(type: "Lowercase")] : []
    switch tokenizer.tokenization {
    case .word:
      preTokenizer = Self.split(#"\[[^\s\[\]][^\[\]\n]{0,39}\]|[\p{L}\p{M}\p{N}]+(?:['’‐‑-][\p{L}\p{M}\p{N}]+)*|\n|\.+|-+|!+|\?+|[^\s]"#)
    case .char:
      preTokenizer = Self.split(#"\X"#)
    case .whitespace:
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
