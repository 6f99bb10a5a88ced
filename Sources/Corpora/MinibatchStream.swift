/// Cuts a token sequence into minibatches, without end.
///
/// Of N tokens, each of the B lanes takes a stretch of (N - 1) / B inputs; a window is T of them. What is left over at the
/// end of the lanes, fewer than T tokens each, and at the end of the sequence, fewer than B, is not trained on.
///
/// With random lengths (``WindowLengths``) each epoch cuts the lanes in other places, and its last window takes all that is left of them.
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

  /// How many windows the epoch has that the stream is in. With random lengths other epochs have other numbers.
  public var windowsPerEpoch: Int { bounds.isEmpty ? laneLength / sizes.window : bounds.count - 1 }
  /// How many positions an epoch has. A token is predicted at each, except before a control token.
  public var tokensPerEpoch: Int { (bounds.isEmpty ? windowsPerEpoch * sizes.window : laneLength) * sizes.lanes }
  /// Which minibatch comes next.
  ///
  /// - Precondition: the epoch is not negative, and the window is one of the epoch's.
  public var position = Position() {
    didSet {
      precondition(position.epoch >= 0, "the epoch must not be negative")
      if let lengths, position.epoch != oldValue.epoch { bounds = lengths.bounds(ofEpoch: position.epoch, laneLength: laneLength) }
      precondition((0..<windowsPerEpoch).contains(position.window), "the window must be one of the epoch's \(windowsPerEpoch)")
    }
  }

  /// The shards whose windows are assembled: all, or those of a rank.
  package var shards: Range<Int> {
    didSet { precondition(!shards.isEmpty && shards.clamped(to: 0..<sizes.shards) == shards, "there are \(sizes.shards) shards") }
  }

  private let tokens: Tokens
  private let sizes: CutSizes
  private let laneLength: Int
  private let lengths: WindowLengths?
  /// With random lengths: where the windows of the position's epoch begin in a lane, and where the last one ends. Else empty.
  private var bounds: [Int] = []

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
    try self.init(tokens, lanes: lanes, window: window, shards: shards, lengths: nil)
  }

  /// A stream at its beginning, of windows with random lengths.
  ///
  /// - Parameter lengths: the lengths, whose base is `window`; nil: all windows have `window` time steps.
  /// - Throws: `CorpusError` as above.
  package init(_ tokens: Tokens, lanes: Int, window: Int, shards: Int, lengths: WindowLengths?) throws(CorpusError) {
    precondition(lengths == nil || lengths?.base == window, "the lengths are drawn around the window")
    sizes = try CutSizes(lanes: lanes, window: window, shards: shards)
    self.shards = 0..<shards
    laneLength = max(0, tokens.count - 1) / lanes
    self.tokens = tokens
    self.lengths = lengths
    guard laneLength >= window else {
      let (product, overflow) = lanes.multipliedReportingOverflow(by: window)
      let needed = overflow || product == .max ? Int.max : product + 1
      throw .tooSmall(tokens: tokens.count, needed: needed, lanes: lanes, window: window)
    }
    if let lengths { bounds = lengths.bounds(ofEpoch: 0, laneLength: laneLength) }
  }

  /// How many windows an epoch has.
  package func windowCount(ofEpoch epoch: Int) -> Int {
    if epoch == position.epoch { return windowsPerEpoch }
    return lengths?.count(ofEpoch: epoch, laneLength: laneLength) ?? windowsPerEpoch
  }

  /// How many windows the first epochs have together; `Int.max` if they are more than can be counted.
  ///
  /// Complexity: with random lengths every window is drawn, about 20 million a second.
  package func windowCount(ofFirst epochs: Int) -> Int {
    if lengths != nil { return (0..<epochs).reduce(0) { $0 + windowCount(ofEpoch: $1) } }
    let (product, overflow) = epochs.multipliedReportingOverflow(by: windowsPerEpoch)
    return overflow ? .max : product
  }

  /// The time steps of a window of the present epoch, as positions in a lane.
  private func steps(ofWindow window: Int) -> Range<Int> {
    bounds.isEmpty ? window * sizes.window..<(window + 1) * sizes.window : bounds[window]..<bounds[window + 1]
  }

  /// The next minibatch. After the last window of an epoch comes the first of the next.
  ///
  /// - Throws: `CorpusError` if a store can no longer be read, or was written over; the stream stays where it was.
  public mutating func next() throws(CorpusError) -> Minibatch {
    let now = position
    var piece = Tokens.Piece()
    var shards: [ShardWindows] = []
    shards.reserveCapacity(self.shards.count)
    repeat {
      shards.removeAll(keepingCapacity: true)
      for shard in self.shards { shards.append(try windows(ofShard: shard, steps(ofWindow: now.window), &piece)) }
      // Nothing is learned from a store that was written over, so that all that was learned may be saved.
    } while try !tokens.isUntouched()
    position = now.window + 1 < windowsPerEpoch ? Position(epoch: now.epoch, window: now.window + 1) : Position(epoch: now.epoch + 1)
    return Minibatch(shards: shards, epoch: now.epoch, window: now.window, resetsState: now.window == 0)
  }

  private func windows(ofShard shard: Int, _ places: Range<Int>, _ piece: inout Tokens.Piece) throws(CorpusError) -> ShardWindows {
    let lanes = sizes.lanesPerShard, steps = places.count, firstControl = tokens.firstControl
    var inputs = [TokenID](repeating: 0, count: lanes * steps)
    var targets = [TokenID](repeating: 0, count: lanes * steps)
    for lane in 0..<lanes {
      let place = (shard * lanes + lane) * laneLength + places.lowerBound
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
