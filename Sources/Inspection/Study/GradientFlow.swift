package import Corpora
internal import Foundation
internal import Kernels
package import LanguageModel
internal import Models
internal import Synchronization
internal import Training

/// How far back a gradient reaches: the norm of the gradient of one time step's loss with respect to the state k time steps before it,
/// for a plain cell, a GRU and an LSTM that are trained alike.
///
/// In a plain cell the gradient is multiplied at every step by Wh and the tanh's slope, and so vanishes or explodes exponentially
/// (Hochreiter, "Untersuchungen zu dynamischen neuronalen Netzen", 1991; Bengio, Simard and Frasconi, "Learning long-term dependencies with
/// gradient descent is difficult", 1994; Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013).
///
/// The state is h; of an LSTM h and c, as one vector. Means over windows are geometric, since norms differ by orders of magnitude.
package struct GradientFlow: Sendable {
  /// What the study depends on, besides the corpus.
  package struct Settings: Sendable, Hashable {
    /// H, of all three cells.
    package var hiddenSize = 128
    /// E
    package var embeddingSize = 32
    /// How many steps each cell is trained for.
    package var steps = 300
    /// T of the windows of training, and the longest way back.
    package var window = 100
    /// Lanes of a minibatch.
    package var batch = 32
    /// How many windows the norms are averaged over, at most.
    package var windows = 96
    package var seed: UInt64 = 1
    package var learningRate: Float = 0.005

    package init() {}
  }

  /// What was found for a cell.
  package struct Curve: Sendable, Hashable {
    package let cell: RecurrentCell
    /// Weights that were trained.
    package let parameterCount: Int
    /// The mean norm by k, from 0 to the window, of the weights that training begins and ends with.
    package let before: [Double], after: [Double]
    /// Mean loss of the last steps of training, in nats a token.
    package let trainingNats: Double
    /// Loss of the songs that are held out, in nats a token; nil if there are none.
    package let heldOutNats: Double?

    /// The least k at which less than this share is left of the norm at k = 0, after training; nil if more is left everywhere.
    package func reach(_ share: Double) -> Int? { after.firstIndex { $0 < share * after[0] } }
  }

  package let settings: Settings
  /// How many windows the norms are averaged over.
  package let windows: Int
  package let vocabularySize: Int
  /// What the corpus is cut into: character or token.
  package let unit: String
  /// One for each cell, the plain one first.
  package let curves: [Curve]

  /// The cells in the order of the tables.
  package static let cells: [RecurrentCell] = [.rnn, .gru, .lstm]

  /// Trains the cells and measures.
  ///
  /// - Parameters:
  ///   - workers: threads' worth of parallelism, never part of the result; nil: one for each core that the process may use.
  ///   - progress: is called with how many of all training steps are done.
  /// - Throws: `StudyError`, or what `Trainer` throws for settings that do not fit the corpus.
  package init(
    of corpus: Corpus, settings: Settings, workers: Int? = nil,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws {
    let measured = corpus.validation.flatMap { $0.count > settings.window ? $0 : nil } ?? corpus.training
    let needed = settings.window * settings.batch + 1
    guard corpus.training.count >= needed else { throw StudyError.tooShort(tokens: corpus.training.count, needed: needed) }
    let places = measured.count - settings.window, count = min(settings.windows, places)
    let texts = try (0..<count).map { number in
      let start = number * places / count
      return try measured.read(start..<start + settings.window + 1)
    }
    var curves: [Curve] = []
    for cell in Self.cells {
      let done = curves.count * settings.steps
      curves.append(
        try await Self.curve(cell, texts, corpus: corpus, settings: settings, workers: workers) {
          progress(done + $0, Self.cells.count * settings.steps)
        })
    }
    self.settings = settings
    self.curves = curves
    windows = count
    vocabularySize = corpus.tokenizer.vocabulary.count
    unit = corpus.tokenizer.tokenization == .char ? "character" : "token"
  }

  private static func curve(
    _ cell: RecurrentCell, _ texts: [[TokenID]], corpus: Corpus, settings: Settings, workers: Int?,
    progress: @escaping @Sendable (_ step: Int) -> Void
  ) async throws -> Curve {
    var configuration = TrainingConfiguration()
    configuration.cell = cell
    configuration.hiddenSizes = .all(settings.hiddenSize)
    configuration.embeddingSize = settings.embeddingSize
    configuration.batchSize = settings.batch
    configuration.windowLength = settings.window
    configuration.steps = settings.steps
    configuration.seed = settings.seed
    configuration.optimizer.learningRate = settings.learningRate
    let trainer = try Trainer(corpus: corpus, configuration: configuration, workers: workers)
    let workers = workers ?? Machine.usableCores
    let before = await norms(await trainer.model.weights, texts, workers: workers)
    let loss = Mutex(Double.nan)
    let summary = try await trainer.train { event in
      guard case .step(let report) = event else { return }
      loss.withLock { $0 = report.runningLossNats }
      progress(report.step)
    }
    try Task.checkCancellation()
    let weights = await trainer.model.weights
    guard weights.values[0..<weights.values.count].allSatisfy(\.isFinite) else { throw StudyError.notLearned(cell: cell.title) }
    return Curve(
      cell: cell, parameterCount: weights.configuration.parameterCount, before: before,
      after: await norms(weights, texts, workers: workers), trainingNats: loss.withLock { $0 }, heldOutNats: summary.validation?.lossNats)
  }

  // MARK: - Measuring

  /// Windows that are computed side by side: memory only, and the last digits of the result.
  private static let lanes = 16
  /// Smaller norms count as this one, the least normal number of 32 bits.
  package static let leastNorm = Double(Float.leastNormalMagnitude)

  /// Adds up what the observer of a network shows.
  private final class Sums {
    /// The logarithms of the norms by k.
    var logarithms: [Double]
    /// How many lanes have a window.
    var used = 0
    init(count: Int) { logarithms = Array(repeating: 0, count: count) }

    func add(_ state: StateGradients, at distance: Int) {
      for lane in 0..<used {
        var square = 0.0
        for matrix in [state.hidden, state.cell].compactMap(\.self) {
          for unit in 0..<matrix.columns { square += Double(matrix[lane, unit]) * Double(matrix[lane, unit]) }
        }
        logarithms[distance] += log(max(square.squareRoot(), GradientFlow.leastNorm))
      }
    }
  }

  /// The geometric mean over some windows, each read from zeros, of the norm of dL/d(state k steps before the end) for k = 0...T. L is the
  /// loss of the last time step alone.
  ///
  /// - Parameter texts: windows of T tokens, each with the token after it.
  package static func norms(_ weights: Weights, _ texts: [[TokenID]], workers: Int) async -> [Double] {
    let configuration = weights.configuration
    guard let window = texts.first.map({ $0.count - 1 }), window > 0 else { return [] }
    let network = Network(configuration, steps: window, lanes: lanes)
    let decoder = configuration.decoder.makeGroupDecoder(configuration, steps: window, lanes: lanes)
    let gradients = Gradients(ParameterLayout(configuration), mostTokens: window * lanes)
    let prepared = PreparedWeights(weights)
    let sums = Sums(count: window + 1)
    network.observer = NetworkObserver(backward: { sums.add($0, at: window - $0.time) })
    for first in stride(from: 0, to: texts.count, by: lanes) {
      let group = texts[first..<min(first + lanes, texts.count)]
      sums.used = group.count
      var inputs = [TokenID](repeating: 0, count: window * lanes)
      var targets = [TokenID](repeating: ShardWindows.noTarget, count: window * lanes)
      for (lane, text) in group.enumerated() {
        for time in 0..<window { inputs[time * lanes + lane] = text[time] }
        targets[(window - 1) * lanes + lane] = text[window]
      }
      network.startNextWindow(from: .initial)
      decoder.take(network.forward(inputs: inputs, targets: targets, weights: prepared), number: 0)
      _ = await decoder.lossAndGradients(weights: weights, scale: 1, workers: workers)
      network.backward(inputs: inputs, weights: prepared, scale: 0, gradients: gradients)
    }
    return sums.logarithms.map { exp($0 / Double(texts.count)) }
  }
}
