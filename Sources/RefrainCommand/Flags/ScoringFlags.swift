internal import ArgumentParser
internal import Models
internal import Refrain

/// The flags for predicting better without training.
struct ScoringFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Divide the logits by this number (default: the one kept with the model, or 1).", valueName: "number"))
  var temperature: Float?
  @Flag(help: "Find the temperature with the lowest loss on this text, and keep it with the model.")
  var fitTemperature = false
  @OptionGroup var cacheFlags: CacheFlags
  @Flag(help: "Find the flatness and weight with the lowest loss on this text, and keep them with the model. This adds the cache.")
  var fitCache = false
  @Flag(
    help: """
      Dynamic evaluation: train the weights on each few tokens after their loss is counted. The model's files do not change.
      """)
  var adapt = false
  @OptionGroup var adaptationFlags: AdaptationFlags
  @Flag(
    help: """
      Find the rate and the decay of dynamic evaluation with the lowest loss on this text, and keep them with the model. This adds --adapt \
      and reads the text about twelve times.
      """)
  var fitAdapt = false

  /// The flags that are given.
  var given: [String] {
    let all: [(String, Bool)] = [
      ("--temperature", temperature != nil), ("--fit-temperature", fitTemperature), ("--fit-cache", fitCache),
      ("--adapt", adapt), ("--fit-adapt", fitAdapt),
    ]
    return all.filter(\.1).map(\.0) + cacheFlags.given + adaptationFlags.given
  }

  /// Whether there is a cache.
  var hasCache: Bool { cacheFlags.cache || fitCache }

  /// Whether the weights adapt to the text.
  var isAdapting: Bool { adapt || fitAdapt }

  func validate() throws {
    if let temperature, !ScoringSettings.temperatures.contains(temperature) {
      throw ValidationError("--temperature must be from 0.01 to 100, but is \(temperature).")
    }
    if fitTemperature, temperature != nil {
      throw ValidationError("--fit-temperature finds the temperature; leave out --temperature.")
    }
    try cacheFlags.refuseSettings(unless: hasCache)
    if fitCache, let flag = given.first(where: { ["--cache-flatness", "--cache-weight"].contains($0) }) {
      throw ValidationError("--fit-cache finds the flatness and the weight; leave out \(flag).")
    }
    try adaptationFlags.refuseRates(unless: isAdapting)
    if fitAdapt, let flag = given.first(where: { ["--adapt-rate", "--adapt-decay"].contains($0) }) {
      throw ValidationError("--fit-adapt finds the rate and the decay; leave out \(flag).")
    }
  }
}
