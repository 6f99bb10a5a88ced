internal import Basics
internal import Kernels
private import Synchronization

/// The softmax of a group of shards over a window: logits = x W^T + b, softmax and cross-entropy, and the gradients of x, W and b.
///
/// A window is computed in waves of time steps, and a wave in phases, whose parts any workers share:
/// ```
/// logits      tiles of [rows, V]: logits = x W^T
/// softmax     rows: loss, and logits become dlogits; the sums of dlogits of each part's rows
/// gradients   tiles of dx = dlogits W, which are handed to the shards, and of dW += dlogits^T x and db, sums over the whole wave
/// ```
/// A small W stays in a core's cache. Then a part of the rows does all of this at once, with a dW of its own, and the dW of the parts are
/// added at the end of the window.
///
/// A wave has as many time steps as keep its logits within 64 MiB, and at most 2,560 rows.
///
/// - Invariant for `@unchecked Sendable`: it belongs to one window at a time. ``take(_:number:)`` writes rows of its shard alone; then the
///   phases are awaited in turn, and their parts write to disjoint memory and read what earlier phases wrote.
package final class SoftmaxDecoder: GroupDecoder, @unchecked Sendable {
  /// The most bytes of a wave's logits.
  package static let largestWave = 64 << 20
  /// The most rows of a wave: enough that the weights, which each wave reads, are laid out rarely.
  package static let mostRows = 2_560
  /// The most elements of a W that is small: 256 KiB.
  package static let largestSmallWeight = 1 << 16
  /// Rows of a wave are cut into at most this many parts, each of which has sums of its own.
  private static let rowParts = 16
  /// Tiles of each product. Few tiles of dx, since each of them reads all logits of its rows and all weights of its columns.
  private static let logitsTiles = 16
  private static let inputTiles = 4
  private static let weightTiles = 32

  private let configuration: ModelConfiguration
  private let steps: Int
  private let lanes: Int
  /// Time steps of a wave.
  private let waveSteps: Int
  private let isSmall: Bool
  /// [T B, D]: x, by time and then by lane
  private let input: Matrix
  /// [wave, V]: the logits, then dlogits
  private let logits: Matrix
  /// What the shards gave for the next window.
  private let taken: Mutex<Window>
  /// Of each part of a wave's rows.
  private let losses = Mutex([Double](repeating: 0, count: rowParts))
  /// Of each position of a window; empty in training, which needs their sum alone.
  private let positionNats = Mutex([Double]())
  /// The waves of the windows so far.
  private var waves: [Range<Int>: Wave] = [:]

  // What only training needs is made when first needed.
  package private(set) lazy var gradients = DecoderGradients(configuration)
  /// [wave, D]: dx
  private lazy var inputGradient = Matrix(rows: waveSteps * lanes, columns: input.columns)
  /// [parts, V]: the sums of dlogits over the rows of each part
  private lazy var biasParts = Matrix(rows: Self.rowParts, columns: logits.columns)
  /// [parts V, D]: dW of each part of the rows; empty unless W is small
  private lazy var weightParts = Matrix(rows: isSmall ? Self.rowParts * logits.columns : 0, columns: input.columns)

  // The state of the window being computed.
  private var window = Window()
  private var weights: Weights?
  private var wave = Wave()
  private var scale: Float?
  /// [1, V]: the decoder's bias divided by the temperature; nil at temperature 1.
  private var cooledBias: Matrix?
  private var keepsNats = false

  /// - Parameters:
  ///   - steps: T, the most time steps of a window.
  ///   - lanes: B, the lanes of all shards of the group.
  package init(_ configuration: ModelConfiguration, steps: Int, lanes: Int) {
    self.configuration = configuration
    self.steps = steps
    self.lanes = lanes
    let v = configuration.vocabularySize, d = configuration.decoderInputSize
    waveSteps = Self.waveSteps(configuration, steps: steps, lanes: lanes)
    isSmall = Self.isSmall(configuration)
    input = Matrix(rows: steps * lanes, columns: d)
    logits = Matrix(rows: waveSteps * lanes, columns: v)
    taken = Mutex(Window(steps: steps, lanes: lanes))
  }

  private static func isSmall(_ configuration: ModelConfiguration) -> Bool {
    configuration.vocabularySize * configuration.decoderInputSize <= largestSmallWeight
  }

  /// The time steps of each of as few waves as can be.
  package static func waveSteps(_ configuration: ModelConfiguration, steps: Int, lanes: Int) -> Int {
    // In Double, since sizes that are asked for may be absurd.
    let bytes = 4 * Double(configuration.vocabularySize) * Double(lanes)
    let least = min(Double(largestWave) / bytes, Double(mostRows) / Double(lanes))
    let most = Int(max(1, min(Double(steps), least.rounded(.down)))), waves = (steps - 1) / most + 1
    return (steps - 1) / waves + 1
  }

  /// See ``DecoderKind/floatCount(_:steps:lanes:forTraining:)``.
  static func floatCount(_ configuration: ModelConfiguration, steps: Int, lanes: Int, forTraining: Bool) -> Double {
    let v = Double(configuration.vocabularySize), d = Double(configuration.decoderInputSize)
    let wave = Double(waveSteps(configuration, steps: steps, lanes: lanes)) * Double(lanes)
    let both = Double(steps) * Double(lanes) * d + wave * v
    if !forTraining { return both }
    let parts = Double(rowParts) * v * (1 + (v * d <= Double(largestSmallWeight) ? d : 0))
    return both + v * (d + 1) + wave * d + parts
  }

  // MARK: - What the shards give and take

  package func take(_ shard: DecoderShard, number: Int) {
    let each = shard.lanes, count = shard.targets.count / each, first = number * each
    precondition(count <= steps && first + each <= lanes, "a window is up to \(steps) steps of \(lanes) lanes")
    for step in 0..<count {
      let row = step * lanes + first
      input.block(rows: row..<row + each).copy(from: shard.output.block(rows: step * each..<(step + 1) * each))
    }
    taken.withLock { window in
      window.rows = count * lanes
      window.each = each
      window.shards[number] = shard
      for (index, target) in shard.targets.enumerated() { window.targets[index / each * lanes + first + index % each] = target }
    }
  }

  /// Copies the gradient of some rows and columns of a wave to their shards.
  private func scatter(_ rows: Range<Int>, columns: Range<Int>) {
    let each = window.each
    var row = rows.lowerBound
    while row < rows.upperBound {
      let position = wave.rows.lowerBound + row, lane = position % lanes, shard = lane / each
      let end = min(rows.upperBound, row + (shard + 1) * each - lane), to = position / lanes * each + lane - shard * each
      guard let gradient = window.shards[shard]?.gradient else { preconditionFailure("every shard was taken, for training") }
      gradient.block(rows: to..<to + end - row).columns(columns).copy(from: inputGradient.view.block(rows: row..<end).columns(columns))
      row = end
    }
  }

  // MARK: - A window

  package func lossAndGradients(weights: Weights, scale: Float, workers: Int) async -> Double {
    begin(weights, scale: scale)
    return await computeLossAndGradients(workers)
  }

  package func natsAndGradients(weights: Weights, scale: Float, workers: Int) async -> [Double] {
    begin(weights, scale: scale, keepsNats: true)
    let rows = window.rows
    _ = await computeLossAndGradients(workers)
    return positionNats.withLock { Array($0[..<rows]) }
  }

  private func computeLossAndGradients(_ workers: Int) async -> Double {
    var sum = 0.0
    for wave in wavesOfWindow() {
      self.wave = wave
      if isSmall {
        await forEachInParallel(wave.rowParts.count, workers: workers) { self.computeRows($0) }
      } else {
        await forEachInParallel(wave.logitsTiles.count, workers: workers) { self.computeLogits($0) }
        await forEachInParallel(wave.rowParts.count, workers: workers) { self.computeSoftmax($0) }
        await forEachInParallel(wave.inputTiles.count + wave.weightTiles.count, workers: workers) { self.computeGradients($0) }
      }
      sum += losses.withLock { $0[..<wave.rowParts.count].reduce(0, +) }
    }
    if isSmall {
      // No wave has more parts than the first.
      let parts = wave(0..<min(waveSteps * lanes, window.rows)).rowParts.count, bands = bands
      await forEachInParallel(bands.count, workers: workers) { self.addParts(parts, rows: bands[$0]) }
    }
    end()
    return sum
  }

  package func nats(weights: Weights, temperature: Float, workers: Int) async -> [Double] {
    begin(weights, scale: nil, keepsNats: true)
    if temperature != 1 { divideLogits(by: temperature) }
    for wave in wavesOfWindow() {
      self.wave = wave
      if isSmall {
        await forEachInParallel(wave.rowParts.count, workers: workers) { part in
          self.multiplyLogits(rows: wave.rowParts[part], columns: 0..<self.logits.columns)
          self.computeSoftmax(part)
        }
      } else {
        await forEachInParallel(wave.logitsTiles.count, workers: workers) { self.computeLogits($0) }
        await forEachInParallel(wave.rowParts.count, workers: workers) { self.computeSoftmax($0) }
      }
    }
    let rows = window.rows
    end()
    return positionNats.withLock { Array($0[..<rows]) }
  }

  package func runProducts(rows: Int, weights: Weights, workers: Int) async {
    taken.withLock { $0.rows = rows }
    begin(weights, scale: 0)
    for wave in wavesOfWindow() {
      self.wave = wave
      if isSmall {
        await forEachInParallel(wave.rowParts.count, workers: workers) { part in
          self.multiplyLogits(rows: wave.rowParts[part], columns: 0..<self.logits.columns)
          self.multiplyInputGradient(rows: wave.rowParts[part], columns: 0..<self.input.columns)
          self.multiplyWeightPart(part)
        }
      } else {
        await forEachInParallel(wave.logitsTiles.count, workers: workers) { self.computeLogits($0) }
        await forEachInParallel(wave.inputTiles.count + wave.weightTiles.count, workers: workers) { part in
          if part < wave.inputTiles.count {
            self.multiplyInputGradient(rows: wave.inputTiles[part].rows, columns: wave.inputTiles[part].columns)
          } else {
            self.multiplyWeightGradient(wave.weightTiles[part - wave.inputTiles.count])
          }
        }
      }
    }
    end()
  }

  private func begin(_ weights: Weights, scale: Float?, keepsNats: Bool = false) {
    self.weights = weights
    self.scale = scale
    self.keepsNats = keepsNats
    window = taken.withLock { $0 }
    precondition(window.rows > 0, "a window has been taken")
    if keepsNats { positionNats.withLock { if $0.isEmpty { $0 = Array(repeating: 0, count: steps * lanes) } } }
    if scale != nil {
      // Not in the tasks, which come at the same time.
      _ = inputGradient
      _ = biasParts
      _ = weightParts
      _ = gradients
    }
  }

  /// Releases the weights, which an update would otherwise copy, and this copy of `taken`, so that the next ``take(_:number:)`` writes in
  /// place.
  private func end() {
    weights = nil
    cooledBias = nil
    window = Window()
  }

  /// Divides what the logits are computed from, x and b, so that no pass over the logits is needed.
  private func divideLogits(by temperature: Float) {
    func divide(_ values: MatrixView, into result: Matrix) {
      let factor = Matrix(rows: 1, columns: values.columns)
      factor.fill(1 / temperature)
      Rows.multiply(values, by: factor.view, into: result)
    }
    let bias = Matrix(rows: 1, columns: logits.columns), rows = input.block(rows: 0..<window.rows)
    divide(matrix(.decoderBias), into: bias)
    divide(rows.view, into: rows)
    cooledBias = bias
  }

  /// [1, V]: what is added to the products of a row.
  private var bias: MatrixView { cooledBias?.view ?? matrix(.decoderBias) }

  private func matrix(_ parameter: Parameter) -> MatrixView {
    guard let weights else { preconditionFailure("a window is under way") }
    return weights.matrix(parameter)
  }

  // MARK: - Waves

  private func wavesOfWindow() -> some Sequence<Wave> {
    stride(from: 0, to: window.rows, by: waveSteps * lanes).lazy.map { [self] start in
      wave(start..<min(start + waveSteps * lanes, window.rows))
    }
  }

  /// A wave of rows. Its cut depends on their number alone, and most windows have the same.
  private func wave(_ rows: Range<Int>) -> Wave {
    if let known = waves[rows], !isSmall || known.windowRows == window.rows { return known }
    let v = logits.columns, d = input.columns
    // The parts of a small W have sums for the whole window: a short wave must not have more of them than a whole one.
    let cut = isSmall ? min(waveSteps * lanes, window.rows) : rows.count, size = (cut + Self.rowParts - 1) / Self.rowParts
    let wave = Wave(
      rows: rows, windowRows: window.rows, rowParts: stride(from: 0, to: rows.count, by: size).map { $0..<min($0 + size, rows.count) },
      logitsTiles: OutputTiles(rows: rows.count, columns: v, count: Self.logitsTiles).tiles,
      inputTiles: OutputTiles(rows: rows.count, columns: d, count: Self.inputTiles).tiles,
      weightTiles: OutputTiles(rows: v, columns: d, count: Self.weightTiles).tiles)
    waves[rows] = wave
    return wave
  }

  // MARK: - The products of a wave

  /// The rows of x of the wave.
  private var waveInput: MatrixView { input.view.block(rows: wave.rows) }
  /// The rows of dlogits of the wave.
  private var waveLogits: MatrixView { logits.view.block(rows: 0..<wave.rows.count) }

  private func multiplyLogits(rows: Range<Int>, columns: Range<Int>) {
    let weight = matrix(.decoderWeight).block(rows: columns)
    multiply(waveInput.block(rows: rows), weight.transposed, into: logits.block(rows: rows).columns(columns))
  }

  private func multiplyInputGradient(rows: Range<Int>, columns: Range<Int>) {
    let weight = matrix(.decoderWeight).columns(columns)
    multiply(waveLogits.block(rows: rows), weight, into: inputGradient.block(rows: rows).columns(columns))
  }

  private func multiplyWeightGradient(_ tile: OutputTiles.Tile) {
    multiply(
      waveLogits.columns(tile.rows).transposed, waveInput.columns(tile.columns),
      into: gradients.matrix(.decoderWeight).block(rows: tile.rows).columns(tile.columns), accumulating: !wave.isFirst)
  }

  private func multiplyWeightPart(_ part: Int) {
    let rows = wave.rowParts[part], v = logits.columns
    multiply(
      waveLogits.block(rows: rows).transposed, waveInput.block(rows: rows), into: weightParts.block(rows: part * v..<(part + 1) * v),
      accumulating: !wave.isFirst)
  }

  // MARK: - The parts of a wave

  private func computeLogits(_ part: Int) { multiplyLogits(rows: wave.logitsTiles[part].rows, columns: wave.logitsTiles[part].columns) }

  private func computeSoftmax(_ part: Int) {
    let rows = wave.rowParts[part], first = wave.rows.lowerBound
    let targets = window.targets[first + rows.lowerBound..<first + rows.upperBound]
    var gradient: (scale: Float, bias: Matrix)?
    if let scale {
      let sums = biasParts.block(rows: part..<part + 1)
      // A small W's parts are added at the end of the window, others after each wave.
      if wave.isFirst || !isSmall { sums.fill(0) }
      gradient = (scale, sums)
    }
    let keepsNats = keepsNats
    var nats = [Double](repeating: 0, count: keepsNats ? rows.count : 0)
    let loss = SoftmaxCrossEntropy.sum(logits: logits.block(rows: rows), bias: bias, targets: targets, gradient: gradient) { row, value in
      if keepsNats { nats[row] = value }
    }
    losses.withLock { $0[part] = loss }
    if keepsNats {
      positionNats.withLock { all in
        for (row, value) in nats.enumerated() { all[first + rows.lowerBound + row] = value }
      }
    }
  }

  private func computeGradients(_ part: Int) {
    // The tiles of dx are the larger ones, and begin.
    if part < wave.inputTiles.count {
      let tile = wave.inputTiles[part]
      multiplyInputGradient(rows: tile.rows, columns: tile.columns)
      return scatter(tile.rows, columns: tile.columns)
    }
    let tile = wave.weightTiles[part - wave.inputTiles.count]
    multiplyWeightGradient(tile)
    // The tiles at the left edge add up their part of db.
    if tile.columns.lowerBound == 0 { addBiasParts(wave.rowParts.count, rows: tile.rows, isFirst: wave.isFirst) }
  }

  /// All of a part of the rows, of a small W.
  private func computeRows(_ part: Int) {
    let rows = wave.rowParts[part], columns = 0..<input.columns
    multiplyLogits(rows: rows, columns: 0..<logits.columns)
    computeSoftmax(part)
    multiplyInputGradient(rows: rows, columns: columns)
    scatter(rows, columns: columns)
    multiplyWeightPart(part)
  }

  /// Adds the sums of dlogits of all parts to db.
  private func addBiasParts(_ parts: Int, rows: Range<Int>, isFirst: Bool) {
    let sum = gradients.matrix(.decoderBias).columns(rows)
    if isFirst { sum.fill(0) }
    for part in 0..<parts { Rows.add(biasParts.view.block(rows: part..<part + 1).columns(rows), times: 1, to: sum) }
  }

  /// The rows of a small dW, cut for ``addParts(_:rows:)``.
  private var bands: [Range<Int>] {
    let v = logits.columns, size = (v + 3) / 4
    return stride(from: 0, to: v, by: size).map { $0..<min($0 + size, v) }
  }

  /// Adds up rows of a small dW, and their db.
  private func addParts(_ parts: Int, rows: Range<Int>) {
    let v = logits.columns, sum = gradients.matrix(.decoderWeight).block(rows: rows)
    sum.copy(from: weightParts.view.block(rows: rows))
    for part in 1..<max(1, parts) {
      Rows.add(weightParts.view.block(rows: part * v + rows.lowerBound..<part * v + rows.upperBound), times: 1, to: sum)
    }
    addBiasParts(parts, rows: rows, isFirst: true)
  }
}
