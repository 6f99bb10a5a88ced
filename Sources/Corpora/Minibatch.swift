/// What one step takes: the windows of all lanes, dealt out to the shards.
public struct Minibatch: Sendable, Hashable {
  /// Each shard's windows; shard s has the lanes from s * B/S on.
  public var shards: [ShardWindows]
  /// How many times the corpus was gone through before, from 0.
  public var epoch: Int
  /// The window's number in the epoch, from 0.
  public var window: Int
  /// Whether the lanes begin anew, so that the carried state must be zeroed first.
  public var resetsState: Bool

  /// A minibatch with this content.
  package init(shards: [ShardWindows], epoch: Int, window: Int, resetsState: Bool) {
    self.shards = shards
    self.epoch = epoch
    self.window = window
    self.resetsState = resetsState
  }

  /// The time steps of its windows.
  package var steps: Int { shards.first?.steps ?? 0 }

  /// How many tokens are predicted.
  package var predictionCount: Int {
    shards.reduce(0) { sum, shard in shard.targets.reduce(sum) { $0 + ($1 >= 0 ? 1 : 0) } }
  }
}

/// The windows of a shard's lanes, time-major: step t of lane l is at index t * lanes + l.
public struct ShardWindows: Sendable, Hashable {
  /// The tokens to read; shape [steps, lanes].
  public var inputs: [TokenID]
  /// The tokens to predict, each the one after the input; shape [steps, lanes]. -1 where there is nothing to predict.
  public var targets: [TokenID]
  /// How many lanes the shard has.
  public var lanes: Int
  /// How many steps the window has.
  public var steps: Int

  /// Windows with this content.
  ///
  /// - Precondition: `inputs` and `targets` have `lanes * steps` elements each.
  public init(inputs: [TokenID], targets: [TokenID], lanes: Int, steps: Int) {
    precondition(inputs.count == lanes * steps && targets.count == lanes * steps, "inputs and targets must be [steps, lanes]")
    self.inputs = inputs
    self.targets = targets
    self.lanes = lanes
    self.steps = steps
  }

  /// A target where there is nothing to predict.
  public static let noTarget: TokenID = -1
}

/// The sizes by which a token sequence is cut, checked.
struct CutSizes: Sendable, Hashable {
  let lanes: Int
  let window: Int
  let shards: Int

  var lanesPerShard: Int { lanes / shards }

  init(lanes: Int, window: Int, shards: Int) throws(CorpusError) {
    for (key, value) in [("batch", lanes), ("window", window), ("shards", shards)] where value < 1 {
      throw .invalidSetting(key: key, found: "\(value)", expected: "at least 1")
    }
    guard lanes.isMultiple(of: shards) else { throw .lanesNotDivisible(lanes: lanes, shards: shards) }
    self.lanes = lanes
    self.window = window
    self.shards = shards
  }
}
