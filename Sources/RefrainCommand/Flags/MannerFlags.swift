internal import ArgumentParser
internal import Refrain

/// The flags for writing in the manner of given songs.
struct MannerFlags: ParsableArguments {
  @OptionGroup var cacheFlags: CacheFlags
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Songs that the cache remembers from the beginning, so that the text resembles them. This adds the cache; may be repeated.",
      valueName: "file"))
  var cacheFrom: [String] = []

  /// Whether there is a cache.
  var hasCache: Bool { cacheFlags.cache || !cacheFrom.isEmpty }

  func validate() throws {
    if cacheFrom.contains("") { throw ValidationError("--cache-from is empty; it must name a file.") }
    try cacheFlags.refuseSettings(unless: hasCache)
  }
}
