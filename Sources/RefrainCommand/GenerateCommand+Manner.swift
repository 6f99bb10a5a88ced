internal import ArgumentParser
internal import Corpora
internal import Refrain

/// Writing in the manner of given songs.
extension GenerateCommand {
  /// The model that writes and its neural cache, if a flag asks for one: the weights are adapted to the songs of `--adapt`, and the cache
  /// is filled with those of `--cache-from`.
  ///
  /// - Parameter path: the model as the user names it.
  func inManner(_ model: Model, _ path: String) async throws -> (model: Model, cache: WritingCache?) {
    if !mannerFlags.hasCache, mannerFlags.adapt.isEmpty { return (model, nil) }
    let kept = try ScoringSettings.kept(model: path, weights: model.weights)
    let adapted = try await adapted(model, path, kept.adaptation)
    guard mannerFlags.hasCache else { return (adapted, nil) }
    let songs = try songs(mannerFlags.cacheFrom, "--cache-from", model)
    let cache = try adapted.writingCache(
      mannerFlags.cacheFlags.chosen(kept: kept.cache), filledWith: songs, products: productsFlag.given ?? .packed)
    return (adapted, cache)
  }

  private func adapted(_ model: Model, _ path: String, _ kept: AdaptationRates?) async throws -> Model {
    guard let songs = try songs(mannerFlags.adapt, "--adapt", model) else { return model }
    let tokens = model.conditions.map { songs.controlled(by: $0, firstControl: TokenID(model.tokenizer.vocabulary.count)).tokens }
    let progress = MeasuringProgress("adapting", isQuiet: false)
    return try await model.adapted(
      to: tokens ?? songs.tokens, rates: mannerFlags.adaptationFlags.chosen(kept: kept), directory: path,
      passes: mannerFlags.adaptPasses ?? 3, workers: workers, products: productsFlag.given ?? .packed
    ) { progress.show(done: $0, total: $1) }
  }

  /// Reads songs as the model's corpus was read; nil if no files are given.
  ///
  /// - Throws: `EvaluationError.tooShort` for songs without a token to predict.
  private func songs(_ files: [String], _ flag: String, _ model: Model) throws -> EncodedSongs? {
    if files.isEmpty { return nil }
    let songs = try EncodedSongs(reading: files, tokenizer: model.tokenizer, options: model.readingOptions)
    if songs.tokens.count < 2 { throw EvaluationError.tooShort(files: files, flag: flag) }
    return songs
  }
}
