public import Corpora
public import LanguageModel
public import Models

/// Writes lyrics, token by token: a sequence of pieces of text.
///
/// ```swift
/// for piece in try model.lyrics(prompt: "The river", seed: 7) { print(piece, terminator: "") }
/// ```
/// It is passed through once: a second loop over it, or over a copy, goes on where the first one stopped. For many texts at once,
/// ``Models/Model/songs(prompt:count:length:sampling:condition:copies:cache:seed:workers:products:)`` is faster.
///
/// The same model, prompt, settings and seed give the same text. A song ends when the model says so, or after `length` tokens.
public struct LyricGenerator: Sequence, IteratorProtocol {
  /// Words of the prompt that the vocabulary lacks; the model reads `<unk>` in their place.
  public let unknownWords: [String]

  private let state: State

  init(
    _ model: Model, prompt: String, length: Int, sampling: Sampling, condition: [String: String], copies: CopyGuard?, cache: WritingCache?,
    seed: UInt64, workers: Int, products: ProductKernel
  ) throws(GenerationError) {
    let beginning = try LyricBeginning(
      model, prompt: prompt, length: length, sampling: sampling, condition: condition, copies: copies, cache: cache)
    unknownWords = beginning.unknownWords
    state = State(model, beginning, sampling, seed: seed, workers: workers, products)
  }

  /// The next piece of text, with the space before it; nil when the song is over.
  public mutating func next() -> String? { state.next() }

  private final class State {
    private let network: SamplingNetwork
    private let sampler: Sampler
    private var stream: LyricStream
    /// What the network has not read yet.
    private var unread: [TokenID]

    init(_ model: Model, _ beginning: LyricBeginning, _ sampling: Sampling, seed: UInt64, workers: Int, _ products: ProductKernel) {
      network = SamplingNetwork(SamplingWeights(model.weights, products: products), lanes: 1, workers: workers)
      sampler = Sampler(sampling, vocabularySize: model.tokenizer.vocabulary.count)
      stream = beginning.stream(seed: seed)
      unread = beginning.context(seed: seed)
    }

    func next() -> String? {
      guard stream.remaining > 0 else { return nil }
      for token in unread {
        network.read([token])
        if stream.hasCache { stream.read(token, network.decoderInput(lanes: 1)) }
      }
      let (token, text) = stream.next(network.logits(lanes: 1), sampler)
      unread = token.map { [$0] } ?? []
      return token == nil && text.isEmpty ? nil : text
    }
  }
}

extension Model {
  /// Lyrics that go on from a prompt, written as they are asked for.
  ///
  /// - Parameters:
  ///   - prompt: the beginning, which is not repeated in what comes out.
  ///   - length: the most tokens to write.
  ///   - condition: values of the columns that the model is conditioned on, by the columns' names. What is missing is drawn by the seed, as
  ///     often as the training songs have it.
  ///   - copies: keeps what is written, and the prompt before it, from copying songs.
  ///   - cache: the neural cache that the song starts with; nil: none.
  ///   - workers: threads that share a token's arithmetic where the model is large; nil: one for each core that the process may use. Never
  ///     part of the result.
  ///   - products: which code computes the products.
  /// - Throws: `GenerationError` for settings that cannot be.
  public func lyrics(
    prompt: String = "", length: Int = 200, sampling: Sampling = Sampling(), condition: [String: String] = [:],
    copies: CopyGuard? = nil, cache: WritingCache? = nil, seed: UInt64 = 1, workers: Int? = nil, products: ProductKernel = .packed
  ) throws(GenerationError) -> LyricGenerator {
    if let workers, workers < 1 { throw .invalidSetting(key: "workers", found: "\(workers)", expected: "at least 1") }
    return try LyricGenerator(
      self, prompt: prompt, length: length, sampling: sampling, condition: condition, copies: copies, cache: cache, seed: seed,
      workers: workers ?? Machine.usableCores, products: products)
  }

  /// Lyrics that go on from a prompt, prompt included.
  ///
  /// - Throws: `GenerationError` for settings that cannot be.
  public func generate(
    prompt: String = "", length: Int = 200, sampling: Sampling = Sampling(), condition: [String: String] = [:],
    copies: CopyGuard? = nil, cache: WritingCache? = nil, seed: UInt64 = 1, workers: Int? = nil, products: ProductKernel = .packed
  ) throws(GenerationError) -> String {
    let lyrics = try lyrics(
      prompt: prompt, length: length, sampling: sampling, condition: condition, copies: copies, cache: cache, seed: seed,
      workers: workers, products: products)
    return prompt + lyrics.joined()
  }
}
