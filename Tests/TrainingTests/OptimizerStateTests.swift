import Basics
import Corpora
import Foundation
import Kernels
import LanguageModel
import Models
import Testing
import Training

/// The optimizers, momentum, centring, bias correction and the average of the weights, against a twin in Double that updates all rows in
/// every step.
@Suite("What the optimizer keeps") struct OptimizerStateTests {
  static let configuration = ModelConfiguration(vocabularySize: 30, embeddingSize: 5, hiddenSize: 4, layerCount: 1)

  struct Case: Sendable, CustomTestStringConvertible {
    var momentum: Float = 0
    var isCentered = false
    var averageDecay: Float = 0
    /// The first update that the average has, less one.
    var averageStart = 0
    var isTied = false
    var kind = OptimizerConfiguration.Kind.rmsprop
    var correctsBias = false
    var beta1: Float = 0.9
    var testDescription: String {
      "\(kind)\(correctsBias ? ", corrected" : ""), beta1 \(beta1), momentum \(momentum)\(isCentered ? ", centered" : ""), "
        + "average \(averageDecay) from \(averageStart)\(isTied ? ", tied" : "")"
    }
  }
  static let cases = [
    Case(averageDecay: 0.9), Case(averageDecay: 0.9, averageStart: 5), Case(averageDecay: 1), Case(averageDecay: 1, averageStart: 7),
    Case(isCentered: true), Case(momentum: 0.9), Case(momentum: 0.9, isCentered: true, averageDecay: 0.8),
    Case(isCentered: true, averageDecay: 0.999), Case(momentum: 0.7, averageDecay: 0.9, isTied: true),
    Case(averageDecay: 0.9, isTied: true),
    Case(correctsBias: true), Case(isCentered: true, averageDecay: 0.9, correctsBias: true), Case(momentum: 0.5, correctsBias: true),
    Case(kind: .adam), Case(averageDecay: 0.9, averageStart: 5, kind: .adam, beta1: 0), Case(averageDecay: 1, isTied: true, kind: .adam),
    Case(averageDecay: 0.9, kind: .sgd), Case(momentum: 0.9, averageDecay: 0.9, kind: .sgd), Case(averageDecay: 0.9, kind: .adagrad),
    Case(isTied: true, kind: .adagrad),
  ]

  func optimizer(_ test: Case, step: Int) -> OptimizerConfiguration {
    var optimizer = OptimizerConfiguration()
    // The rate changes from step to step, as by a schedule.
    optimizer.learningRate = 0.01 / Float(1 + step % 3)
    // The corrected variance of a single gradient is nothing but rounding, beside which epsilon must be large.
    optimizer.epsilon = test.correctsBias && test.isCentered ? 0.1 : 1e-4
    optimizer.clipNorm = nil
    optimizer.kind = test.kind
    optimizer.correctsBias = test.correctsBias
    optimizer.beta1 = test.beta1
    optimizer.momentum = test.momentum
    optimizer.isCentered = test.isCentered
    optimizer.weightDecay = 0.05
    optimizer.averageDecay = step < test.averageStart ? 0 : test.averageDecay
    return optimizer
  }

  /// Which rows of the embedding a step touches.
  func touched(_ step: Int) -> [Int32] {
    (0..<29).filter { (token: Int) -> Bool in (token * 7 + step * 5) % 11 < 3 }.map { Int32($0) }
  }

  func values(_ layout: ParameterLayout, step: Int) -> [Float] {
    var generator = SeededGenerator(seed: UInt64(100 + step))
    var values = [Float](repeating: 0, count: layout.count)
    for entry in layout.entries { for index in entry.range { values[index] = 2 * generator.uniform() - 1 } }
    return values
  }

  /// The rates of an update in which no row is late.
  func rates(_ optimizer: OptimizerConfiguration, update: Int) -> Optimizer.Rates {
    let decay = optimizer.kind == .adam ? optimizer.beta2 : optimizer.rmsDecay
    var rates = Optimizer.Rates(learningRate: optimizer.learningRate, decay: decay, epsilon: optimizer.epsilon)
    rates.momentum = optimizer.momentum
    rates.weightKeep = 1 - optimizer.learningRate * optimizer.weightDecay
    func correction(_ decay: Float) -> Float { Float(1 / (1 - pow(Double(decay), Double(update)))) }
    if optimizer.kind == .adam || optimizer.correctsBias { rates.correction = correction(decay) }
    if optimizer.kind == .adam {
      rates.meanDecay = optimizer.beta1
      rates.meanCorrection = correction(optimizer.beta1)
    }
    return rates
  }

  func updated(
    _ element: ReferenceOptimizer.Element, _ kind: OptimizerConfiguration.Kind, gradient: Double, _ rates: Optimizer.Rates
  ) -> ReferenceOptimizer.Element {
    switch kind {
    case .rmsprop: ReferenceOptimizer.rmsProp(element, gradient: gradient, rates: rates)
    case .adam: ReferenceOptimizer.adam(element, gradient: gradient, rates: rates)
    case .sgd: ReferenceOptimizer.sgd(element, gradient: gradient, rates: rates)
    case .adagrad: ReferenceOptimizer.adagrad(element, gradient: gradient, rates: rates)
    }
  }

