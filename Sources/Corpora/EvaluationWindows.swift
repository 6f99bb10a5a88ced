/// Cuts a token sequence into minibatches in which every token but the first is predicted exactly once.
///
/// The lanes' lengths differ by at most one, and the last window may be shorter. Where a lane has ended, the input is 0 and
/// the target `ShardWindows.noTarget`.
public struct EvaluationWindows: Sendable {
  /// How many tokens are predicted: all but the first.
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
    predictionCount = tokens.count - 1
    longestLane = (predictionCount - 1) / lanes + 1
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
    // The first lanes are one longer if the predictions do not divide evenly.
    let length = predictionCount / sizes.lanes
    let longer = predictionCount % sizes.lanes
    var inputs = [TokenID](repeating: 0, count: steps * lanes)
    var targets = [TokenID](repeating: ShardWindows.noTarget, count: steps * lanes)
    var piece = Tokens.Piece()
    repeat {
      for index in 0..<lanes {
        let lane = shard * lanes + index
        let start = lane * length + min(lane, longer)
        let end = length + (lane < longer ? 1 : 0)
        let own = max(0, min(steps, end - first))
        if own == 0 { continue }
        try tokens.read(start + first..<start + first + own + 1, into: &piece)
        for step in 0..<own {
          inputs[step * lanes + index] = piece.tokens[step]
          targets[step * lanes + index] = piece.tokens[step + 1]
        }
      }
    } while try !tokens.isUntouched()
    return ShardWindows(inputs: inputs, targets: targets, lanes: lanes, steps: steps)
  }
}
