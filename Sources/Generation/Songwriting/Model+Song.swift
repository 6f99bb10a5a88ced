public import Corpora
public import LanguageModel
public import Models
public import Verse

extension Model {
  /// How many lines are written side by side for each line, of which one is kept, unless the caller says otherwise.
  public static var usualCandidates: Int { 8 }

  /// Writes a song to a shape.
  ///
  /// ```swift
  /// let shape = try SongShape(structure: "verse:4 chorus:4", syllables: "7-9", rhyme: "ABAB")
  /// print(try model.song(shape, lexicon: lexicon, seed: 7).text)
  /// ```
  /// The same model, shape, lexicon, settings and seed give the same song.
  ///
  /// - Parameters:
  ///   - lexicon: how words are spoken: their syllables and rhymes.
  ///   - prompt: what the model reads first. It is not part of the song.
  ///   - condition: values of the columns that the model is conditioned on, by the columns' names. What is missing is drawn by the seed, as
  ///     often as the training songs have it.
  ///   - copies: keeps the song from copying others.
  ///   - cache: the neural cache that the song starts with; nil: none.
  ///   - candidates: lines that are written side by side for each line, of which one is kept.
  ///   - workers: threads that share the arithmetic; nil: one for each core that the process may use. Never part of the result.
  ///   - products: which code computes the products.
  /// - Throws: `GenerationError` for settings that cannot be, or if the model's tokens are not words.
  public func song(
    _ shape: SongShape, lexicon: Lexicon, prompt: String = "", sampling: Sampling = Sampling(), condition: [String: String] = [:],
    copies: CopyGuard? = nil, cache: WritingCache? = nil, seed: UInt64 = 1, candidates: Int = Self.usualCandidates, workers: Int? = nil,
    products: ProductKernel = .packed
  ) throws(GenerationError) -> WrittenSong {
    try songs(
      shape, sounds: TokenSounds(tokenizer, lexicon), prompt: prompt, sampling: sampling, condition: condition, copies: copies,
      cache: cache,
      candidates: candidates, workers: workers, products: products)(seed)
  }

  /// Writes songs to a shape, each when it is asked for. The n-th is the song of the seed `seed + n`, n from 0.
  ///
  /// - Throws: `GenerationError` as there, and for a count below 1.
  public func songs(
    _ shape: SongShape, lexicon: Lexicon, count: Int, prompt: String = "", sampling: Sampling = Sampling(),
    condition: [String: String] = [:],
    copies: CopyGuard? = nil, cache: WritingCache? = nil, seed: UInt64 = 1, candidates: Int = Self.usualCandidates, workers: Int? = nil,
    products: ProductKernel = .packed
  ) throws(GenerationError) -> some Sequence<WrittenSong> {
    if count < 1 { throw .invalidSetting(key: "count", found: "\(count)", expected: "at least 1") }
    let write = try songs(
      shape, sounds: TokenSounds(tokenizer, lexicon), prompt: prompt, sampling: sampling, condition: condition, copies: copies,
      cache: cache,
      candidates: candidates, workers: workers, products: products)
    return (0..<count).lazy.map { write(seed &+ UInt64($0)) }
  }

  /// Returns what writes songs to a shape, one for each seed, with given sounds of the words.
  package func songs(
    _ shape: SongShape, sounds: TokenSounds, prompt: String = "", sampling: Sampling = Sampling(), condition: [String: String] = [:],
    copies: CopyGuard? = nil, cache: WritingCache? = nil, candidates: Int = Self.usualCandidates, workers: Int? = nil,
    products: ProductKernel = .packed
  ) throws(GenerationError) -> (_ seed: UInt64) -> WrittenSong {
    if tokenizer.tokenization != .word, tokenizer.tokenization != .whitespace {
      throw .needsWords(tokens: tokenizer.tokenization.rawValue)
    }
    if let workers, workers < 1 { throw .invalidSetting(key: "workers", found: "\(workers)", expected: "at least 1") }
    let beginning = try LyricBeginning(self, prompt: prompt, length: 1, sampling: sampling, condition: condition)
    if !(1...1_024).contains(candidates) {
      throw .invalidSetting(key: "candidates", found: "\(candidates)", expected: "from 1 to 1024")
    }
    let weights = SamplingWeights(weights, products: products)
    return { seed in
      let writer = SongWriter(
        self, weights, sounds: sounds, sampling: sampling, copies: copies, cache: cache.map(StreamCache.init), particles: candidates,
        seed: seed, workers: workers ?? Machine.usableCores)
      return writer.write(shape, context: beginning.context(seed: seed))
    }
  }
}