  @Test("lazily updated rows come to what updating all of them comes to", arguments: cases)
  func twin(test: Case) async {
    var configuration = Self.configuration
    configuration.isTied = test.isTied
    let start = Weights(configuration, seed: 1), layout = start.layout, steps = 14
    let shared = SharedWeights(start)
    var twin = (0..<layout.count).map { index in
      ReferenceOptimizer.Element(
        weight: Double(start.values[index]), mean: test.isCentered || test.kind == .adam ? 0 : nil,
        momentum: test.momentum > 0 ? 0 : nil)
    }
    var history: [[Double]] = []
    for step in 0..<steps {
      let optimizer = optimizer(test, step: step), touched = touched(step)
      var values = values(layout, step: step)
      let gradients = StepGradients(configuration, touching: touched, [{ [values] in values[$0] }])
      #expect(await shared.apply(gradients, optimizer, workers: 2).isApplied)
      for index in 0..<layout.count {
        var rates = rates(optimizer, update: step + 1)
        if !test.isTied, index < 150, !touched.contains(Int32(index / 5)) {
          values[index] = 0
          rates.weightKeep = 1
        }
        twin[index] = updated(twin[index], optimizer.kind, gradient: Double(values[index]), rates)
      }
      if step >= test.averageStart { history.append(twin.map(\.weight)) }
    }
    // Each step is at most 0.01 / √1e-4 (times 10 with momentum), rounded about twelve times in each of fourteen steps; weights are below
    // 4.
    let roundings = Double(12 * steps) * (test.momentum > 0 ? 10 : 1)
    let tolerance: Double = 0x1p-24 * roundings + 14 * 0x1p-22
    let state = await shared.optimizerState()
    for index in 0..<layout.count { #expect(abs(Double(state.weights.values[index]) - twin[index].weight) <= tolerance) }
    let result = await shared.resultWeights(averageDecay: test.averageDecay)
    #expect(result.values.isBitwiseEqual(to: state.resultWeights(averageDecay: test.averageDecay).values))
    guard test.averageDecay > 0 else { return #expect(result.values.isBitwiseEqual(to: state.weights.values)) }
    let decay = Double(test.averageDecay), last = history.count - 1
    var sum = [Double](repeating: 0, count: layout.count), shares = 0.0
    for (update, weights) in history.enumerated() {
      let share = pow(decay, Double(last - update))
      shares += share
      for index in weights.indices { sum[index] += share * weights[index] }
    }
    for index in 0..<layout.count {
      #expect(abs(Double(result.values[index]) - sum[index] / shares) <= tolerance + 0x1p-22 * Double(steps), "\(index)")
    }
  }

  @Test func `an average with patience begins after the validation that got no better`() async throws {
    var configuration = smallConfiguration(steps: 120)
    configuration.optimizer.averageDecay = 1
    configuration.averagePatience = 1
    configuration.optimizer.learningRate = 0.05
    let text = randomText(words: 300, vocabulary: 20, seed: 3)
    let trainer = try Trainer(corpus: corpus(text, validationFraction: 0.2), configuration: configuration)
    let log = EventLog(), averaged = Flags()
    try await trainer.train { event in
      await log.add(event)
      guard case .step = event else { return }
      let isSame = await trainer.model.weights.values.isBitwiseEqual(to: trainer.weights.snapshot().values)
      await averaged.add(!isSame)
    }
    let validations = await log.metrics.filter { $0.kind == .validation }
    let worse = try #require(validations.indices.dropFirst().first { validations[$0].lossNats >= validations[$0 - 1].lossNats })
    let begin = validations[worse].step, flags = await averaged.flags
    // The average of one is the weights themselves.
    #expect(begin < 110 && flags[..<(begin + 1)].allSatisfy { !$0 } && flags[(begin + 1)...].allSatisfy(\.self))
  }

  @Test("any number of workers gives the same bits, through a state that is restored", arguments: cases)
  func workers(test: Case) async {
    var configuration = Self.configuration
    configuration.isTied = test.isTied
    func run(workers: Int, restoring: Int?) async -> (OptimizerState, Weights) {
      var shared = SharedWeights(Weights(configuration, seed: 1))
      for step in 0..<14 {
        if step == restoring {
          let saved = await shared.optimizerState()
          shared = SharedWeights(Weights(configuration, seed: 2))
          await shared.restore(saved)
        }
        let values = values(ParameterLayout(configuration), step: step)
        let gradients = StepGradients(configuration, touching: touched(step), [{ values[$0] }])
        _ = await shared.apply(gradients, optimizer(test, step: step), workers: workers)
      }
      return (await shared.optimizerState(), await shared.resultWeights(averageDecay: test.averageDecay))
    }
    let (state, result) = await run(workers: 1, restoring: nil)
    for (workers, restoring) in [(2, nil), (3, 4), (1, 9), (2, 0)] as [(Int, Int?)] {
      let (other, otherResult) = await run(workers: workers, restoring: restoring)
      #expect(other.isSame(as: state) && otherResult.values.isBitwiseEqual(to: result.values))
    }
  }
}

private actor Flags {
  private(set) var flags: [Bool] = []
  func add(_ flag: Bool) { flags.append(flag) }
}
