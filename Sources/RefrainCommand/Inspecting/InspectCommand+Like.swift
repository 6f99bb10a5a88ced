internal import ArgumentParser
internal import Basics
internal import Inspection
internal import Refrain

extension InspectCommand {
  func validateLike() throws {
    guard states.like != nil else {
      if !states.songs.isEmpty { throw ValidationError("--in names the songs to search with --like, which is not given.") }
      if states.threshold != nil { throw ValidationError("--threshold is for --like, which is not given.") }
      if states.part != nil { throw ValidationError("--part is for --like, which is not given.") }
      if states.cache != nil || states.noCache { throw ValidationError("--cache and --no-cache are for --like, which is not given.") }
      return
    }
    if states.songs.isEmpty { throw ValidationError("Missing --in: the songs to search with --like.") }
    if let threshold = states.threshold, !(threshold >= 0 && threshold < 1) {
      throw ValidationError("--threshold must be at least 0 and less than 1, but is \(threshold).")
    }
    if states.cache != nil, states.noCache {
      throw ValidationError("--cache and --no-cache contradict each other; leave one of them out.")
    }
  }

  func search(_ model: Model, path: String, span: Range<Int>, states recorded: RecordedStates, options: ReadingOptions) async throws {
    let isStore = states.songs.count == 1 && Corpus.isStore(states.songs[0])
    let texts = try EvaluationTexts(
      states.songs, for: model, at: path, tokenizer: model.tokenizer, options: options, flags: states.reading,
      part: states.part ?? (isStore ? .training : nil))
    let songs = texts.encoded
    let search = LikeSearch(
      model, in: songs, path: states.songs.joined(separator: ", "),
      threshold: states.threshold.map { Float($0) } ?? LikeSearch.usualThreshold, workers: states.workers ?? Machine.usableCores)
    var cache: CorpusCache?
    if !states.noCache {
      cache = CorpusCache(folder: states.cache ?? CorpusFlags.usualCache)
      cache?.isDefault = states.cache == nil
    }
    let progress = MeasuringProgress("running the model over the songs", isQuiet: false)
    let found = try await search.places(like: span, of: recorded, cache: cache) { progress.show(done: $0, total: $1) }
    let report = LikeReport(found, span: span, songs: songs, model: model)
    if states.json {
      try Terminal.write(Terminal.json(report) + "\n")
    } else if !Terminal.isOutput(output) {
      try Terminal.show(report.table)
    }
    Terminal.writeError(Self.speed(found, tokens: songs.tokens.count) + "\n")
  }

  private static func speed(_ found: LikeSearch.Result, tokens: Int) -> String {
    func rate(_ seconds: Double) -> String { Int(Double(tokens) / max(seconds, 1e-6)).grouped }
    let run =
      switch found.origin {
      case .cached(let path): "\(tokens.counted("token")); the units that are on were read from \(path)"
      case .run(let kept):
        "\(tokens.counted("token")) read in \(found.runSeconds.asTime) (\(rate(found.runSeconds)) a second)"
          + (kept.map { "; the units that are on are cached in \($0)" } ?? "")
      }
    return "\(run); searched at \(rate(found.searchSeconds)) tokens a second"
  }
}
