internal import Basics
package import Corpora
internal import Kernels
package import LanguageModel
package import Models
internal import Synchronization

extension Model {
  /// The most memory that bits may take, in bytes.
  private static var mostBytes: Int { 4 << 30 }
  /// Songs that are read side by side by one worker. It is part of the result in the last digits of the states, and so is fixed.
  private static var lanes: Int { 32 }
  private static var window: Int { 32 }
  /// A longer song is cut into pieces, each of which begins from the initial state.
  package static var longestPiece: Int { 16_384 }

  /// Runs the model over songs and notes which units are on at each token. Each song begins from the initial state.
  ///
  /// Memory: a bit for each token and unit. Bits of tokens that are in no song are 0.
  ///
  /// - Parameters:
  ///   - text: the songs in the numbers of the model's tokenizer.
  ///   - threshold: a unit is on where |h| is greater.
  ///   - path: what the songs are called in an error.
  ///   - workers: never part of the result.
  ///   - progress: is called on any thread, with how many of all tokens are done.
  /// - Throws: `InspectionError.storeTooLarge`.
  package func stateBits(
    of text: EncodedSongs, threshold: Float, path: String, products: ProductKernel = .packed, longestPiece: Int = longestPiece,
    workers: Int, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws(InspectionError) -> StateBits {
    let configuration = weights.configuration, units = configuration.hiddenSizes.reduce(0, +), count = text.tokens.count
    if 8 * StateBits.words(count) * units > Self.mostBytes {
      throw .storeTooLarge(path: path, tokens: count, units: units, mebibytes: Self.mostBytes >> 20)
    }
    let read = ReadSongs(text, conditions: conditions, firstControl: TokenID(tokenizer.vocabulary.count), longest: longestPiece)
    let prepared = PreparedWeights(weights, forTraining: false, products: products)
    let shards = stride(from: 0, to: read.pieces.count, by: Self.lanes).map { $0..<min($0 + Self.lanes, read.pieces.count) }
    let gathered = GatheredBits(tokens: count, units: units)
    await forEachInParallel(shards.count, workers: workers) { number in
      let pieces = Array(read.pieces[shards[number]])
      // All threads of tasks may be busy here.
      await Task.yield()
      let found = Self.bits(of: pieces, read, prepared, threshold)
      let done = gathered.add(found, pieces)
      progress(done, read.tokenCount)
    }
    return gathered.bits
  }

  /// The bits of some pieces, by piece: unit after unit, each with whole words for the tokens of the piece.
  private static func bits(
    of pieces: [ReadSongs.Piece], _ read: ReadSongs, _ prepared: PreparedWeights, _ threshold: Float
  ) -> [[UInt64]] {
    let configuration = prepared.weights.configuration, lanes = pieces.count
    let longest = pieces.reduce(0) { max($0, $1.inputs.count) }, steps = min(window, longest)
    let collector = BitCollector(pieces, read, hiddenSizes: configuration.hiddenSizes, threshold: threshold)
    let network = Network(configuration, steps: steps, lanes: lanes)
    network.observer = NetworkObserver(forward: { collector.add($0) })
    network.startNextWindow(from: .initial)
    for first in stride(from: 0, to: longest, by: steps) {
      let count = min(steps, longest - first)
      if first > 0 { network.startNextWindow(from: .afterLastWindow) }
      var inputs = [TokenID](repeating: 0, count: count * lanes)
      for (lane, piece) in pieces.enumerated() {
        for step in 0..<max(0, min(count, piece.inputs.count - first)) {
          inputs[step * lanes + lane] = read.inputs[piece.inputs.lowerBound + first + step]
        }
      }
      collector.first = first
      _ = network.forward(
        inputs: inputs, targets: [TokenID](repeating: ShardWindows.noTarget, count: inputs.count), weights: prepared, isTraining: false)
    }
    return collector.words
  }
}

/// Songs as pieces to read, each from the initial state.
private struct ReadSongs: Sendable {
  struct Piece: Sendable {
    /// What is read, among the inputs.
    var inputs: Range<Int>
    /// The tokens that it is read for: those of a song, and the `<song>` after it.
    var tokens: Range<Int>
  }

  /// The tokens, with control tokens among them.
  let inputs: [TokenID]
  /// For each input the number of its token; -1 for a control token.
  let owners: [Int32]
  /// The longest first, so that those that are read side by side have like lengths.
  let pieces: [Piece]
  let tokenCount: Int

