/// Cuts a token sequence into minibatches, without end.
///
/// Of N tokens, each of the B lanes takes a stretch of (N - 1) / B inputs; a window is T of them. What is left over at the
/// end of the lanes, fewer than T tokens each, and at the end of the sequence, fewer than B, is not trained on.
///
/// Control tokens are inputs only: before one there is nothing to predict.
///
/// The stream is a value, and `position` is all of its state: setting it resumes.
public struct MinibatchStream: Sendable {
  /// Where a stream stands: the minibatch that comes next.
  public struct Position: Sendable, Hashable, Codable {
    /// From 0.
    public var epoch: Int
    /// From 0 to less than `windowsPerEpoch`.
    public var window: Int

    /// This place.
    public init(epoch: Int = 0, window: Int = 0) {
      self.epoch = epoch
      self.window = window
    }
  }

  /// How many windows an epoch has.
  public let windowsPerEpoch: Int
  /// How many positions an epoch has. A token is predicted at each, except before a control token.
  public var tokensPerEpoch: Int { windowsPerEpoch * sizes.window * sizes.lanes }
  /// Which minibatch comes next.
  ///
  /// - Precondition: the epoch is not negative, and the window is one of the epoch's.
  public var position = Position() {
    didSet {
      precondition(position.epoch >= 0, "the epoch must not be negative")
      precondition((0..<windowsPerEpoch).contains(position.window), "the window must be one of the epoch's \(windowsPerEpoch)")
    }
  }

  private let tokens: Tokens
  private let sizes: CutSizes
  private let laneLength: Int

  /// A stream at its beginning.
  ///
  /// - Throws: `CorpusError` if a size is not positive, the lanes do not divide among the shards, or there are fewer than
  ///   `lanes * window + 1` tokens.
  public init(_ tokens: [TokenID], lanes: Int, window: Int, shards: Int = 1) throws(CorpusError) {
    try self.init(Tokens(tokens), lanes: lanes, window: window, shards: shards)
  }

  /// A stream at its beginning, of tokens that may lie in a store.
  ///
  /// - Throws: `CorpusError` as above.
  public init(_ tokens: Tokens, lanes: Int, window: Int, shards: Int = 1) throws(CorpusError) {
    sizes = try CutSizes(lanes: lanes, window: window, shards: shards)
    laneLength = max(0, tokens.count - 1) / lanes
    windowsPerEpoch = laneLength / window
    self.tokens = tokens
    guard windowsPerEpoch >= 1 else {
      let (product, overflow) = lanes.multipliedReportingOverflow(by: window)
      let needed = overflow || product == .max ? Int.max : product + 1
      throw .tooSmall(tokens: tokens.count, needed: needed, lanes: lanes, window: window)
    }
  }

  /// The next minibatch. After the last window of an epoch comes the first of the next.
  ///
  /// - Throws: `CorpusError` if a store can no longer be read, or was written over; the stream stays where it was.
  public mutating func next() throws(CorpusError) -> Minibatch {
    let now = position
    var piece = Tokens.Piece()
    var shards: [ShardWindows] = []
    shards.reserveCapacity(sizes.shards)
    repeat {
      shards.removeAll(keepingCapacity: true)
      for shard in 0..<sizes.shards { shards.append(try windows(ofShard: shard, window: now.window, &piece)) }
      // Nothing is learned from a store that was written over, so that all that was learned may be saved.
    } while try !tokens.isUntouched()
    position = now.window + 1 < windowsPerEpoch ? Position(epoch: now.epoch, window: now.window + 1) : Position(epoch: now.epoch + 1)
    return Minibatch(shards: shards, epoch: now.epoch, window: now.window, resetsState: now.window == 0)
  }

  private func windows(ofShard shard: Int, window: Int, _ piece: inout Tokens.Piece) throws(CorpusError) -> ShardWindows {
    let lanes = sizes.lanesPerShard, steps = sizes.window, firstControl = tokens.firstControl
    var inputs = [TokenID](repeating: 0, count: lanes * steps)
    var targets = [TokenID](repeating: 0, count: lanes * steps)
    for lane in 0..<lanes {
      let place = (shard * lanes + lane) * laneLength + window * steps
      try tokens.read(place..<place + steps + 1, into: &piece)
      for step in 0..<steps {
        inputs[step * lanes + lane] = piece.tokens[step]
        let target = piece.tokens[step + 1]
        targets[step * lanes + lane] = target < firstControl ? target : ShardWindows.noTarget
      }
    }
    return ShardWindows(inputs: inputs, targets: targets, lanes: lanes, steps: steps)
  }
}
