public import Corpora
internal import Files
private import LanguageModel
public import Models
internal import SystemPackage

/// Where the tokens of a model that is taken in come from: what each row of its embedding stands for.
public enum TokenSource: Sendable {
  /// The file's own metadata, which Refrain writes when it exports a model.
  case metadata
  /// A `tokenizer.json` of Refrain's.
  case tokenizer(path: String)
  /// A text file with a token a line, in the order of the rows, and how texts are cut. `\n`, `\t` and `\\` stand for a line end, a tab and
  /// a backslash.
  case list(path: String, tokenization: Tokenization)
}

extension Model {
  /// Takes in a language model that PyTorch trained: the state_dict in a safetensors file.
  ///
  /// Its modules may have any names: an `nn.Embedding`, an `nn.LSTM`, `nn.GRU` or `nn.RNN` (or one a layer in an `nn.ModuleList`) with two
  /// biases, one or none, and an `nn.Linear`, which may share its weight with the embedding, after another one without bias where their
  /// sizes differ. The elements may be F32, F16, BF16 or F64.
  ///
  /// - Parameter embedding: the name of the embedding's tensor, where it cannot be told from names and shapes.
  /// - Throws: an error whose description says which file is at fault, and how; the files are not trusted.
  public init(importing path: String, tokens: TokenSource = .metadata, embedding: String? = nil) throws {
    let state = try StateDictionary(FilePath(path), embedding: embedding)
    let tokenizer = try tokens.tokenizer(metadata: state.metadata, path: path)
    let sizes = state.configuration
    guard tokenizer.vocabulary.count == sizes.vocabularySize else {
      throw InterchangeError.vocabularyMismatch(path: path, expected: sizes.vocabularySize, found: tokenizer.vocabulary.count)
    }
    var configuration = TrainingConfiguration()
    configuration.embeddingSize = sizes.embeddingSize
    configuration.hiddenSizes = HiddenSizes(sizes.hiddenSizes)
    configuration.layerCount = sizes.layerCount
    configuration.isTied = sizes.isTied
    configuration.cell = sizes.cell
    configuration.isNormalized = sizes.isNormalized
    configuration.isInputCapped = sizes.isInputCapped
    configuration.sumsOutputs = sizes.sumsOutputs
    self.init(
      weights: try state.weights(), tokenizer: tokenizer, configuration: configuration,
      step: state.metadata["step"].flatMap { Int($0) }.map { max(0, $0) } ?? 0)
  }
}

extension TokenSource {
  fileprivate func tokenizer(metadata: [String: String], path: String) throws -> Tokenizer {
    switch self {
    case .metadata:
      guard let json = metadata[ExportFormat.tokenizerKey] else { throw InterchangeError.noVocabulary(path: path) }
      return try Tokenizer(json: Array(json.utf8), path: path)
    case .tokenizer(let path):
      return try Tokenizer(json: readFile(FilePath(path), limit: Tokenizer.largestFile), path: path)
    case .list(let path, let tokenization):
      return try Self.tokenizer(listed: readFile(FilePath(path), limit: Tokenizer.largestFile), path: path, tokenization)
    }
  }

  private static func tokenizer(listed bytes: [UInt8], path: String, _ tokenization: Tokenization) throws -> Tokenizer {
    func invalid(_ reason: String) -> InterchangeError { .invalidVocabulary(path: path, reason: reason) }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw invalid("it is not valid UTF-8") }
    // By scalars: CRLF is one Character.
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      String(line.last == "\r" ? line.dropLast() : line)
    }
    if lines.last == "" { lines.removeLast() }
    var seen: [String: Int] = [:]
    let tokens = try lines.enumerated().map { index, line in
      let token = line.unescaped
      if token.isEmpty { throw invalid("line \(index + 1) is empty") }
      if let first = seen.updateValue(index + 1, forKey: token) { throw invalid("lines \(first) and \(index + 1) are the same token") }
      return token
    }
    let needed = [Vocabulary.unknownToken] + (tokenization == .whitespace ? [] : [Tokenizer.songToken])
    for token in needed where seen[token] == nil { throw invalid("\(token) is missing, which stands for \(Self.meaning(of: token))") }
    guard let vocabulary = Vocabulary(tokens: tokens) else { throw invalid("two lines are the same token") }
    return Tokenizer(tokenization: tokenization, vocabulary: vocabulary)
  }

  private static func meaning(of token: String) -> String {
    token == Tokenizer.songToken
      ? "the end of a song (texts without one need the tokenization whitespace)" : "all words that are not listed"
  }
}

extension String {
  /// With `\n`, `\t` and `\\` as what they stand for.
  fileprivate var unescaped: String {
    guard contains("\\") else { return self }
    var result = "", rest = self[...]
    while let character = rest.popFirst() {
      if character == "\\", let next = rest.first, let meant = ["n": "\n", "t": "\t", "\\": "\\"][next] {
        result += meant
        rest.removeFirst()
      } else {
        result.append(character)
      }
    }
    return result
  }
}
