/// The vocabulary of a gathered corpus, and what each gathered number becomes in it.
struct TypeNumbers: Sendable {
  let tokenizer: Tokenizer
  /// The tokens of each gathered number: those from its start to the next number's, for byte pairs; nil: one each, in `ids`.
  private var starts: [Int]?
  private var ids: [TokenID]
  /// What `ids` has for `<join>` and `<space>` where the vocabulary lacks them.
  private static let leftOut: TokenID = -1
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
    let spelled = options.tokenization == .word && options.rules.keepsSpelling
    let counts = spelled ? Self.joiningSpellings(table, counts, known: options.knownTokens) : counts
    let spacing = spelled ? [TokenSpacing.join, TokenSpacing.space].compactMap { table.id(of: $0) } : []
    // The minimum count does not apply to the line end and the spacing tokens; a maximum does.
    let kept = Set([newline].compactMap { $0 } + spacing)
    var chosen: [UInt32] = []
    for id in 0..<table.count where counts[id + 1] > 0 && !special.contains(id) && (counts[id + 1] >= minimum || kept.contains(id)) {
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
    if spelled {
      let bytes = table.bytes.span
      for id in 0..<table.count where ids[id + 1] == vocabulary.unknown {
        ids[id + 1] = tokenizer.id(of: bytes, table.range(of: id)) ?? vocabulary.unknown
      }
      for id in spacing where ids[id + 1] == vocabulary.unknown { ids[id + 1] = Self.leftOut }
    }
    literalUnknown = table.id(of: Vocabulary.unknownToken).map { UInt32($0) + 1 }
  }

  /// Adds the counts of all spellings of a word to its most frequent spelling; of equally frequent ones, to that with straight apostrophes.
  ///
  /// - Parameter known: tokens already in the vocabulary; their other spellings are not added.
  private static func joiningSpellings(_ table: TokenTable, _ counts: [Int], known: [String]) -> [Int] {
    let known = Set(known.filter { $0.contains { $0 == "'" || $0 == "\u{2019}" } }.map { Array($0.utf8) })
    var joined = counts
    let bytes = table.bytes.span
    for id in 0..<table.count where counts[id + 1] > 0 {
      let range = table.range(of: id)
      guard Spelling.hasApostrophe(bytes, range) else { continue }
      let spellings = [false, true].map { Spelling.written(bytes, range, curly: $0) }
      if spellings.contains(where: known.contains) {
        joined[id + 1] = 0
        continue
      }
      let ids = spellings.compactMap { table.id($0.span, 0..<$0.count, hash: TokenTable.hash($0.span, 0..<$0.count)) }
      guard let best = ids.max(by: { counts[$0 + 1] < counts[$1 + 1] }), best != id else { continue }
      joined[best + 1] += joined[id + 1]
      joined[id + 1] = 0
    }
    return joined
  }

  /// By falling count, ties by the order of the bytes.
  static func sort(_ types: inout [UInt32], _ table: TokenTable, _ counts: [Int]) {
    let bytes = table.bytes.span
    types.sort { first, second in
      let a = counts[Int(first) + 1]
      let b = counts[Int(second) + 1]
      if a != b { return a > b }
      let own = table.range(of: Int(first))
      let other = table.range(of: Int(second))
      for offset in 0..<min(own.count, other.count) {
        let x = bytes[own.lowerBound + offset]
        let y = bytes[other.lowerBound + offset]
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
      if id == Self.leftOut { continue }
      tokens.append(id)
      if id == unknownID, number != literalUnknown { unknown += 1 }
    }
    return unknown
  }

  /// Whether the token is left out of the text, since it only notes white space and the vocabulary lacks it.
  func isLeftOut(_ id: Int) -> Bool { starts == nil && ids[id + 1] == Self.leftOut }

  /// Whether the vocabulary has the token itself.
  func isKnown(_ id: Int) -> Bool {
    starts != nil || ids[id + 1] != tokenizer.vocabulary.unknown || literalUnknown == UInt32(id) + 1
  }
}
