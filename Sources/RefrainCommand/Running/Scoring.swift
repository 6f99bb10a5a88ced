internal import Basics
internal import Refrain

/// How a text is scored: what the flags say, what is kept with the model, and what is fitted to the text.
struct Scoring {
  /// The scorer with temperature and cache.
  private(set) var scorer: TextScorer
  private let flags: ScoringFlags
  /// What is kept with the model.
  private var settings = ScoringSettings()

  /// Reads what is kept with a model, and warns of what no longer belongs to its weights.
  init(_ scorer: TextScorer, flags: ScoringFlags, model: Model, path: String) throws {
    self.scorer = scorer
    self.flags = flags
    switch try ScoringSettings.find(model: path, weights: model.weights) {
    case .nothing: break
    case .settings(let found): settings = found
    case .otherWeights:
      let text: Sentence = """
        the temperature and cache kept with \(path) were fitted before its last training and are ignored; fit them again with \
        --fit-temperature and --fit-cache
        """
      Terminal.warn(text.text)
    }
    self.scorer.temperature = flags.temperature ?? settings.temperature ?? 1
    if flags.hasCache { self.scorer.cache = flags.cacheFlags.chosen(kept: settings.cache) }
  }

  /// Fits to the text what the flags ask for, and keeps it with the model.
  mutating func fit(to text: EncodedSongs, reading: Reading, model: Model, path: String) async throws {
    let before = settings
    if flags.fitTemperature {
      let progress = MeasuringProgress("fitting the temperature", isQuiet: false)
      var plain = scorer
      plain.cache = nil
      scorer.temperature = try await model.fittedTemperature(to: text, reading: reading, scorer: plain) {
        progress.show(done: $0, total: $1)
      }
      settings.temperature = scorer.temperature
    }
    if flags.fitCache, let size = scorer.cache?.size {
      let progress = MeasuringProgress("fitting the cache", isQuiet: false)
      let cache = try await model.fittedCache(to: text, size: size, reading: reading, scorer: scorer) {
        progress.show(done: $0, total: $1)
      }
      scorer.cache = cache
      settings.cache = cache
    }
    if settings != before { try settings.save(model: path, weights: model.weights) }
  }

  /// What is worth reporting of how the text was scored.
  var report: EvaluationReport.Scoring {
    EvaluationReport.Scoring(
      temperature: scorer.temperature == 1 ? nil : scorer.temperature, isTemperatureFitted: flags.fitTemperature, cache: scorer.cache,
      isCacheFitted: flags.fitCache)
  }
}
