public import Corpora
public import Models

extension Model {
  /// Scores every token of a text. A model with conditions reads each song's control tokens first.
  ///
  /// - Parameters:
  ///   - adaptation: adapts the weights to the text; nil: they stay as they are.
  ///   - progress: is called on any thread, with how many of all windows are done.
  /// - Throws: `CorpusError` if there is nothing to predict.
  public func scores(
    of text: EncodedSongs, reading: Reading, scorer: TextScorer = TextScorer(), adaptation: TextAdaptation? = nil,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws(CorpusError) -> TextScores {
    let input = try ScoredInput(text, reading: reading, model: self)
    let nats = await scorer.nats(
      of: input.tokens, in: input.passages, weights: weights, adaptation: adaptation, progress: progress)
    return TextScores(text: text, passages: input.textPassages, nats: input.places.map { places in places.map { nats[$0] } } ?? nats)
  }

  /// Finds the temperature with which the model predicts a text best.
  ///
  /// - Throws: `CorpusError` if there is nothing to predict.
  public func fittedTemperature(
    to text: EncodedSongs, reading: Reading, scorer: TextScorer = TextScorer(),
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws(CorpusError) -> Float {
    let input = try ScoredInput(text, reading: reading, model: self)
    return await scorer.fittedTemperature(of: input.tokens, in: input.passages, weights: weights, progress: progress)
  }

  /// Finds the learning rate and the decay of an adaptation with which the model predicts a text best, at the scorer's temperature.
  ///
  /// - Parameter adaptation: what to start from; its epsilon and segment are kept.
  /// - Throws: `CorpusError` if there is nothing to predict.
  public func fittedRates(
    of adaptation: TextAdaptation, to text: EncodedSongs, reading: Reading, scorer: TextScorer = TextScorer(),
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws(CorpusError) -> AdaptationRates {
    let input = try ScoredInput(text, reading: reading, model: self)
    return await scorer.fittedRates(of: adaptation, of: input.tokens, in: input.passages, weights: weights, progress: progress)
  }

  /// Finds the flatness and the weight of the cache with which the model predicts a text best, at the scorer's temperature.
  ///
  /// - Parameter size: how many positions the cache remembers.
  /// - Throws: `CorpusError` if there is nothing to predict.
  /// - Precondition: the size is positive.
  public func fittedCache(
    to text: EncodedSongs, size: Int = NeuralCache().size, reading: Reading, scorer: TextScorer = TextScorer(),
    adaptation: TextAdaptation? = nil, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws(CorpusError) -> NeuralCache {
    let input = try ScoredInput(text, reading: reading, model: self)
    return await scorer.fittedCache(
      size: size, of: input.tokens, in: input.passages, weights: weights, adaptation: adaptation, progress: progress)
  }
}

/// What a model reads of a text.
private struct ScoredInput {
  /// The tokens, with the control tokens of a model with conditions between them.
  let tokens: [TokenID]
  /// The passages of the tokens.
  let passages: [Range<Int>]
  /// The passages of the text without control tokens: the same tokens are predicted.
  let textPassages: [Range<Int>]
  /// Where each token of the text is among ``tokens``; nil: at its own place.
  let places: [Int]?

  init(_ text: EncodedSongs, reading: Reading, model: Model) throws(CorpusError) {
    textPassages = try reading.passages(of: text)
    guard let conditions = model.conditions else {
      tokens = text.tokens
      passages = textPassages
      places = nil
      return
    }
    let controlled = text.controlled(by: conditions, firstControl: TokenID(model.tokenizer.vocabulary.count))
    tokens = controlled.0
    places = controlled.1
    passages = textPassages.map { $0.isEmpty ? 0..<0 : controlled.1[$0.lowerBound]..<controlled.1[$0.upperBound - 1] + 1 }
  }
}
