import FoundationEssentials

extension Tokenizer {
  /// The most bytes that a `tokenizer.json` may have: more are neither read nor written.
  public static let largestFile = 1 << 26

  /// Returns the contents of `tokenizer.json`, if they are small enough to be read back.
  ///
  /// - Parameter limit: the most bytes that are read back.
  /// - Throws: `CorpusError.vocabularyTooLarge`.
  package func fileData(limit: Int = largestFile) throws(CorpusError) -> [UInt8] {
    let json = jsonData()
    guard json.count <= limit else { throw .vocabularyTooLarge(tokens: vocabulary.count, bytes: json.count, limit: limit) }
    return json
  }

  /// Checks that the tokenizer can be written and read back, before anything is made with it.
  ///
  /// - Throws: `CorpusError.vocabularyTooLarge`.
  package func checkSize(limit: Int = largestFile) throws(CorpusError) {
    // A byte takes at most six characters (`\u0000`), in the vocabulary and again in the merges of byte pairs; 64 are for the rest of a
    // line.
    let bytes = vocabulary.tokens.reduce(0) { $0 + $1.utf8.count }
    let most = 12 * bytes + 64 * vocabulary.count + (1 << 12)
    if most > limit { _ = try fileData(limit: limit) }
  }

  /// The contents of `tokenizer.json`: the layout of Hugging Face's `tokenizers` library, and a key `refrain` in its `model`.
  ///
  /// The same tokenizer always gives the same bytes.
  public func jsonData() -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(TokenizerFile(self))) + [newlineByte]
    } catch {
      preconditionFailure("strings and whole numbers can always be written as JSON: \(error)")
    }
  }

  /// Reads the contents of `tokenizer.json`, which may come from anywhere and are checked.
  ///
  /// - Parameter path: where they come from, for errors.
  /// - Throws: `CorpusError.malformedTokenizer` or `.unsupportedTokenizer`.
  public init(json: [UInt8], path: String) throws(CorpusError) {
    func malformed(_ reason: String) -> CorpusError { .malformedTokenizer(path: path, reason: reason) }
    guard json.count <= Self.largestFile else { throw malformed("it has more than \(Self.largestFile) bytes") }

    let file: TokenizerFile
    do {
      let data = Data(json)
      // The format first: of another one, nothing else is known.
      let format = try JSONDecoder().decode(TokenizerFile.Header.self, from: data).model.refrain.format
      if format != TokenizerFile.currentFormat { throw CorpusError.unsupportedTokenizer(path: path, format: format) }
      file = try JSONDecoder().decode(TokenizerFile.self, from: data)
    } catch let error as CorpusError {
      throw error
    } catch {
      throw malformed(Self.reason(error))
    }

    guard let tokenization = Tokenization(rawValue: file.model.refrain.tokenization) else {
      let known = Tokenization.allCases.map(\.rawValue).joined(separator: ", ")
      throw malformed("model.refrain.tokenization is \"\(file.model.refrain.tokenization)\", expected one of \(known)")
    }
    guard let rules = LexingRules(recorded: file.model.refrain.rules) else {
      throw malformed("model.refrain.rules is \(file.model.refrain.rules ?? 0), expected 1 to \(LexingRules.current.rawValue)")
    }
    let type = tokenization == .bpe ? "BPE" : "WordLevel"
    guard file.model.type == type else { throw malformed("model.type is \"\(file.model.type)\", expected \"\(type)\"") }
    guard tokenization == .bpe || file.model.unknown == Vocabulary.unknownToken else {
      let found = file.model.unknown.map { "\"\($0)\"" } ?? "missing"
      throw malformed("model.unk_token is \(found), expected \"\(Vocabulary.unknownToken)\"")
    }
    let tokens: [String]
    switch Self.ordered(file.model.vocab) {
    case .success(let found): tokens = found
    case .failure(let fault): throw malformed(fault.reason)
    }
    guard let vocabulary = Vocabulary(tokens: tokens) else { throw malformed("model.vocab lacks \"\(Vocabulary.unknownToken)\"") }
    if tokenization != .whitespace, vocabulary.id(of: Self.songToken) == nil { throw malformed("model.vocab lacks \"\(Self.songToken)\"") }
    guard tokenization == .bpe else {
      self.init(tokenization: tokenization, vocabulary: vocabulary, lowercase: file.model.refrain.lowercase, rules: rules)
      return
    }
    var merges: [(String, String)] = []
    for merge in file.model.merges ?? [] {
      let parts = merge.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 2 else { throw malformed("model.merges has \"\(merge)\", expected two tokens with a space between") }
      merges.append((String(parts[0]), String(parts[1])))
    }
    guard let pairs = BytePairs(merges: merges, vocabulary: vocabulary) else {
      throw malformed("model.merges and model.vocab do not fit: a byte, a part or a merged token is missing, or a merge comes twice")
    }
    self.init(bytePairs: pairs, vocabulary: vocabulary, lowercase: file.model.refrain.lowercase, rules: rules)
  }

  private struct Fault: Error {
    var reason: String
  }

  /// The tokens by their numbers, which must be 0, 1, 2 and so on.
  private static func ordered(_ ids: [String: Int]) -> Result<[String], Fault> {
    if ids.isEmpty { return .failure(Fault(reason: "model.vocab has no tokens")) }
    var tokens = [String?](repeating: nil, count: ids.count)
    for (token, id) in ids {
      guard !token.isEmpty else { return .failure(Fault(reason: "model.vocab has an empty token")) }
      guard tokens.indices.contains(id) else {
        let last = ids.count - 1
        return .failure(Fault(reason: "model.vocab has the number \(id) for \"\(token)\", expected 0 to \(last)"))
      }
      if let other = tokens[id] {
        let pair = [token, other].sorted()
        return .failure(Fault(reason: "model.vocab gives the number \(id) to \"\(pair[0])\" and to \"\(pair[1])\""))
      }
      tokens[id] = token
    }
    return .success(tokens.compactMap { $0 })
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      "\(place(context.codingPath + [key])) is missing"
    case DecodingError.typeMismatch(let type, let context), DecodingError.valueNotFound(let type, let context):
      "\(place(context.codingPath)) is not \(name(of: type))"
    default:
      // The library tells these two apart in prose only.
      "it is not valid JSON, or a number in it is not whole"
    }
  }

  private static func name(of type: Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Int.Type: "a whole number"
    case is Bool.Type: "true or false"
    default: "of the expected kind"
    }
  }

  private static func place(_ path: [any CodingKey]) -> String {
    path.isEmpty ? "the file" : path.map(\.stringValue).joined(separator: ".")
  }
}
