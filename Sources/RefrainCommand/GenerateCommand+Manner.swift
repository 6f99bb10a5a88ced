internal import ArgumentParser
internal import Corpora
internal import Refrain

/// Writing in the manner of given songs.
extension GenerateCommand {
  /// The model with its weights adapted to the songs of `--adapt`; the model itself without that flag.
  func adapted(_ model: Model, _ path: String) async throws -> Model {
    guard let songs = try mannerSongs(mannerFlags.adapt, model) else { return model }
    let rates = mannerFlags.adaptationFlags.chosen(kept: try keptSettings(model, path)?.adaptation)
    let tokens = model.conditions.map { songs.controlled(by: $0, firstControl: TokenID(model.tokenizer.vocabulary.count)).tokens }
    return try await model.adapted(
      to: tokens ?? songs.tokens, rates: rates, directory: path, passes: mannerFlags.adaptPasses ?? 3, workers: workers,
      products: productsFlag.given ?? .packed)
  }

  /// What was fitted for the model, if it is for its weights.
  private func keptSettings(_ model: Model, _ path: String) throws -> ScoringSettings? {
    if case .settings(let settings) = try ScoringSettings.find(model: path, weights: model.weights) { settings } else { nil }
  }

  /// The neural cache, filled with the songs of `--cache-from`; nil if no flag asks for one.
  ///
  /// - Parameters:
  ///   - model: the model that writes, whose states the cache compares.
  ///   - trained: the model as it was trained, which settings are kept for.
  func writingCache(_ model: Model, trained: Model, _ path: String) throws -> WritingCache? {
    guard mannerFlags.hasCache else { return nil }
    let kept = try keptSettings(trained, path)?.cache
    let songs = try mannerSongs(mannerFlags.cacheFrom, model)
    return try model.writingCache(mannerFlags.cacheFlags.chosen(kept: kept), filledWith: songs, products: productsFlag.given ?? .packed)
  }

  /// Reads songs as the model's corpus was read; nil if no files are given.
  private func mannerSongs(_ files: [String], _ model: Model) throws -> EncodedSongs? {
    files.isEmpty ? nil : try EncodedSongs(reading: files, tokenizer: model.tokenizer, options: model.readingOptions)
  }
}
