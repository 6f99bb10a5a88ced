internal import Basics
internal import Corpora
internal import Kernels
internal import LanguageModel
internal import Models

/// How a text begins: what the model reads before it writes.
struct LyricBeginning {
  let unknownWords: [String]
  /// What the model reads; never empty.
  let context: [TokenID]
  private let tokenizer: Tokenizer
  private let decoder: TokenDecoder
  private let isSongBegun: Bool
  private let endsInSpace: Bool
  /// Whether the song continues on a new line although the prompt does not end with one: its last line is a tag that is dropped.
  private let beginsLine: Bool
  private let excluded: [TokenID]
  private let length: Int

  init(_ model: Model, prompt given: String, length: Int, sampling: Sampling) throws(GenerationError) {
    try sampling.validate()
    if length < 1 { throw .invalidSetting(key: "length", found: "\(length)", expected: "at least 1") }
    tokenizer = model.tokenizer
    self.length = length
    endsInSpace = given.last?.isWhitespace == true
    // The model was trained on texts that were cleaned in this way.
    let prompt = model.readingOptions.cleaned(prompt: given, for: tokenizer.tokenization)
    beginsLine = given.last?.isNewline == false && (prompt.isEmpty || prompt.last?.isNewline == true)
    unknownWords = tokenizer.unknownWords(in: prompt)
    excluded = sampling.allowsUnknown ? [] : [tokenizer.vocabulary.unknown]
    // A song begins after the end of another.
    let beginning = [tokenizer.songBoundary ?? tokenizer.newline].compactMap { $0 }
    var prompted = tokenizer.encode(prompt)
    // Pre-tokenized text ends its last line, but a prompt is to be gone on with.
    if tokenizer.songBoundary == nil, !prompt.hasSuffix("\n"), prompted.last == tokenizer.newline, prompted.last != nil {
      prompted.removeLast()
    }
    let context = beginning + prompted
    self.context = context.isEmpty ? [tokenizer.vocabulary.unknown] : context
    var decoder = TokenDecoder(tokenizer)
    for token in prompted { _ = decoder.text(for: token) }
    self.decoder = decoder
    isSongBegun = !prompted.isEmpty
  }

  /// Has a network read the beginning in its first lane; returns the logits of what comes next, until the network is used again.
  func read(into network: SamplingNetwork) -> MatrixView {
    var logits = network.logits(after: [context[0]])
    for token in context.dropFirst() { logits = network.logits(after: [token]) }
    return logits
  }

  /// A text that goes on from here, by a seed of its own.
  func stream(seed: UInt64) -> LyricStream {
    LyricStream(
      tokenizer: tokenizer, generator: Sampler.generator(seed: seed), decoder: decoder, remaining: length, excluded: excluded,
      isSongBegun: isSongBegun, dropsSpace: endsInSpace && tokenizer.tokenization != .char, beginsLine: beginsLine)
  }
}

/// One text under way. What it chooses depends on its seed and the logits alone, never on the streams beside it.
struct LyricStream {
  fileprivate let tokenizer: Tokenizer
  fileprivate var generator: SeededGenerator
  fileprivate var decoder: TokenDecoder
  /// The most tokens that may still come.
  private(set) var remaining: Int
  fileprivate let excluded: [TokenID]
  fileprivate var isSongBegun: Bool
  /// A prompt that ends in a space has the space before the first word already.
  fileprivate var dropsSpace: Bool
  /// Whether a line end is written before the first token's text.
  fileprivate var beginsLine: Bool

  fileprivate init(
    tokenizer: Tokenizer, generator: SeededGenerator, decoder: TokenDecoder, remaining: Int, excluded: [TokenID], isSongBegun: Bool,
    dropsSpace: Bool, beginsLine: Bool
  ) {
    self.tokenizer = tokenizer
    self.generator = generator
    self.decoder = decoder
    self.remaining = remaining
    self.excluded = excluded
    self.isSongBegun = isSongBegun
    self.dropsSpace = dropsSpace
    self.beginsLine = beginsLine
  }

  /// Chooses the next token, and says what it adds to the text; nil when the song is over.
  ///
  /// - Parameter logits: [1, V].
  mutating func next(_ logits: MatrixView, _ sampler: Sampler) -> (token: TokenID, text: String)? {
    guard remaining > 0 else { return nil }
    let token = sampler.next(logits, excluding: forbidden(among: logits.columns), using: &generator)
    guard token != tokenizer.songBoundary else {
      remaining = 0
      return nil
    }
    remaining -= 1
    isSongBegun = true
    var text = decoder.text(for: token)
    // A token may have no text of its own.
    guard !text.isEmpty else { return (token, text) }
    if dropsSpace, text.hasPrefix(" ") { text.removeFirst() }
    if beginsLine { text = "\n" + text }
    dropsSpace = false
    beginsLine = false
    return (token, text)
  }

  /// What may not come next; nothing if that would leave nothing.
  private func forbidden(among count: Int) -> [TokenID] {
    // An empty song is none.
    let forbidden = if !isSongBegun, let boundary = tokenizer.songBoundary { excluded + [boundary] } else { excluded }
    return forbidden.count < count ? forbidden : []
  }
}
