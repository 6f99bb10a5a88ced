internal import ArgumentParser
internal import Refrain

/// Writing in the manner of given songs.
extension GenerateCommand {
  /// The neural cache, filled with the songs of `--cache-from`; nil if no flag asks for one.
  func writingCache(_ model: Model, _ path: String) throws -> WritingCache? {
    guard mannerFlags.hasCache else { return nil }
    let kept: NeuralCache? =
      if case .settings(let settings) = try ScoringSettings.find(model: path, weights: model.weights) { settings.cache } else { nil }
    let songs = try mannerSongs(mannerFlags.cacheFrom, model)
    return try model.writingCache(mannerFlags.cacheFlags.chosen(kept: kept), filledWith: songs, products: productsFlag.given ?? .packed)
  }

  /// Reads songs as the model's corpus was read; nil if no files are given.
  private func mannerSongs(_ files: [String], _ model: Model) throws -> EncodedSongs? {
    files.isEmpty ? nil : try EncodedSongs(reading: files, tokenizer: model.tokenizer, options: model.readingOptions)
  }
}
