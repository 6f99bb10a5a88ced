internal import ArgumentParser
internal import Refrain

/// The flags for writing in the manner of given songs.
struct MannerFlags: ParsableArguments {
  @OptionGroup var cacheFlags: CacheFlags
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Fill the cache with these songs before writing, so that the text resembles them. This adds the cache; may be repeated.",
      valueName: "file"))
  var cacheFrom: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Songs that the weights are adapted to before writing, by dynamic evaluation. The model stays as it is; may be repeated.",
      valueName: "file"))
  var adapt: [String] = []
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The number of times that the songs of --adapt are read (default: 3).", valueName: "passes")
  )
  var adaptPasses: Int?
  @OptionGroup var adaptationFlags: AdaptationFlags

  /// Whether there is a cache.
  var hasCache: Bool { cacheFlags.cache || !cacheFrom.isEmpty }

  func validate() throws {
    if cacheFrom.contains("") { throw ValidationError("--cache-from is empty; it must name a file.") }
    if adapt.contains("") { throw ValidationError("--adapt is empty; it must name a file.") }
    if let adaptPasses {
      if !(1...1_000).contains(adaptPasses) {
        throw ValidationError("--adapt-passes must be from 1 to 1,000, but is \(adaptPasses).")
      }
      if adapt.isEmpty { throw ValidationError("--adapt-passes is for the songs of --adapt, which is not given.") }
    }
    try adaptationFlags.refuseRates(unless: !adapt.isEmpty)
    try cacheFlags.refuseSettings(unless: hasCache)
  }
}
