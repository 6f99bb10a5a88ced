extension SoftmaxDecoder {
  /// What the shards gave for a window.
  struct Window: Sendable {
    /// Rows: time steps times lanes.
    var rows = 0
    /// Lanes of a shard.
    var each = 1
    /// By time and then by lane.
    var targets: [Int32] = []
    var shards: [DecoderShard?] = []

    init() {}

    init(steps: Int, lanes: Int) {
      targets = Array(repeating: 0, count: steps * lanes)
      shards = Array(repeating: nil, count: lanes)
    }
  }

  /// The rows of a wave, and how its work is cut.
  struct Wave: Sendable {
    var rows = 0..<0
    /// Rows of the window for which it was cut.
    var windowRows = 0
    var rowParts: [Range<Int>] = []
    var logitsTiles: [OutputTiles.Tile] = []
    var inputTiles: [OutputTiles.Tile] = []
    var weightTiles: [OutputTiles.Tile] = []

    var isFirst: Bool { rows.lowerBound == 0 }
  }
}
