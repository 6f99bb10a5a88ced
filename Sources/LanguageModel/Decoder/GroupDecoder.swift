package import Kernels
private import Synchronization

/// The decoder of a group of shards over a window: logits = x W^T + b, softmax and cross-entropy, and the gradients of x, W and b.
///
/// One decoder for all lanes of a group has one gradient of W, where each shard would have its own. Its work is cut into parts that any
/// workers share:
/// ```
/// for each wave of time steps
///   logits      tiles of [rows, V]: logits = x W^T
///   softmax     rows: loss, and logits become dlogits; b and its gradient
///   gradients   tiles of dx = dlogits W and of dW += dlogits^T x, sums over the whole wave
/// ```
/// A wave has as many time steps as keep its logits within 64 MiB, and at most 2,560 rows. Only outputs are cut, and sums of parts are
/// added in the parts' order: so the values depend on shapes alone, and not on workers. Parts of one phase may run side by side; the
/// phases of a wave come one after the other.
///
/// - Invariant for `@unchecked Sendable`: it belongs to one step at a time, whose phases are awaited in turn. Parts of a phase write to
///   disjoint memory and read what earlier phases wrote.
package final class GroupDecoder: @unchecked Sendable {
  /// The most bytes of a wave's logits.
  package static let largestWave = 64 << 20
  /// The most rows of a wave: enough that the weights, which each wave reads, are laid out rarely.
  package static let mostRows = 2_560
  /// Rows of a wave are cut into at most this many parts, each of which has a sum of its own for the gradient of b.
  private static let softmaxParts = 16
  /// Tiles of each product. Few tiles of dx, since each of them reads all logits of its rows and all weights of its columns.
  private static let logitsTiles = 16
  private static let inputTiles = 4
  private static let weightTiles = 32

  private let steps: Int
  package let lanes: Int
  /// Time steps of a wave.
  private let waveSteps: Int
  /// [wave, D]: x, by time and then by lane
  private let input: Matrix
  /// [wave, D]: dx
  private let inputGradient: Matrix
  /// [wave, V]: the logits, then dlogits
  private let logits: Matrix
  /// [parts, V]: the sums of dlogits over the rows of each part
  private let biasParts: Matrix
  /// Of each part of a wave's rows.
  private let losses = Mutex([Double](repeating: 0, count: softmaxParts))
  package let gradients: DecoderGradients
  private var shards: [Shard] = []
  /// The first lane of each shard.
  private var firstLanes: [Int] = []
  private var targets: [Int32] = []
  /// The waves of the windows so far.
  private var waves: [Range<Int>: Wave] = [:]
  private var weight: MatrixView
  private var bias: MatrixView
  private var scale: Float = 0

  /// - Parameters:
  ///   - steps: T, the most time steps of a window.
  ///   - lanes: B, the lanes of all shards of the group.
  package init(_ configuration: ModelConfiguration, steps: Int, lanes: Int) {
    let v = configuration.vocabularySize, d = configuration.decoderInputSize
    self.steps = steps
    self.lanes = lanes
    waveSteps = Self.waveSteps(configuration, steps: steps, lanes: lanes)
    input = Matrix(rows: waveSteps * lanes, columns: d)
    inputGradient = Matrix(rows: waveSteps * lanes, columns: d)
    logits = Matrix(rows: waveSteps * lanes, columns: v)
    biasParts = Matrix(rows: Self.softmaxParts, columns: v)
    gradients = DecoderGradients(configuration)
    weight = gradients.weight.view
    bias = gradients.bias.view
  }

  /// The time steps of each of as few waves as can be.
  package static func waveSteps(_ configuration: ModelConfiguration, steps: Int, lanes: Int) -> Int {
    // In Double, since sizes that are asked for may be absurd.
    let bytes = 4 * Double(configuration.vocabularySize) * Double(lanes)
    let least = min(Double(largestWave) / bytes, Double(mostRows) / Double(lanes))
    let most = Int(max(1, min(Double(steps), least.rounded(.down)))), waves = (steps - 1) / most + 1
    return (steps - 1) / waves + 1
  }

  // MARK: - What the shards give and take

  /// What a shard gives to the decoder and takes from it, by time and then by lane: [T b, D] each.
  ///
  /// - Invariant for `@unchecked Sendable`: the decoder alone uses the memory, between the shard's forward and backward passes.
  package struct Shard: @unchecked Sendable {
    package let output: MatrixView
    package let gradient: Matrix
    package let lanes: Int

    /// - Parameters:
    ///   - output: what the decoder reads.
    ///   - gradient: overwritten with its gradient.
    package init(output: MatrixView, gradient: Matrix, lanes: Int) {
      self.output = output
      self.gradient = gradient
      self.lanes = lanes
    }
  }

  /// Copies a shard's part of a wave to the rows of the group.
  private func gather(_ wave: Wave, _ part: Int) {
    let shard = shards[part]
    for step in 0..<wave.rows.count / lanes {
      let row = step * lanes + firstLanes[part], from = (wave.rows.lowerBound / lanes + step) * shard.lanes
      input.block(rows: row..<row + shard.lanes).copy(from: shard.output.block(rows: from..<from + shard.lanes))
    }
  }

  /// Copies the gradient of a wave's rows to a shard.
  private func scatter(_ wave: Wave, _ part: Int) {
    let shard = shards[part]
    for step in 0..<wave.rows.count / lanes {
      let row = step * lanes + firstLanes[part], to = (wave.rows.lowerBound / lanes + step) * shard.lanes
      shard.gradient.block(rows: to..<to + shard.lanes).copy(from: inputGradient.view.block(rows: row..<row + shard.lanes))
    }
  }

  // MARK: - A window

  /// Runs the parts of a phase, by any number of workers.
  package typealias Deal = (_ count: Int, _ part: @escaping @Sendable (Int) -> Void) async -> Void

  /// The sum of the window's cross-entropies in nats, and the gradients of `scale` times it.
  ///
  /// - Parameters:
  ///   - shards: in the order of their lanes.
  ///   - targets: of all lanes, by time and then by lane; below 0 a row counts for nothing.
  ///   - weight, bias: W and b: [V, D] and [1, V].
  ///   - deal: runs the parts of a phase and waits for them.
  package func lossAndGradients(
    of shards: [Shard], targets: [Int32], weight: MatrixView, bias: MatrixView, scale: Float, deal: Deal
  ) async -> Double {
    precondition(targets.count <= steps * lanes && targets.count % lanes == 0, "a window is up to \(steps) x \(lanes) targets")
    precondition(shards.reduce(0) { $0 + $1.lanes } == lanes, "the shards have all lanes")
    self.shards = shards
    firstLanes = shards.indices.map { shards[..<$0].reduce(0) { $0 + $1.lanes } }
    self.targets = targets
    self.weight = weight
    self.bias = bias
    self.scale = scale
    var sum = 0.0
    for start in stride(from: 0, to: targets.count, by: waveSteps * lanes) {
      let wave = wave(start..<min(start + waveSteps * lanes, targets.count))
      await deal(shards.count) { self.gather(wave, $0) }
      await deal(wave.logitsTiles.count) { self.computeLogits(wave, $0) }
      await deal(wave.softmaxParts.count) { self.computeSoftmax(wave, $0) }
      sum += losses.withLock { $0[..<wave.softmaxParts.count].reduce(0, +) }
      await deal(wave.inputTiles.count + wave.weightTiles.count) { self.computeGradients(wave, $0) }
      await deal(shards.count) { self.scatter(wave, $0) }
    }
    release()
    return sum
  }

  /// Lets go of the weights: an update copies them while anybody holds them.
  private func release() {
    weight = gradients.weight.view
    bias = gradients.bias.view
    shards = []
  }

  /// Computes the products of ``lossAndGradients(of:targets:weight:bias:scale:deal:)`` and nothing else, to hold its speed against. The
  /// numbers mean nothing.
  package func runProducts(rows: Int, weight: MatrixView, deal: Deal) async {
    self.weight = weight
    for start in stride(from: 0, to: rows, by: waveSteps * lanes) {
      let wave = wave(start..<min(start + waveSteps * lanes, rows))
      await deal(wave.logitsTiles.count) { self.computeLogits(wave, $0) }
      await deal(wave.inputTiles.count + wave.weightTiles.count) { self.computeGradients(wave, $0) }
    }
    release()
  }

  /// The rows of a wave, and how its work is cut.
  private struct Wave: Sendable {
    let rows: Range<Int>
    let logitsTiles: [OutputTiles.Tile]
    let softmaxParts: [Range<Int>]
    let inputTiles: [OutputTiles.Tile]
    let weightTiles: [OutputTiles.Tile]
  }

  /// A wave of rows. Its cut depends on their number alone, and most waves have the same.
  private func wave(_ rows: Range<Int>) -> Wave {
    if let known = waves[rows] { return known }
    let v = logits.columns, d = input.columns, size = (rows.count + Self.softmaxParts - 1) / Self.softmaxParts
    let wave = Wave(
      rows: rows, logitsTiles: OutputTiles(rows: rows.count, columns: v, count: Self.logitsTiles).tiles,
      softmaxParts: stride(from: 0, to: rows.count, by: size).map { $0..<min($0 + size, rows.count) },
      inputTiles: OutputTiles(rows: rows.count, columns: d, count: Self.inputTiles).tiles,
      weightTiles: OutputTiles(rows: v, columns: d, count: Self.weightTiles).tiles)
    waves[rows] = wave
    return wave
  }

  private func computeLogits(_ wave: Wave, _ part: Int) {
    let tile = wave.logitsTiles[part], x = input.view.block(rows: tile.rows)
    multiply(x, weight.block(rows: tile.columns).transposed, into: logits.block(rows: tile.rows).columns(tile.columns))
  }

  private func computeSoftmax(_ wave: Wave, _ part: Int) {
    let rows = wave.softmaxParts[part], sums = biasParts.block(rows: part..<part + 1)
    sums.fill(0)
    let first = wave.rows.lowerBound
    let loss = SoftmaxCrossEntropy.sum(
      logits: logits.block(rows: rows), bias: bias, targets: targets[first + rows.lowerBound..<first + rows.upperBound],
      gradient: (scale, sums))
    losses.withLock { $0[part] = loss }
  }

  private func computeGradients(_ wave: Wave, _ part: Int) {
    let dlogits = logits.view.block(rows: 0..<wave.rows.count)
    // The tiles of dx are the larger ones, and begin.
    if part < wave.inputTiles.count {
      let tile = wave.inputTiles[part]
      multiply(
        dlogits.block(rows: tile.rows), weight.columns(tile.columns),
        into: inputGradient.block(rows: tile.rows).columns(tile.columns))
      return
    }
    let tile = wave.weightTiles[part - wave.inputTiles.count], isFirst = wave.rows.lowerBound == 0
    multiply(
      dlogits.columns(tile.rows).transposed, input.view.block(rows: 0..<wave.rows.count).columns(tile.columns),
      into: gradients.weight.block(rows: tile.rows).columns(tile.columns), accumulating: !isFirst)
    // The tiles at the left edge add up their part of db.
    if tile.columns.lowerBound == 0 {
      let sum = gradients.bias.columns(tile.rows)
      if isFirst { sum.fill(0) }
      for part in wave.softmaxParts.indices { Rows.add(biasParts.view.block(rows: part..<part + 1).columns(tile.rows), times: 1, to: sum) }
    }
  }
}
