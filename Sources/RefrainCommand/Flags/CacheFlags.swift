internal import ArgumentParser
internal import Refrain

/// The flags of the neural cache.
struct CacheFlags: ParsableArguments {
  @Flag(help: "Add a neural cache: the model expects what followed where it was in a similar state earlier in the text.")
  var cache = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The positions that the cache remembers (default: those kept with the model, or 2,000).", valueName: "tokens"))
  var cacheSize: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How much the cache prefers similar states; 0 counts all alike (default: the one kept with the model, or 0.3).", valueName: "number"))
  var cacheFlatness: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The weight of the cache beside the model, at least 0 and less than 1 (default: the one kept with the model, or 0.1).",
      valueName: "number"))
  var cacheWeight: Double?

  /// The flags that are given.
  var given: [String] {
    let all: [(String, Bool)] = [
      ("--cache", cache), ("--cache-size", cacheSize != nil), ("--cache-flatness", cacheFlatness != nil),
      ("--cache-weight", cacheWeight != nil),
    ]
    return all.filter(\.1).map(\.0)
  }

  /// Throws if a setting of the cache is given without a cache.
  ///
  /// - Parameter flag: the flag that adds the cache.
  func refuseSettings(unless hasCache: Bool, adding flag: String = "--cache") throws {
    if !hasCache, let setting = given.first(where: { $0 != "--cache" }) {
      throw ValidationError("\(setting) is for the cache; add \(flag), or leave \(setting) out.")
    }
  }

  /// The cache that the flags describe.
  ///
  /// - Parameter kept: the one kept with the model.
  func chosen(kept: NeuralCache?) -> NeuralCache {
    var cache = kept ?? NeuralCache()
    if let cacheSize { cache.size = cacheSize }
    if let cacheFlatness { cache.flatness = cacheFlatness }
    if let cacheWeight { cache.weight = cacheWeight }
    return cache
  }
}
