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
  private let text: TextSoFar
  private let isSongBegun: Bool
  private let endsInSpace: Bool
  /// Whether the song continues on a new line although the prompt does not end with one: its last line is a tag that is dropped.
  private let beginsLine: Bool
  private let length: Int
  private let stops: StopStrings
  private let cache: StreamCache?

  /// - Parameters:
  ///   - condition: values by the names of their columns; what is missing is drawn for each song.
  ///   - cache: the neural cache; nil: none.
  init(
    _ model: Model, prompt given: String, length: Int, sampling: Sampling, condition: [String: String], copies: CopyGuard? = nil,
    cache: WritingCache? = nil
  ) throws(GenerationError) {
    try sampling.validate()
    self.cache = cache.map(StreamCache.init)
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
    // A banned word, or a copied span, may begin in the prompt.
    var copies = copies
    copies?.append(given)
    if beginsLine { copies?.append("\n") }
    var text = TextSoFar(tokenizer, sampling, copies: copies)
    for token in prompted { text.appendRead(token) }
    self.text = text
    isSongBegun = !prompted.isEmpty
  }

  /// Whether each song may have other control tokens.
  var isDrawn: Bool { choice?.isDrawn ?? false }

  /// What the model reads before a song of this seed; never empty.
  func context(seed: UInt64) -> [TokenID] {
    guard let conditions, let choice else { return opening + prompted }
    return opening + conditions.tokens(choice, seed: seed).map { TokenID(tokenizer.vocabulary.count) + $0 } + prompted
  }

  /// Has a network read the beginning in its first lane; returns the logits of what comes next, until the network is used again, and the
  /// cache after the beginning.
  ///
  /// - Precondition: all songs have the same control tokens.
  func read(into network: SamplingNetwork) -> (logits: MatrixView, cache: StreamCache?) {
    precondition(!isDrawn, "the songs begin alike")
    var cache = cache
    for token in context(seed: 0) {
      network.read([token])
      cache?.read(token, network.decoderInput(lanes: 1), vocabularySize: tokenizer.vocabulary.count)
    }
    return (network.logits(lanes: 1), cache)
  }

  /// A text that continues from here, by a seed of its own.
  ///
  /// - Parameter cache: the cache after the beginning; nil: the network is yet to read the beginning.
  func stream(seed: UInt64, cache: StreamCache? = nil) -> LyricStream {
    LyricStream(
      tokenizer: tokenizer, generator: Sampler.generator(seed: seed), text: text, stops: stops, cache: cache ?? self.cache,
      remaining: length, isSongBegun: isSongBegun, dropsSpace: endsInSpace && tokenizer.tokenization != .char, beginsLine: beginsLine)
  }
}

/// One text under way. What it chooses depends on its seed and the logits alone, never on the streams beside it.
struct LyricStream {
  fileprivate let tokenizer: Tokenizer
  fileprivate var generator: SeededGenerator
  fileprivate var text: TextSoFar
  fileprivate var stops: StopStrings
  fileprivate var cache: StreamCache?
  /// The most tokens that may still come.
  fileprivate(set) var remaining: Int
  fileprivate var isSongBegun: Bool
  /// A prompt that ends in a space has the space before the first word already.
  fileprivate var dropsSpace: Bool
  /// Whether a line end is written before the first token's text.
  fileprivate var beginsLine: Bool

  /// Whether there is a cache, which must be told of every token that the network reads.
  var hasCache: Bool { cache != nil }

  /// Tells the cache of a token that the network has read.
  ///
  /// - Parameter input: what the decoder reads after it: [1, D].
  mutating func read(_ token: TokenID, _ input: MatrixView) {
    cache?.read(token, input, vocabularySize: tokenizer.vocabulary.count)
  }

  /// Chooses the next token, and says what it adds to the text. The token is nil when the song is over.
  ///
  /// - Parameter logits: [1, V].
  mutating func next(_ logits: MatrixView, _ sampler: Sampler) -> (token: TokenID?, text: String) {
    guard remaining > 0, let token = choose(logits, sampler), token != tokenizer.songBoundary else {
      remaining = 0
      return (nil, stops.finish())
    }
    remaining -= 1
    isSongBegun = true
    var piece = text.append(token)
    // A token may have no text of its own.
    if !piece.isEmpty {
      if dropsSpace, piece.hasPrefix(" ") { piece.removeFirst() }
      if beginsLine { piece = "\n" + piece }
      dropsSpace = false
      beginsLine = false
    }
    let (written, isOver) = stops.take(piece)
    if isOver { remaining = 0 }
    return (token, remaining == 0 && !isOver ? written + stops.finish() : written)
  }

  /// The next token; nil if none is allowed.
  private mutating func choose(_ logits: MatrixView, _ sampler: Sampler) -> TokenID? {
    var excluded = forbidden(among: logits.columns)
    excluded += text.copiedTokens.filter { !excluded.contains($0) }
    while excluded.count < logits.columns {
      let token = sampler.next(logits, excluding: excluded, using: &generator) { row in
        cache?.mix(into: row, scratch: sampler.shares)
        text.adjust(row)
      }
      if !text.forbids(text.piece(token), isLast: remaining == 1 || token == tokenizer.songBoundary) { return token }
      excluded.append(token)
    }
    return nil
  }

  /// What may never come next; nothing if that would leave nothing.
  private func forbidden(among count: Int) -> [TokenID] {
    // An empty song is none.
    let forbidden = if !isSongBegun, let boundary = tokenizer.songBoundary { text.excluded + [boundary] } else { text.excluded }
    return forbidden.count < count ? forbidden : []
  }
}
