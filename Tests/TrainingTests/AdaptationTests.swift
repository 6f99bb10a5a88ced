import Basics
import Corpora
import Files
import Kernels
import LanguageModel
import Models
import Testing
import Training

@Suite("Dynamic evaluation") struct AdaptationTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var hidden = [3]
    var isTied = false
    var cell = RecurrentCell.lstm
    var learnsState = false
    var controls = 0
    var decay: Float = 0.1
    /// Whether mean squares are given, and then which.
    var squares = Squares.none
    enum Squares: Sendable { case none, various, equal }

    var testDescription: String {
      "layers of \(hidden)\(isTied ? ", tied" : ""), \(cell)\(learnsState ? ", learned state" : ""), \(controls) control tokens, "
        + "decay \(decay), squares \(squares)"
    }

    var configuration: ModelConfiguration {
      var configuration = ModelConfiguration(
        vocabularySize: 11, embeddingSize: 5, hiddenSizes: hidden, isTied: isTied, cell: cell)
      configuration.isInitialStateLearned = learnsState
      configuration.controlCount = controls
      return configuration
    }

    var rates: AdaptationRates {
      var rates = AdaptationRates()
      rates.learningRate = 0.01
      rates.decay = decay
      rates.epsilon = 0.5
      rates.segment = 5
      return rates
    }

    /// Mean squares; some are 0, as those of weights without gradients.
    func squares(_ layout: ParameterLayout) -> FloatBuffer? {
      var generator = SeededGenerator(seed: 8)
      switch squares {
      case .none: return nil
      case .various:
        return FloatBuffer(
          (0..<layout.count).map { index in
            let value = generator.uniform()
            return index % 5 == 0 ? 0 : 1e-4 * value * value
          })
      case .equal: return FloatBuffer(Array(repeating: 0.25, count: layout.count))
      }
    }

    /// A lane of some segments, the last of them shorter. With control tokens there is nothing to predict before them.
    var window: ShardWindows {
      let steps = 18
      func isControl(_ step: Int) -> Bool { controls > 0 && (step % 4 == 2 || (9...15).contains(step)) }
      return ShardWindows(
        inputs: (0..<steps).map { isControl($0) ? Int32(11 + $0 % controls) : Int32(($0 * $0 + 3) % 7) },
        targets: (0..<steps).map { isControl($0 + 1) ? ShardWindows.noTarget : Int32(($0 * 5 + 2) % 11) }, lanes: 1, steps: steps)
    }
  }

  static let cases = [
    Case(), Case(squares: .various), Case(hidden: [3, 4], squares: .various), Case(hidden: [3, 4], isTied: true),
    Case(hidden: [5], isTied: true, squares: .various), Case(hidden: [3, 4], cell: .gru), Case(cell: .gru, squares: .various),
    Case(cell: .rnn), Case(hidden: [3, 4], learnsState: true), Case(hidden: [3], controls: 3, squares: .various),
    Case(hidden: [3], isTied: true, controls: 3), Case(decay: 0, squares: .equal),
    // All is forgotten at each step.
    Case(decay: 1, squares: .equal), Case(decay: 50),
  ]

  @Test("losses and weights agree with plain loops over several segments", arguments: cases)
  func plain(test: Case) async {
    let weights = Weights(test.configuration, seed: 5), squares = test.squares(weights.layout), window = test.window
    let adaptation = Adaptation(weights, rates: test.rates, squares: squares, workers: 2)
    let nats = await adaptation.scores(from: .initial, keepsInputs: false) { _ in window }.nats
    var plain = PlainAdaptation(weights, test.rates, squares: squares.map { $0[0..<$0.count].map(Double.init) })
    var expected: [Double] = []
    // The gradients' tolerance, as of back-propagation through time: one rounding for each product from the loss to a weight.
    let roundings = 5 * test.hidden.count * (4 * 5 + 12) + 11 + 5, relative = 0x1p-24 * Double(roundings)
    // A step's error is at most that of g / s over epsilon, twice, since r comes from gradients too.
    var tolerance = 0.0
    for first in stride(from: 0, to: window.steps, by: 5) {
      let range = first..<min(first + 5, window.steps)
      let found = plain.read(inputs: Array(window.inputs[range]), targets: Array(window.targets[range]))
      let gradient = plain.gradients.last ?? []
      // What the weights' errors so far change in the losses, and what rounding does.
      let change = tolerance * Double(range.count) * gradient.reduce(0) { $0 + abs($1) }
      for (index, value) in zip(range, found) { #expect(abs(nats[index] - value) <= change + 4 * relative, "\(index)") }
      expected += found
      let largest = gradient.map(abs).max() ?? 0
      tolerance += 4 * relative * largest / plain.scale * Double(test.rates.learningRate / test.rates.epsilon) + 0x1p-22
    }
    #expect(nats.count == expected.count)
    let adapted = await adaptation.weights
    var moved = 0.0
    for index in plain.model.parameters.indices {
      let found = Double(adapted.values[index])
      #expect(abs(found - plain.model.parameters[index]) <= tolerance, "\(index)")
      moved = max(moved, abs(found - Double(weights.values[index])))
    }
    #expect(moved > 20 * tolerance)
  }

  // MARK: - What the result depends on

  /// A model of several chunks of weights, and some of its tokens.
  static let large = Weights(ModelConfiguration(vocabularySize: 300, embeddingSize: 70, hiddenSize: 130, layerCount: 2), seed: 3)
  static let tiedLarge = Weights(
    ModelConfiguration(vocabularySize: 300, embeddingSize: 70, hiddenSizes: [130, 130], isTied: true, cell: .lstm), seed: 3)

  static func window(_ range: Range<Int>, seed: UInt64 = 4) -> ShardWindows {
    var generator = SeededGenerator(seed: seed)
    let tokens = (0...range.upperBound).map { _ in TokenID.random(in: 0..<300, using: &generator) }
    return ShardWindows(
      inputs: Array(tokens[range]), targets: Array(tokens[range.lowerBound + 1...range.upperBound]), lanes: 1, steps: range.count)
  }

  static var rates: AdaptationRates {
    var rates = AdaptationRates()
    rates.learningRate = 0.003
    rates.segment = 10
    return rates
  }

  @Test("workers change no bit", arguments: [large, tiedLarge])
  func workers(weights: Weights) async {
    func read(_ workers: Int) async -> (nats: [Double], weights: Weights) {
      let adaptation = Adaptation(weights, rates: Self.rates, workers: workers)
      let nats = await adaptation.scores(from: .initial, keepsInputs: false) { _ in Self.window(0..<45) }.nats
      return (nats, await adaptation.weights)
    }
    let expected = await read(1)
    #expect(!expected.weights.values.isBitwiseEqual(to: weights.values))
    for workers in [2, 5] {
      let found = await read(workers)
      #expect(found.nats == expected.nats && found.weights.values.isBitwiseEqual(to: expected.weights.values))
    }
  }

  @Test func `a segment's loss is counted before the step on it, and equals that of plain evaluation`() async {
    let adaptation = Adaptation(Self.large, rates: Self.rates, workers: 2)
    let pool = EvaluationPool(PreparedWeights(Self.large, forTraining: false), steps: 10, lanes: 1, shards: 1, workers: 1)
    let found = await adaptation.scores(from: .initial, keepsInputs: true) { _ in Self.window(0..<20) }
    let first = await pool.nats(from: .initial) { _ in Self.window(0..<10) }
    let second = await pool.nats(from: .afterLastWindow) { _ in Self.window(10..<20) }
    #expect(Array(found.nats[..<10]) == first)
    #expect(zip(found.nats[10...], second).allSatisfy { $0 != $1 })
    #expect(found.inputs.count == 20 * 130 && found.inputs.contains { $0 != 0 })
  }

  @Test func `a window of several segments is the same as a window for each`() async {
    let whole = Adaptation(Self.large, rates: Self.rates, workers: 1), cut = Adaptation(Self.large, rates: Self.rates, workers: 1)
    let expected = await whole.scores(from: .initial, keepsInputs: true) { _ in Self.window(0..<34) }
    var nats: [Double] = [], inputs: [Float] = []
    for first in stride(from: 0, to: 34, by: 10) {
      let found = await cut.scores(from: first == 0 ? .initial : .afterLastWindow, keepsInputs: true) { _ in
        Self.window(first..<min(first + 10, 34))
      }
      nats += found.nats
      inputs += found.inputs
    }
    #expect(nats == expected.nats && inputs == expected.inputs)
    #expect(await whole.weights.values.isBitwiseEqual(to: cut.weights.values))
  }

  @Test("each passage is read by itself, unless what came before is to be kept", arguments: [true, false], [true, false])
  func passages(restarts: Bool, isGiven: Bool) async {
    let squares = isGiven ? Case(squares: .various).squares(Self.large.layout) : nil
    let adaptation = Adaptation(Self.large, rates: Self.rates, squares: squares, restarts: restarts, workers: 2)
    let first = await adaptation.scores(from: .initial, keepsInputs: false) { _ in Self.window(0..<34) }.nats
    let middle = await adaptation.weights
    _ = await adaptation.scores(from: .initial, keepsInputs: false) { _ in Self.window(0..<25, seed: 9) }
    let second = await adaptation.scores(from: .initial, keepsInputs: false) { _ in Self.window(0..<34) }.nats
    let weights = await adaptation.weights
    #expect((first == second) == restarts)
    #expect(weights.values.isBitwiseEqual(to: middle.values) == restarts)
    if !restarts { #expect(second.reduce(0, +) < first.reduce(0, +)) }
  }

  @Test func `the scale of squares that are given does not matter`() async throws {
    var squares = try #require(Case(squares: .various).squares(Self.large.layout))
    func read() async -> Weights {
      let adaptation = Adaptation(Self.large, rates: Self.rates, squares: squares, workers: 2)
      _ = await adaptation.scores(from: .initial, keepsInputs: false) { _ in Self.window(0..<34) }
      return await adaptation.weights
    }
    let expected = await read()
    // A power of 4, whose root is exact too.
    for index in 0..<squares.count { squares[index] *= 1_024 }
    #expect(await read().values.isBitwiseEqual(to: expected.values))
    squares = FloatBuffer(count: squares.count)
    let plain = Adaptation(Self.large, rates: Self.rates, workers: 2)
    _ = await plain.scores(from: .initial, keepsInputs: false) { _ in Self.window(0..<34) }
    // Squares that are all zeros say nothing.
    #expect(await read().values.isBitwiseEqual(to: plain.weights.values))
  }

  @Test func `a segment whose loss is not finite, or that predicts nothing, changes no weight`() async {
    var broken = Self.large
    broken.values[7 * 70] = .nan
    let adaptation = Adaptation(broken, rates: Self.rates, workers: 2)
    func read(_ inputs: [TokenID], _ target: TokenID, from start: StartingState) async -> [Double] {
      await adaptation.scores(from: start, keepsInputs: false) { _ in
        ShardWindows(inputs: inputs, targets: inputs.map { _ in target }, lanes: 1, steps: inputs.count)
      }.nats
    }
    let text: [TokenID] = [1, 2, 3, 4, 5, 6]
    let nats = await read(text, 9, from: .initial), adapted = await adaptation.weights
    #expect(!adapted.values.isBitwiseEqual(to: broken.values))
    #expect(await read(text, ShardWindows.noTarget, from: .afterLastWindow) == text.map { _ in 0 })
    #expect(await adaptation.weights.values.isBitwiseEqual(to: adapted.values))
    #expect(await read([7, 1, 2], 9, from: .afterLastWindow).contains { !$0.isFinite })
    #expect(await adaptation.weights.values.isBitwiseEqual(to: adapted.values))
    #expect(await read(text, 9, from: .initial) == nats)
  }

  // MARK: - Models

  @Test func `a model that has read a text predicts it better, and better still after a second pass`() async throws {
    let model = try Model.small(seed: 6)
    let tokens = (0..<300).map { TokenID($0 * $0 % 7 % model.tokenizer.vocabulary.count) }
    var rates = AdaptationRates()
    rates.learningRate = 0.02
    rates.segment = 8
    func loss(_ model: Model) async throws -> Double { try await Evaluator().evaluate(tokens, weights: model.weights).lossNats }
    let once = try await model.adapted(to: tokens, rates: rates, workers: 1)
    let twice = try await model.adapted(to: tokens, rates: rates, passes: 2, workers: 2)
    let before = try await loss(model), after = try await loss(once), last = try await loss(twice)
    #expect(after < before - 0.1 && last < after)
    #expect(try await model.adapted(to: tokens, rates: rates, workers: 3).isSame(as: once))
    await #expect(throws: CorpusError.tooSmall(tokens: 1, needed: 2, lanes: 1, window: 1)) {
      _ = try await model.adapted(to: [1], rates: rates)
    }
    rates.epsilon = 0
    await #expect(throws: SettingError.invalid(key: "adapt_epsilon", found: "0.0", expected: "from 0.000001 to 1,000,000")) {
      _ = try await model.adapted(to: tokens, rates: rates)
    }
    let cancelled = Task { try await model.adapted(to: tokens, passes: 1_000_000) }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { _ = try await cancelled.value }
  }

  @Test func `statistics come from the newest checkpoint of a model of the same sizes`() async throws {
    let folder = try TemporaryFolder(), checkpoint = try await TrainingCheckpoint.small(seed: 2, steps: 6)
    let configuration = checkpoint.optimizer.weights.configuration
    #expect(GradientStatistics.squares(of: folder.path, for: configuration) == nil)
    try CheckpointFolder(in: folder.path).write(checkpoint, run: nil)
    let squares = try #require(GradientStatistics.squares(of: folder.path, for: configuration))
    var other = configuration
    other.embeddingSize += 1
    #expect(GradientStatistics.squares(of: folder.path, for: other) == nil)
    let optimizer = checkpoint.optimizer, columns = configuration.embeddingSize
    var late = 0
    for index in 0..<squares.count {
      var expected = optimizer.squares[index]
      if index < configuration.inputCount * columns {
        for _ in 0..<optimizer.updates - optimizer.lastUpdate[index / columns] { expected *= 0.9 }
        late += optimizer.updates == optimizer.lastUpdate[index / columns] ? 0 : 1
      }
      #expect(abs(squares[index] - expected) <= expected * 0x1p-20)
    }
    #expect(late > 0)
  }
}
