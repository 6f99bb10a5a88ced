/// The vocabulary of a gathered corpus, and what each gathered number becomes in it.
struct TypeNumbers: Sendable {
  let tokenizer: Tokenizer
  /// The tokens of each gathered number: those from its start to the next number's, for byte pairs; nil: one each, in `ids`.
  private var starts: [Int]?
  private var ids: [TokenID]
  /// The number that `<unk>` in the text itself was gathered as.
  private let literalUnknown: UInt32?

  /// Chooses the vocabulary by the counts of the training part.
  init(_ table: TokenTable, _ counts: [Int], options: CorpusOptions) throws(CorpusError) {
    if options.tokenization == .bpe {
      let (tokenizer, encodings) = try BytePairTraining.train(table, counts, options: options)
      self.tokenizer = tokenizer
      starts = encodings.starts
      ids = encodings.ids
      literalUnknown = nil
      return
    }
    let specials = options.knownTokens.isEmpty ? [Vocabulary.unknownToken] + options.specials : options.knownTokens
    let minimum = options.resolvedMinimumCount
    let newline = table.id(of: Tokenizer.newlineToken(options.tokenization))
    let special = Set(specials.compactMap { table.id(of: $0.inNormalFormC) })
    var chosen: [UInt32] = []
    for id in 0..<table.count where counts[id + 1] > 0 && (counts[id + 1] >= minimum || id == newline) && !special.contains(id) {
      chosen.append(UInt32(id))
    }
    Self.sort(&chosen, table, counts)
    let room = max(0, (options.maximumVocabulary ?? .max) - specials.count)
    if chosen.count > room { chosen.removeLast(chosen.count - room) }
    guard let vocabulary = Vocabulary(tokens: specials + chosen.map { table.string(Int($0)) }) else {
      preconditionFailure("gathered tokens are distinct and in normal form C")
    }
    tokenizer = Tokenizer(
      tokenization: options.tokenization, vocabulary: vocabulary, lowercase: options.lowercase, rules: options.rules)
    ids = [TokenID](repeating: vocabulary.unknown, count: table.count + 1)
    for (place, id) in chosen.enumerated() { ids[Int(id) + 1] = TokenID(specials.count + place) }
    for (place, token) in specials.enumerated() {
      if let id = table.id(of: token.inNormalFormC) { ids[id + 1] = TokenID(place) }
    }
    literalUnknown = table.id(of: Vocabulary.unknownToken).map { UInt32($0) + 1 }
  }

  /// By falling count, ties by the order of the bytes.
  static func sort(_ types: inout [UInt32], _ table: TokenTable, _ counts: [Int]) {
    let bytes = table.bytes.span
    types.sort { first, second in
      let (a, b) = (counts[Int(first) + 1], counts[Int(second) + 1])
      if a != b { return a > b }
      let (own, other) = (table.range(of: Int(first)), table.range(of: Int(second)))
      for offset in 0..<min(own.count, other.count) {
        let (x, y) = (bytes[own.lowerBound + offset], bytes[other.lowerBound + offset])
        if x != y { return x < y }
      }
      return own.count < other.count
    }
  }

  /// Adds the tokens of gathered numbers, and returns how many were unknown.
  func append(_ numbers: ArraySlice<UInt32>, to tokens: inout [TokenID]) -> Int {
    if let starts {
      for number in numbers { tokens += ids[starts[Int(number)]..<starts[Int(number) + 1]] }
      return 0
    }
    var unknown = 0
    let unknownID = tokenizer.vocabulary.unknown
    for number in numbers {
      let id = ids[Int(number)]
      tokens.append(id)
      if id == unknownID, number != literalUnknown { unknown += 1 }
    }
    return unknown
  }

  /// Whether the vocabulary has the token itself.
  func isKnown(_ id: Int) -> Bool {
    starts != nil || ids[id + 1] != tokenizer.vocabulary.unknown || literalUnknown == UInt32(id) + 1
  }
}
