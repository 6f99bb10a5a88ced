internal import Basics
package import Corpora
internal import Foundation
internal import Kernels
package import LanguageModel
internal import Models
internal import Training

/// Memory itself: one of N symbols is named, k other tokens follow, and at a query the model must say which symbol it was.
///
/// ```
/// . . . C . . . . . ?        the answer is C; k = 5
/// ```
/// A plain cell, a GRU and an LSTM are trained alike on sequences with random k, and then asked in new ones, with k up to four times as
/// long. All sequences end with the query and are as long as the longest k of training needs: other tokens come before the symbol too. It
/// is the task of the lesson's "I am French ... I speak fluent ...", without a language in which the answer could be guessed. Long time
/// lags as a measure of memory: Hochreiter and Schmidhuber, "Long short-term memory", 1997, section 5.
package struct RecallStudy: Sendable {
  /// What the study depends on.
  package struct Settings: Sendable, Hashable {
    /// N
    package var symbols = 10
    /// How many other tokens there are to choose from.
    package var fillers = 10
    /// The longest k of training.
    package var longest = 50
    /// The longest k that is measured.
    package var farthest: Int { 4 * longest }
    /// H, of all three cells.
    package var hiddenSize = 64
    /// E
    package var embeddingSize = 32
    /// How many steps each cell is trained for.
    package var steps = 3_000
    /// Sequences of a step.
    package var batch = 32
    /// Sequences that each k is measured on.
    package var sequences = 512
    package var seed: UInt64 = 1
    package var learningRate: Float = 0.005

    package init() {}
  }

  /// What was found for a cell.
  package struct Curve: Sendable, Hashable {
    package let cell: RecurrentCell
    /// Weights that were trained.
    package let parameterCount: Int
    /// The share of right answers, by the numbers of ``RecallStudy/distances``.
    package let accuracies: [Double]
    /// Mean loss of the last tenth of training, in nats an answer.
    package let trainingNats: Double
  }

  package let settings: Settings
  /// The k that were measured.
  package let distances: [Int]
  /// One for each cell, the plain one first.
  package let curves: [Curve]
  /// The accuracy of guessing.
  package var chance: Double { 1 / Double(settings.symbols) }

  /// Trains the cells and measures.
  ///
  /// - Parameters:
  ///   - workers: threads' worth of parallelism, never part of the result; nil: one for each core that the process may use.
  ///   - progress: is called with how many of all training steps are done.
  /// - Throws: `StudyError.notLearned`; `ModelError` for sizes that no model has; `CancellationError`.
  package init(
    settings: Settings, workers: Int? = nil, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws {
    let workers = workers ?? Machine.usableCores, distances = Distances.measured(upTo: settings.farthest)
    var curves: [Curve] = []
    for cell in GradientFlow.cells {
      let done = curves.count * settings.steps
      let (weights, nats) = try await Self.train(cell, settings, workers: workers) {
        progress(done + $0, GradientFlow.cells.count * settings.steps)
      }
      let prepared = PreparedWeights(weights, forTraining: false)
      let accuracies = await mapInParallel(distances.count, workers: workers) { number in
        Self.accuracy(prepared, at: distances[number], settings)
      }
      curves.append(
        Curve(cell: cell, parameterCount: weights.configuration.parameterCount, accuracies: accuracies, trainingNats: nats))
    }
    self.settings = settings
    self.distances = distances
    self.curves = curves
  }

  // MARK: - Sequences

  /// Sequences side by side, by time and then by lane, with the symbol that each asks for.
  package struct Sequences: Sendable {
    package var inputs: [TokenID]
    package var answers: [TokenID]
  }

  /// The tokens of a sequence.
  private static func length(_ settings: Settings, distance: Int? = nil) -> Int { max(settings.longest, distance ?? 0) + 2 }
  /// The token of the query; the symbols come first, and then the others.
  private static func query(_ settings: Settings) -> TokenID { TokenID(settings.symbols + settings.fillers) }

  /// Makes sequences that depend on the settings, the seed and a stream's number alone.
  ///
  /// - Parameter distance: k of all of them; nil: a random one for each, from 0 to a random limit.
  package static func sequences(_ count: Int, at distance: Int?, stream: UInt64, _ settings: Settings) -> Sequences {
    var generator = SeededGenerator(seed: settings.seed, stream: stream)
    let length = length(settings, distance: distance)
    // The remainder favours small numbers by less than one in 2^53, and is the same with every version of Swift.
    func draw(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }
    var inputs = [TokenID](repeating: 0, count: length * count)
    var answers: [TokenID] = []
    for lane in 0..<count {
      let answer = TokenID(draw(settings.symbols))
      // Short ways come more often than long ones: what is learned on them is a beginning for the others.
      let k = distance ?? draw(draw(settings.longest + 1) + 1)
      for time in 0..<length {
        let filler = TokenID(settings.symbols + draw(settings.fillers))
        inputs[time * count + lane] = time == length - 1 ? query(settings) : time == length - 2 - k ? answer : filler
      }
      answers.append(answer)
    }
    return Sequences(inputs: inputs, answers: answers)
  }

  // MARK: - Training

  /// Streams of random numbers: those of the training steps begin with this one, and those of the measurements follow after them.
  private static let firstStream: UInt64 = 1 << 32

  private static func train(
    _ cell: RecurrentCell, _ settings: Settings, workers: Int, progress: (_ step: Int) -> Void
  ) async throws -> (weights: Weights, nats: Double) {
    let configuration = ModelConfiguration(
      vocabularySize: settings.symbols + settings.fillers + 1, embeddingSize: settings.embeddingSize, hiddenSizes: [settings.hiddenSize],
      cell: cell)
    try configuration.validate()
    // As many shards as training would have: they fix the order of additions.
    var training = TrainingConfiguration()
    training.batchSize = settings.batch
    let length = length(settings), shards = training.resolvedShards, lanes = settings.batch / shards
    var optimizer = training.optimizer
    optimizer.learningRate = settings.learningRate
    let shared = SharedWeights(Weights(configuration, seed: settings.seed))
    let pool = ReplicaPool(configuration, steps: length, lanes: settings.batch, shards: shards, workers: workers)
    let counted = max(1, settings.steps / 10)
    var sum = 0.0
    for step in 0..<settings.steps {
      try Task.checkCancellation()
      let all = sequences(settings.batch, at: nil, stream: firstStream + UInt64(step), settings)
      let windows = (0..<shards).map { shard in
        let own = shard * lanes..<(shard + 1) * lanes
        var targets = [TokenID](repeating: ShardWindows.noTarget, count: (length - 1) * lanes)
        targets += all.answers[own]
        let inputs = (0..<length).flatMap { time in own.map { all.inputs[time * settings.batch + $0] } }
        return ShardWindows(inputs: inputs, targets: targets, lanes: lanes, steps: length)
      }
      let minibatch = Minibatch(shards: windows, epoch: 0, window: step, resetsState: true)
      let found = await pool.train(on: minibatch, weights: await shared.prepared(), from: .initial)
      let update = await shared.apply(found.gradients, optimizer, workers: workers)
      guard found.loss.isFinite, update.isApplied else { throw StudyError.notLearned(cell: cell.title) }
      if step >= settings.steps - counted { sum += found.loss }
      progress(step + 1)
    }
    return (await shared.snapshot(), sum / Double(counted))
  }

  // MARK: - Measuring

  /// The share of new sequences in which the right symbol has the highest probability of all symbols.
  private static func accuracy(_ prepared: PreparedWeights, at distance: Int, _ settings: Settings) -> Double {
    let weights = prepared.weights, length = length(settings, distance: distance), lanes = 64
    let network = Network(weights.configuration, steps: length, lanes: lanes)
    let decoder = weights.matrix(.decoderWeight).block(rows: 0..<settings.symbols), bias = weights.matrix(.decoderBias)
    var right = 0, asked = 0
    while asked < settings.sequences {
      let used = min(lanes, settings.sequences - asked)
      let stream = firstStream << 1 + UInt64(distance) << 16 + UInt64(asked)
      let all = sequences(lanes, at: distance, stream: stream, settings)
      network.startNextWindow(from: .initial)
      let output = network.forward(
        inputs: all.inputs, targets: all.inputs.map { _ in ShardWindows.noTarget }, weights: prepared, isTraining: false
      ).output
      for lane in 0..<used {
        let scores = decoder.times(output.numbers(row: (length - 1) * lanes + lane))
        let best = scores.indices.max { scores[$0] + Double(bias[0, $0]) < scores[$1] + Double(bias[0, $1]) }
        if best == Int(all.answers[lane]) { right += 1 }
      }
      asked += used
    }
    return Double(right) / Double(settings.sequences)
  }
}

/// The k of tables and plots.
package enum Distances {
  /// Those that a table shows, in 1, 2, 5 steps: 0 and the longest among them.
  package static func table(upTo longest: Int) -> [Int] {
    var found = [0]
    var ten = 1
    while ten <= longest {
      found += [1, 2, 5].map { $0 * ten }.filter { $0 < longest }
      ten *= 10
    }
    if longest > 0 { found.append(longest) }
    return found
  }

  /// Those that are measured one by one: the table's, and about twenty evenly spread ones.
  static func measured(upTo longest: Int) -> [Int] {
    let step = max(1, (longest + 19) / 20)
    return Set(table(upTo: longest) + Array(stride(from: 0, through: longest, by: step))).sorted()
  }
}
