private import Corpora
private import Kernels
private import LanguageModel
public import Training

/// Writes lyrics, token by token: a sequence of pieces of text.
///
/// ```swift
/// for piece in try model.lyrics(prompt: "The river", seed: 7) { print(piece, terminator: "") }
/// ```
/// It is passed through once: a second loop over it, or over a copy, goes on where the first one stopped.
///
/// The same model, prompt, settings and seed give the same text. A song ends when the model says so, or after `length` tokens.
public struct LyricGenerator: Sequence, IteratorProtocol {
  /// Words of the prompt that the vocabulary lacks; the model reads `<unk>` in their place.
  public let unknownWords: [String]

  private let model: Model
  private let weights: PreparedWeights
  private let network: Network
  private var sampler: Sampler
  private var decoder: TokenDecoder
  private var upcoming: Matrix
  private var remaining: Int
  private var excluded: Set<TokenID>
  private var hasWritten = false
  /// A prompt that ends in a space has the space before the first word already.
  private var dropsSpace: Bool

  init(_ model: Model, prompt: String, length: Int, sampling: Sampling, seed: UInt64) throws(GenerationError) {
    try sampling.validate()
    if length < 1 { throw .invalidSetting(flag: "--length", found: "\(length)", expected: "at least 1") }
    self.model = model
    weights = PreparedWeights(model.weights, forTraining: false)
    let tokenizer = model.tokenizer
    sampler = Sampler(sampling, seed: seed)
    decoder = TokenDecoder(tokenizer)
    remaining = length
    unknownWords = tokenizer.unknownWords(in: prompt)
    excluded = sampling.allowsUnknown ? [] : [tokenizer.vocabulary.unknown]

    network = Network(model.weights.configuration, steps: 1, lanes: 1)
    // A song begins after the end of another.
    let beginning = [tokenizer.songBoundary ?? tokenizer.newline].compactMap { $0 }
    var prompted = tokenizer.encode(prompt)
    // Pre-tokenized text ends its last line, but a prompt is to be gone on with.
    if tokenizer.songBoundary == nil, !prompt.hasSuffix("\n"), prompted.last == tokenizer.newline, prompted.last != nil {
      prompted.removeLast()
    }
    let context = beginning + prompted
    upcoming = network.logits(after: [context.first ?? tokenizer.vocabulary.unknown], weights: weights)
    for token in context.dropFirst() { upcoming = network.logits(after: [token], weights: weights) }
    for token in prompted { _ = decoder.text(for: token) }
    hasWritten = !prompted.isEmpty
    dropsSpace = prompt.last?.isWhitespace == true
  }

  /// The next piece of text, with the space before it; nil when the song is over.
  public mutating func next() -> String? {
    guard remaining > 0 else { return nil }
    let logits = (0..<upcoming.columns).map { upcoming[0, $0] }
    // An empty song is none.
    var forbidden = excluded
    if !hasWritten, let boundary = model.tokenizer.songBoundary { forbidden.insert(boundary) }
    if forbidden.count >= logits.count { forbidden = [] }
    let token = sampler.next(logits, excluding: forbidden)
    if token == model.tokenizer.songBoundary { return nil }
    remaining -= 1
    hasWritten = true
    if remaining > 0 { upcoming = network.logits(after: [token], weights: weights) }
    let text = decoder.text(for: token)
    defer { dropsSpace = false }
    return dropsSpace && text.hasPrefix(" ") && model.tokenizer.tokenization != .char ? String(text.dropFirst()) : text
  }
}

extension Model {
  /// Lyrics that go on from a prompt, written as they are asked for.
  ///
  /// - Parameters:
  ///   - prompt: the beginning, which is not repeated in what comes out.
  ///   - length: the most tokens to write.
  /// - Throws: `GenerationError` for settings that cannot be.
  public func lyrics(
    prompt: String = "", length: Int = 200, sampling: Sampling = Sampling(), seed: UInt64 = 1
  ) throws(GenerationError) -> LyricGenerator {
    try LyricGenerator(self, prompt: prompt, length: length, sampling: sampling, seed: seed)
  }

  /// Lyrics that go on from a prompt, prompt included.
  ///
  /// - Throws: `GenerationError` for settings that cannot be.
  public func generate(
    prompt: String = "", length: Int = 200, sampling: Sampling = Sampling(), seed: UInt64 = 1
  ) throws(GenerationError) -> String {
    prompt + (try lyrics(prompt: prompt, length: length, sampling: sampling, seed: seed)).joined()
  }
}
