internal import Basics
internal import Corpora
internal import Kernels
internal import LanguageModel
internal import Models

/// How a text begins: what the model reads before it writes.
struct LyricBeginning {
  let unknownWords: [String]
  /// What the model reads before the song's control tokens, and after them; never both empty.
  private let opening: [TokenID], prompted: [TokenID]
  private let conditions: ControlVocabulary?
  private let choice: ControlVocabulary.Choice?
  private let tokenizer: Tokenizer
  private let decoder: TokenDecoder
  private let isSongBegun: Bool
  private let endsInSpace: Bool
  /// Whether the song continues on a new line although the prompt does not end with one: its last line is a tag that is dropped.
  private let beginsLine: Bool
  private let excluded: [TokenID]
  private let length: Int
  private let history: TokenHistory
  private let banned: BannedWords
  private let stops: StopStrings

  /// - Parameter condition: values by the names of their columns; what is missing is drawn for each song.
  init(
    _ model: Model, prompt given: String, length: Int, sampling: Sampling, condition: [String: String]
  ) throws(GenerationError) {
    try sampling.validate()
    conditions = model.conditions
    do throws(ConditionError) {
      if model.conditions == nil, !condition.isEmpty { throw .notConditioned }
      choice = try model.conditions?.choice(condition)
    } catch {
      throw .condition(error)
    }
    if length < 1 { throw .invalidSetting(key: "length", found: "\(length)", expected: "at least 1") }
    tokenizer = model.tokenizer
    self.length = length
    endsInSpace = given.last?.isWhitespace == true
    // The model was trained on texts that were cleaned in this way.
    let prompt = model.readingOptions.cleaned(prompt: given, for: tokenizer.tokenization)
    beginsLine = given.last?.isNewline == false && (prompt.isEmpty || prompt.last?.isNewline == true)
    unknownWords = tokenizer.unknownWords(in: prompt)
    var banned = BannedWords(sampling.bannedWords, tokenizer)
    excluded = (sampling.allowsUnknown ? [] : [tokenizer.vocabulary.unknown]) + banned.tokens(of: tokenizer)
    stops = StopStrings(sampling.stops)
    // A song begins after the end of another.
    let beginning = [tokenizer.songBoundary ?? tokenizer.newline].compactMap { $0 }
    var prompted = tokenizer.encode(prompt)
    // Pre-tokenized text ends its last line, but a prompt is to be gone on with.
    if tokenizer.songBoundary == nil, !prompt.hasSuffix("\n"), prompted.last == tokenizer.newline, prompted.last != nil {
      prompted.removeLast()
    }
    opening = beginning.isEmpty && prompted.isEmpty ? [tokenizer.vocabulary.unknown] : beginning
    self.prompted = prompted
    var decoder = TokenDecoder(tokenizer)
    var history = TokenHistory(sampling, exempt: [tokenizer.newline, tokenizer.songBoundary].compactMap { $0 })
    for token in prompted {
      // A banned word may begin in the prompt.
      banned.append(decoder.text(for: token))
      history.append(token)
    }
    self.decoder = decoder
    self.banned = banned
    self.history = history
    isSongBegun = !prompted.isEmpty
  }

  /// Whether each song may have other control tokens.
  var isDrawn: Bool { choice?.isDrawn ?? false }

  /// What the model reads before a song of this seed; never empty.
  func context(seed: UInt64) -> [TokenID] {
    guard let conditions, let choice else { return opening + prompted }
    return opening + conditions.tokens(choice, seed: seed).map { TokenID(tokenizer.vocabulary.count) + $0 } + prompted
  }

  /// Has a network read the beginning in its first lane; returns the logits of what comes next, until the network is used again.
  ///
  /// - Precondition: all songs have the same control tokens.
  func read(into network: SamplingNetwork) -> MatrixView {
    precondition(!isDrawn, "the songs begin alike")
    for token in context(seed: 0) { network.read([token]) }
    return network.logits(lanes: 1)
  }

  /// A text that goes on from here, by a seed of its own.
  func stream(seed: UInt64) -> LyricStream {
    LyricStream(
      tokenizer: tokenizer, generator: Sampler.generator(seed: seed), decoder: decoder, history: history, banned: banned, stops: stops,
      remaining: length, excluded: excluded, isSongBegun: isSongBegun, dropsSpace: endsInSpace && tokenizer.tokenization != .char,
      beginsLine: beginsLine)
  }
}

/// One text under way. What it chooses depends on its seed and the logits alone, never on the streams beside it.
struct LyricStream {
  fileprivate let tokenizer: Tokenizer
  fileprivate var generator: SeededGenerator
  fileprivate var decoder: TokenDecoder
  fileprivate var history: TokenHistory
  fileprivate var banned: BannedWords
  fileprivate var stops: StopStrings
  /// The most tokens that may still come.
  fileprivate(set) var remaining: Int
  fileprivate let excluded: [TokenID]
  fileprivate var isSongBegun: Bool
  /// A prompt that ends in a space has the space before the first word already.
  fileprivate var dropsSpace: Bool
  /// Whether a line end is written before the first token's text.
  fileprivate var beginsLine: Bool

  /// Chooses the next token, and says what it adds to the text. The token is nil when the song is over.
  ///
  /// - Parameter logits: [1, V].
  mutating func next(_ logits: MatrixView, _ sampler: Sampler) -> (token: TokenID?, text: String) {
    guard remaining > 0, let choice = choose(logits, sampler), choice.token != tokenizer.songBoundary else {
      remaining = 0
      return (nil, stops.finish())
    }
    remaining -= 1
    isSongBegun = true
    decoder = choice.decoder
    history.append(choice.token)
    banned.append(choice.text)
    var text = choice.text
    // A token may have no text of its own.
    if !text.isEmpty {
      if dropsSpace, text.hasPrefix(" ") { text.removeFirst() }
      if beginsLine { text = "\n" + text }
      dropsSpace = false
      beginsLine = false
    }
    let (written, isOver) = stops.take(text)
    if isOver { remaining = 0 }
    return (choice.token, remaining == 0 && !isOver ? written + stops.finish() : written)
  }

  /// The next token with its text, and the decoder after it; nil if none is allowed.
  private func chosen(_ token: TokenID) -> (token: TokenID, text: String, decoder: TokenDecoder) {
    var decoder = decoder
    return (token, decoder.text(for: token), decoder)
  }

  private mutating func choose(_ logits: MatrixView, _ sampler: Sampler) -> (token: TokenID, text: String, decoder: TokenDecoder)? {
    var excluded = forbidden(among: logits.columns)
    while excluded.count < logits.columns {
      let token = sampler.next(logits, excluding: excluded, using: &generator, adjusting: history.apply)
      let choice = chosen(token)
      let isLast = remaining == 1 || token == tokenizer.songBoundary
      if !banned.rejects(choice.text, isLast: isLast) { return choice }
      excluded.append(token)
    }
    return nil
  }

  /// What may not come next; nothing if that would leave nothing.
  private func forbidden(among count: Int) -> [TokenID] {
    // An empty song is none.
    let forbidden = if !isSongBegun, let boundary = tokenizer.songBoundary { excluded + [boundary] } else { excluded }
    return forbidden.count < count ? forbidden : []
  }
}
