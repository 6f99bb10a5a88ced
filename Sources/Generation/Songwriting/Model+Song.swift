private import Corpora
package import LanguageModel
package import Models

extension Model {
  /// Writes a song to a shape.
  ///
  /// The same model, shape, sounds, settings and seed give the same song.
  ///
  /// - Parameters:
  ///   - prompt: what the model reads first. It is not part of the song.
  ///   - sounds: how the words of the vocabulary sound.
  ///   - particles: lines that are written side by side, of which one is kept.
  /// - Throws: `GenerationError` for settings that cannot be.
  package func song(
    _ shape: SongShape, prompt: String = "", sounds: TokenSounds, sampling: Sampling = Sampling(), seed: UInt64 = 1, particles: Int = 32,
    workers: Int? = nil, products: ProductKernel = .packed
  ) throws(GenerationError) -> WrittenSong {
    let beginning = try LyricBeginning(self, prompt: prompt, length: 1, sampling: sampling)
    if !(1...1_024).contains(particles) {
      throw .invalidSetting(key: "candidates", found: "\(particles)", expected: "from 1 to 1024")
    }
    let writer = SongWriter(
      self, SamplingWeights(weights, products: products), sounds: sounds, sampling: sampling, particles: particles, seed: seed,
      workers: workers ?? Machine.usableCores)
    return writer.write(shape, context: beginning.context)
  }
}
