private import Corpora
public import LanguageModel
public import Models
public import Verse

extension Model {
  /// Writes a song to a shape.
  ///
  /// The same model, shape, sounds, settings and seed give the same song.
  ///
  /// - Parameters:
  ///   - prompt: what the model reads first. It is not part of the song.
  ///   - sounds: how the words of the vocabulary sound.
  ///   - condition: values of the columns that the model is conditioned on. What is missing is drawn by the seed.
  ///   - particles: lines that are written side by side, of which one is kept.
  /// - Throws: `GenerationError` for settings that cannot be.
  package func song(
    _ shape: SongShape, prompt: String = "", sounds: TokenSounds, sampling: Sampling = Sampling(), condition: [String: String] = [:],
    seed: UInt64 = 1, particles: Int = 32, workers: Int? = nil, products: ProductKernel = .packed
  ) throws(GenerationError) -> WrittenSong {
    if tokenizer.tokenization != .word, tokenizer.tokenization != .whitespace {
      throw .needsWords(tokens: tokenizer.tokenization.rawValue)
    }
    if let workers, workers < 1 { throw .invalidSetting(key: "workers", found: "\(workers)", expected: "at least 1") }
    let beginning = try LyricBeginning(self, prompt: prompt, length: 1, sampling: sampling, condition: condition)
    if !(1...1_024).contains(particles) {
      throw .invalidSetting(key: "candidates", found: "\(particles)", expected: "from 1 to 1024")
    }
    let writer = SongWriter(
      self, SamplingWeights(weights, products: products), sounds: sounds, sampling: sampling, particles: particles, seed: seed,
      workers: workers ?? Machine.usableCores)
    return writer.write(shape, context: beginning.context(seed: seed))
  }

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
  ///   - condition: values of the columns that the model is conditioned on, by the columns' names. What is missing is drawn by the seed.
  ///   - candidates: lines that are written side by side for each line, of which one is kept.
  ///   - workers: threads that share the arithmetic; nil: one for each core that the process may use. Never part of the result.
  /// - Throws: `GenerationError` for settings that cannot be, or if the model's tokens are not words.
  public func song(
    _ shape: SongShape, lexicon: Lexicon, prompt: String = "", sampling: Sampling = Sampling(), condition: [String: String] = [:],
    seed: UInt64 = 1, candidates: Int = 32, workers: Int? = nil, products: ProductKernel = .packed
  ) throws(GenerationError) -> WrittenSong {
    try song(
      shape, prompt: prompt, sounds: TokenSounds(tokenizer, lexicon), sampling: sampling, condition: condition, seed: seed,
      particles: candidates, workers: workers, products: products)
  }
}