  init(_ text: EncodedSongs, conditions: ControlVocabulary?, firstControl: TokenID, longest: Int) {
    precondition(longest > 0 && text.tokens.count < Int(Int32.max), "a piece has a token, and tokens have numbers of 32 bits")
    let places: [Int]
    if let conditions {
      let controlled = text.controlled(by: conditions, firstControl: firstControl)
      inputs = controlled.tokens
      places = controlled.places
    } else {
      inputs = text.tokens
      places = Array(text.tokens.indices)
    }
    var owners = [Int32](repeating: -1, count: inputs.count)
    for (token, place) in places.enumerated() { owners[place] = Int32(token) }
    self.owners = owners
    var pieces: [Piece] = []
    for song in text.songs where !song.range.isEmpty {
      for first in stride(from: song.range.lowerBound, to: song.range.upperBound, by: longest) {
        let tokens = first..<min(first + longest, song.range.upperBound)
        let start = first == song.range.lowerBound ? song.passage.lowerBound : first
        pieces.append(Piece(inputs: places[start]..<places[tokens.upperBound - 1] + 1, tokens: tokens))
      }
    }
    self.pieces = pieces.sorted { ($1.inputs.count, $0.inputs.lowerBound) < ($0.inputs.count, $1.inputs.lowerBound) }
    tokenCount = pieces.reduce(0) { $0 + $1.tokens.count }
  }
}

/// Turns what a network shows into bits.
private final class BitCollector {
  private let pieces: [ReadSongs.Piece]
  private let owners: [Int32]
  private let threshold: Float
  /// The number of each layer's first unit.
  private let firstUnits: [Int]
  /// By piece: unit after unit, each with whole words.
  private(set) var words: [[UInt64]]
  /// The time step of a piece that the window begins at.
  var first = 0

  init(_ pieces: [ReadSongs.Piece], _ read: ReadSongs, hiddenSizes: [Int], threshold: Float) {
    self.pieces = pieces
    owners = read.owners
    self.threshold = threshold
    var sum = 0
    firstUnits = hiddenSizes.map { units in
      defer { sum += units }
      return sum
    }
    let all = sum
    words = pieces.map { [UInt64](repeating: 0, count: all * StateBits.words($0.tokens.count)) }
  }

  func add(_ layer: LayerActivations) {
    let hidden = layer.hidden, firstUnit = firstUnits[layer.layer]
    for (lane, piece) in pieces.enumerated() {
      let stride = StateBits.words(piece.tokens.count)
      for step in 0..<max(0, min(layer.steps, piece.inputs.count - first)) {
        let token = Int(owners[piece.inputs.lowerBound + first + step]) - piece.tokens.lowerBound
        // The <song> before a song belongs to the song that it ends.
        if token < 0 { continue }
        let row = step * layer.lanes + lane, bit = UInt64(1) << UInt64(token % 64)
        var place = firstUnit * stride + token / 64
        for unit in 0..<hidden.columns {
          if abs(hidden[row, unit]) > threshold { words[lane][place] |= bit }
          place += stride
        }
      }
    }
  }
}

/// Puts the bits of pieces together.
private final class GatheredBits: Sendable {
  private struct State {
    var columns: [[UInt64]]
    var done = 0
  }

  private let tokens: Int
  private let state: Mutex<State>

  init(tokens: Int, units: Int) {
    self.tokens = tokens
    let column = [UInt64](repeating: 0, count: StateBits.words(tokens))
    state = Mutex(State(columns: (0..<units).map { _ in column }))
  }

  /// Adds the bits of some pieces, and returns how many tokens are done.
  func add(_ found: [[UInt64]], _ pieces: [ReadSongs.Piece]) -> Int {
    state.withLock { state in
      for (words, piece) in zip(found, pieces) {
        let stride = StateBits.words(piece.tokens.count)
        let first = piece.tokens.lowerBound / 64, shift = UInt64(piece.tokens.lowerBound % 64)
        for unit in state.columns.indices {
          for word in 0..<stride {
            let bits = words[unit * stride + word]
            if bits == 0 { continue }
            state.columns[unit][first + word] |= bits << shift
            if shift > 0, bits >> (64 - shift) != 0 { state.columns[unit][first + word + 1] |= bits >> (64 - shift) }
          }
        }
        state.done += piece.tokens.count
      }
      return state.done
    }
  }

  var bits: StateBits { state.withLock { StateBits(tokens: tokens, columns: $0.columns) } }
}
