/// Cuts a token sequence into minibatches in which every token but the first is predicted exactly once.
///
/// The lanes' lengths differ by at most one, and the last window may be shorter. Where a lane has ended, the input is 0 and
/// the target `ShardWindows.noTarget`.
///
/// Control tokens are inputs only. A lane predicts the same tokens with and without them.
public struct EvaluationWindows: Sendable {
  /// How many tokens are predicted: all except the first and the control tokens.
  public let predictionCount: Int
  /// How many windows there are.
  public let windowCount: Int

  private let tokens: Tokens
  private let sizes: CutSizes
  private let longestLane: Int

  /// Windows over these tokens.
  ///
  /// - Throws: `CorpusError` if a size is not positive, the lanes do not divide among the shards, or there are fewer than two
  ///   tokens.
  public init(_ tokens: [TokenID], lanes: Int, window: Int, shards: Int = 1) throws(CorpusError) {
    try self.init(Tokens(tokens), lanes: lanes, window: window, shards: shards)
  }

  /// Windows over tokens that may lie in a store.
  ///
  /// - Throws: `CorpusError` as above.
  public init(_ tokens: Tokens, lanes: Int, window: Int, shards: Int = 1) throws(CorpusError) {
    sizes = try CutSizes(lanes: lanes, window: window, shards: shards)
    guard tokens.count >= 2 else { throw .tooSmall(tokens: tokens.count, needed: 2, lanes: 1, window: 1) }
    self.tokens = tokens
    predictionCount = tokens.predictableCount - 1
    if tokens.predictableCount == tokens.count {
      longestLane = (predictionCount - 1) / lanes + 1
    } else {
      let count = predictionCount
      longestLane = (0..<lanes).reduce(0) { max($0, Self.places(ofLane: $1, of: lanes, predictionCount: count, in: tokens).count) }
    }
    windowCount = (longestLane - 1) / window + 1
  }

  /// The least that a lane predicts, unless there is only one: what it loses by its beginning from a state of zeros is then about 1% of the
  /// perplexity (measured: 304 to 2,731 tokens of songs cut into 2 to 16 lanes), where at 20 tokens a lane it is 45%.
  public static let shortestLane = 512

  /// How many lanes a text is cut into: `most`, halved until none predicts less than ``shortestLane``. That they begin in the middle of
  /// songs matters little beside their number.
  public static func laneCount(most: Int, predictions: Int) -> Int {
    var lanes = most
    while lanes > 1, predictions / lanes < shortestLane { lanes /= 2 }
    return lanes
  }

  /// Returns the windows of a shard's lanes.
  ///
  /// - Parameter window: from 0 to less than ``windowCount``.
  /// - Throws: `CorpusError` if a store can no longer be read, or was written over.
  package func windows(ofShard shard: Int, window: Int) throws(CorpusError) -> ShardWindows {
    precondition((0..<windowCount).contains(window), "the window must be one of the \(windowCount)")
    let lanes = sizes.lanesPerShard
    let first = window * sizes.window
    let steps = min(sizes.window, longestLane - first)
    let firstControl = tokens.firstControl
    var inputs = [TokenID](repeating: 0, count: steps * lanes)
    var targets = [TokenID](repeating: ShardWindows.noTarget, count: steps * lanes)
    var piece = Tokens.Piece()
    repeat {
      for index in 0..<lanes {
        let places = Self.places(ofLane: shard * lanes + index, of: sizes.lanes, predictionCount: predictionCount, in: tokens)
        let own = max(0, min(steps, places.count - first))
        if own == 0 { continue }
        let start = places.lowerBound + first
        try tokens.read(start..<start + own + 1, into: &piece)
        for step in 0..<own {
          inputs[step * lanes + index] = piece.tokens[step]
          let target = piece.tokens[step + 1]
          targets[step * lanes + index] = target < firstControl ? target : ShardWindows.noTarget
        }
      }
    } while try !tokens.isUntouched()
    return ShardWindows(inputs: inputs, targets: targets, lanes: lanes, steps: steps)
  }

  /// The places of a lane's inputs. The first lanes predict one more if the predictions do not divide evenly.
  private static func places(ofLane lane: Int, of lanes: Int, predictionCount: Int, in tokens: Tokens) -> Range<Int> {
    let length = predictionCount / lanes, longer = predictionCount % lanes
    let start = lane * length + min(lane, longer), end = start + length + (lane < longer ? 1 : 0)
    return tokens.place(ofPredictable: start)..<tokens.place(ofPredictable: end)
  }
}
