internal import Basics
internal import Foundation
internal import LanguageModel
internal import Refrain

/// How a text is scored: what the flags say, what is kept with the model, and what is fitted to the text.
struct Scoring {
  /// The scorer with temperature and cache.
  private(set) var scorer: TextScorer
  /// What adapts the weights to the text; nil: they stay as they are.
  private(set) var adaptation: TextAdaptation?
  private let flags: ScoringFlags
  private let model: Model
  private let path: String
  /// What is kept with the model.
  private var settings: ScoringSettings
  /// Values that are fitted to fewer tokens are warned of.
  private static let fewestTokens = 500
  /// Whether what was fitted could be saved.
  private var isKept = true

  /// Reads what is kept with a model, and warns of what no longer belongs to its weights.
  init(_ scorer: TextScorer, flags: ScoringFlags, model: Model, path: String) throws {
    self.scorer = scorer
    self.flags = flags
    self.model = model
    self.path = path
    settings = try ScoringSettings.kept(model: path, weights: model.weights)
    self.scorer.temperature = flags.temperature ?? settings.temperature ?? 1
    if flags.hasCache { self.scorer.cache = flags.cacheFlags.chosen(kept: settings.cache) }
    if flags.isAdapting {
      adaptation = try model.adaptation(
        flags.adaptationFlags.chosen(kept: settings.adaptation), directory: path, products: scorer.products)
    }
  }

  /// Fits to the text what the flags ask for, one after the other, and keeps it with the model.
  mutating func fit(to text: EncodedSongs, reading: Reading) async throws {
    let before = settings
    if flags.fitTemperature || flags.fitAdapt || flags.fitCache, text.tokens.count < Self.fewestTokens {
      Terminal.warn(
        "the text has \(text.tokens.count.counted("token")); what is fitted to fewer than \(Self.fewestTokens.grouped) may not suit "
          + "other texts")
    }
    if flags.fitTemperature {
      let progress = MeasuringProgress("fitting the temperature", isQuiet: false)
      scorer.temperature = try await model.fittedTemperature(to: text, reading: reading, scorer: scorer) {
        progress.show(done: $0, total: $1)
      }
      settings.temperature = scorer.temperature
    }
    if flags.fitAdapt, let adaptation {
      let progress = MeasuringProgress("fitting the adaptation", isQuiet: false)
      let rates = try await model.fittedRates(of: adaptation, to: text, reading: reading, scorer: scorer) {
        progress.show(done: $0, total: $1)
      }
      self.adaptation = adaptation.with(rates)
      settings.adaptation = rates
    }
    if flags.fitCache, let size = scorer.cache?.size {
      let progress = MeasuringProgress("fitting the cache", isQuiet: false)
      let cache = try await model.fittedCache(to: text, size: size, reading: reading, scorer: scorer, adaptation: adaptation) {
        progress.show(done: $0, total: $1)
      }
      scorer.cache = cache
      settings.cache = cache
    }
    // What was fitted at a temperature belongs to it.
    if flags.fitAdapt || flags.fitCache { settings.temperature = scorer.temperature == 1 ? nil : scorer.temperature }
    if settings == before { return }
    do {
      try settings.save(model: path, weights: model.weights)
    } catch {
      // A long search is not lost with a folder that cannot be written.
      isKept = false
      Terminal.warn("\(ErrorText.text(of: error)) What was fitted is shown below, and not kept with the model.")
    }
  }

  /// Scores the text.
  func scores(of text: EncodedSongs, reading: Reading) async throws -> TextScores {
    let progress = MeasuringProgress("evaluating", isQuiet: false)
    let scores = try await model.scores(of: text, reading: reading, scorer: scorer, adaptation: adaptation) {
      progress.show(done: $0, total: $1)
    }
    if let adaptation, !(scores.evaluation.lossNats <= log(Double(model.tokenizer.vocabulary.count))) {
      Terminal.warn(
        "the adapted model predicts worse than a guess among all tokens, so the adaptation may have diverged with a rate of "
          + "\(adaptation.rates.learningRate); lower --adapt-rate")
    }
    return scores
  }

  /// What is worth reporting of how the text was scored.
  var report: EvaluationReport.Scoring {
    EvaluationReport.Scoring(
      temperature: scorer.temperature == 1 ? nil : scorer.temperature, isTemperatureFitted: flags.fitTemperature, cache: scorer.cache,
      isCacheFitted: flags.fitCache, adaptation: adaptation?.rates, isAdaptationFitted: flags.fitAdapt, isKept: isKept)
  }
}

extension ScoringSettings {
  /// Reads the settings kept with a model; warns of settings that no longer belong to its weights.
  static func kept(model path: String, weights: Weights) throws -> ScoringSettings {
    switch try find(model: path, weights: weights) {
    case .nothing: return ScoringSettings()
    case .settings(let found): return found
    case .otherWeights:
      let text: Sentence = """
        what was fitted for \(path) belongs to its weights before more training and is ignored; fit it again with refrain evaluate
        """
      Terminal.warn(text.text)
      return ScoringSettings()
    }
  }
}
