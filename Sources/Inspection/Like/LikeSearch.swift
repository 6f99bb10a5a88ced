internal import Basics
package import Corpora
internal import Kernels
internal import LanguageModel
package import Models

/// Searches songs for places where the same units are on as over a span of a text.
package struct LikeSearch: Sendable {
  /// Where the bits of the songs came from.
  package enum Origin: Sendable, Equatable {
    /// They were in the cache.
    case cached(path: String)
    /// The model was run over the songs now; nil if the bits were not kept.
    case run(kept: String?)
  }

  /// What was found.
  package struct Result: Sendable {
    /// The units that are on over the whole span, by their numbers among those of all layers.
    package var units: [Int]
    package var places: [StateBits.Place]
    package var origin: Origin
    /// How long it took to run the model over the songs; 0 if the bits were in the cache.
    package var runSeconds: Double
    /// How long it took to search the bits.
    package var searchSeconds: Double
  }

  /// How many places are returned.
  package static let mostPlaces = 20
  package static let usualThreshold: Float = 0.1

  private let model: Model
  private let songs: EncodedSongs
  private let path: String
  private let threshold: Float
  private let workers: Int
  private let longestPiece: Int

  /// - Parameters:
  ///   - songs: the songs to search, in the numbers of the model's tokenizer.
  ///   - path: what the songs are called in an error.
  ///   - threshold: a unit is on where |h| is greater.
  ///   - longestPiece: a longer song is cut into pieces, of which each has a place of its own.
  package init(
    _ model: Model, in songs: EncodedSongs, path: String, threshold: Float = usualThreshold, longestPiece: Int = Model.longestPiece,
    workers: Int
  ) {
    self.model = model
    self.songs = songs
    self.path = path
    self.threshold = threshold
    self.workers = workers
    self.longestPiece = longestPiece
  }

  /// Searches.
  ///
  /// - Parameters:
  ///   - span: tokens of a text whose states are given.
  ///   - cache: where bits are kept; nil: nowhere.
  /// - Throws: `InspectionError`, or `FileError` for a cache that somebody asked for and that cannot be written.
  package func places(
    like span: Range<Int>, of states: RecordedStates, cache: CorpusCache?,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws -> Result {
    let units = try states.unitsOn(over: span, threshold: threshold)
    let pieces = pieces
    let longest = pieces.reduce(0) { max($0, $1.tokens.count) }
    if longest < span.count { throw InspectionError.songsTooShort(path: path, length: span.count, longest: longest) }
    let count = model.weights.configuration.hiddenSizes.reduce(0, +), key = key
    let clock = ContinuousClock()
    var bits: StateBits
    var columns = units
    var origin = Origin.run(kept: nil)
    var runSeconds = 0.0
    if let cache,
      let found = StatesFile.read(units, key: key, tokens: songs.tokens.count, units: count, from: cache.path(forStates: key))
    {
      bits = found
      columns = Array(units.indices)
      cache.noteUse(ofStates: key)
      origin = .cached(path: cache.path(forStates: key))
    } else {
      let start = clock.now
      bits = try await model.stateBits(
        of: songs, threshold: threshold, path: path, longestPiece: longestPiece, workers: workers, progress: progress)
      runSeconds = start.duration(to: clock.now) / .seconds(1)
      if let cache {
        let whole = bits
        origin = .run(kept: try cache.addStates(key) { try StatesFile.write(whole, key: key, to: $0) })
      }
    }
    let start = clock.now
    let places = await bits.places(
      units: columns, length: span.count, songs: pieces.map(\.tokens), most: Self.mostPlaces, workers: workers
    ).map { StateBits.Place(song: pieces[$0.song].song, start: $0.start, units: $0.units) }
    return Result(
      units: units, places: places, origin: origin, runSeconds: runSeconds, searchSeconds: start.duration(to: clock.now) / .seconds(1))
  }

  /// The songs, of which long ones are cut as they are read: a text without songs has several places then.
  private var pieces: [(song: Int, tokens: Range<Int>)] {
    songs.songs.enumerated().flatMap { number, song in
      stride(from: song.range.lowerBound, to: song.range.upperBound, by: longestPiece).map { first in
        (song: number, tokens: first..<min(first + longestPiece, song.range.upperBound))
      }
    }
  }

  /// A number for the weights, the tokens and where the songs are, the conditions and the threshold. The kernels are not hashed: states
  /// of other kernels differ in their last digits.
  private var key: UInt64 {
    var hash = FNV1a()
    let configuration = model.weights.configuration
    for byte in configuration.cell.rawValue.utf8 { hash.add(UInt64(byte)) }
    for size in configuration.hiddenSizes { hash.add(UInt64(size)) }
    for index in 0..<model.weights.values.count { hash.add(UInt64(model.weights.values[index].bitPattern)) }
    // Control tokens included, which depend on what is known of a song.
    let inputs = model.conditions.map { conditions in
      songs.controlled(by: conditions, firstControl: TokenID(model.tokenizer.vocabulary.count)).tokens
    }
    for token in inputs ?? songs.tokens { hash.add(UInt64(UInt32(bitPattern: token))) }
    for song in songs.songs {
      hash.add(UInt64(song.range.lowerBound))
      hash.add(UInt64(song.range.upperBound))
      hash.add(UInt64(song.passage.lowerBound))
    }
    hash.add(UInt64(threshold.bitPattern))
    hash.add(UInt64(longestPiece))
    return mixed(hash.value)
  }
}
