import Corpora
import Files
import Foundation
import Kernels
import LanguageModel
import Models
import Synchronization
import SystemPackage
import Testing
import Training

/// What happens when the numbers go wrong.
@Suite("Numerical accidents") struct DivergenceTests {
  static let text = randomText(words: 700, vocabulary: 30, seed: 8)

  /// A run whose checkpoints are kept in memory.
  final class Shelf: Sendable {
    private let checkpoints = Mutex<[TrainingCheckpoint]>([])
    func put(_ checkpoint: TrainingCheckpoint) { checkpoints.withLock { $0.append(checkpoint) } }
    func newest(upTo step: Int) -> TrainingCheckpoint? {
      checkpoints.withLock { all in
        all.removeAll { $0.step > step }
        return all.last { $0.step <= step }
      }
    }
  }

  static func configuration(rate: Float = 0.002) -> TrainingConfiguration {
    var configuration = smallConfiguration(steps: 200)
    configuration.optimizer.learningRate = rate
    configuration.checkpointEvery = 10
    configuration.logEvery = 10
    return configuration
  }

  @Test func `a run that diverges goes back with half the rate, and gives up after a few times`() async throws {
    let trainer = try Trainer(corpus: corpus(Self.text), configuration: Self.configuration(rate: 1e4))
    let log = EventLog(), shelf = Shelf()
    let error = await #expect(throws: TrainingError.self) {
      try await trainer.train(rollingBackTo: { shelf.newest(upTo: $0) }) { event in
        await log.add(event)
        if case .checkpoint(let checkpoint) = event { shelf.put(checkpoint) }
      }
    }
    let back = await log.rollBacks
    #expect(back.map(\.rate) == [5_000, 2_500, 1_250])
    #expect(back.allSatisfy { $0.to < $0.from && $0.to % 10 == 0 })
    guard case .diverged(let step, 8, 3, 1_250, .rmsprop) = error else {
      Issue.record("\(message(of: error))")
      return
    }
    #expect(
      error?.description
        == "training diverged at step \(step): 8 minibatches in a row had a loss or gradient beyond all bounds, also after going back to a "
          + """
          checkpoint 3 times, with half the learning rate each time; lower "learning_rate", which is 1250.0 where 0.002 or 0.003 is \
          usual, or "clip_norm".
          """
    )
    #expect(await trainer.model.weights.values.isFinite(in: 0..<trainer.model.weights.values.count))
  }

  @Test(
    "a start that no minibatch can be learned from is said, and no learning rate is blamed",
    arguments: [
      ("\"init_range\", which is 900.0", { @Sendable in $0.initialRange = 900 }),
      ("\"activation_penalty\", which is 1e+38", { @Sendable in $0.regularization.activationPenalty = 1e38 }),
    ] as [(String, @Sendable (inout TrainingConfiguration) -> Void)])
  func start(setting: String, change: @Sendable (inout TrainingConfiguration) -> Void) async throws {
    for steps in [3, 40] {
      var configuration = smallConfiguration(steps: steps)
      change(&configuration)
      let trainer = try Trainer(corpus: corpus(Self.text), configuration: configuration)
      let error = await #expect(throws: TrainingError.self) { try await trainer.train(rollingBackTo: { _ in nil }) { _ in } }
      #expect(
        error?.description
          == "training diverged at step \(min(steps, 8)): \(min(steps, 8)) minibatches in a row, all since the start, had a loss or "
          + "gradient "
          + "beyond all bounds; choose a smaller \(setting).")
    }
  }

  @Test("weights that begin beyond a bound are refused", arguments: [1_001, 1e30] as [Float])
  func tooWide(range: Float) {
    var configuration = smallConfiguration(steps: 3)
    configuration.initialRange = range
    #expect(throws: SettingError.invalid(key: "init_range", found: "\(range)", expected: "above 0 and at most 1000")) {
      try configuration.validate()
    }
  }

  /// The command takes what is there after the last step for the result, signal or not.
  @Test("a run that is cancelled in its last step is checked like others", arguments: [false, true])
  func cancelled(isCancelled: Bool) async throws {
    var configuration = Self.configuration(rate: 1e20)
    configuration.steps = 3
    configuration.schedule.warmupSteps = 0
    configuration.optimizer.averageDecay = 0
    let trainer = try Trainer(corpus: corpus(Self.text), configuration: configuration)
    let run = Task {
      try await trainer.train { event in
        if isCancelled, case .skipped(3, _, _) = event { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
      }
    }
    let error = await #expect(throws: TrainingError.self) { try await run.value }
    #expect(run.isCancelled == isCancelled && error == .predictsNothing(step: 3, learningRate: 1e20))
  }

  /// The weights are poisoned once, as by a bit that flips in memory: no minibatch has a finite loss from then on.
  @Test("going back makes a poisoned run whole, and it ends", arguments: [false, true])
  func poisoned(hasRandomWindows: Bool) async throws {
    var configuration = Self.configuration()
    configuration.hasRandomWindows = hasRandomWindows
    let trainer = try Trainer(corpus: corpus(Self.text), configuration: configuration)
    let log = EventLog(), shelf = Shelf(), folder = try TemporaryFolder(), place = folder.path
    let summary = try await trainer.train(rollingBackTo: { shelf.newest(upTo: $0) }) { event in
      await log.add(event)
      if case .checkpoint(let checkpoint) = event { shelf.put(checkpoint) }
      guard case .step(let report) = event, report.step == 47, await log.rollBacks.isEmpty else { return }
      await trainer.poison()
      // Not even now can a NaN be saved.
      let poisoned = await trainer.checkpoint()
      let file = place.appending("poisoned.safetensors")
      #expect(throws: TrainingCheckpointError.self) { try poisoned.write(to: file.string) }
      #expect(throws: ModelDirectoryError.notFinite(tensor: "decoder.bias")) {
        try poisoned.model.save(to: place.appending("poisoned").string)
      }
      #expect(!fileExists(file) && !ModelDirectory.holdsModel(place.appending("poisoned")))
    }
    withExtendedLifetime(folder) {}
    #expect(await log.rollBacks.map { [$0.from, $0.to] } == [[55, 40]])
    // The same windows come again: a step has as many tokens before it as the first time.
    let again = await log.steps.filter { (41...47).contains($0.step) }
    #expect(again.count == 14 && again[..<7].map(\.tokens) == again[7...].map(\.tokens))
    #expect(again[..<7].map(\.epoch) == again[7...].map(\.epoch))
    #expect(summary.steps == 200 && summary.rollBacks == 1 && summary.skipped == 8 && !summary.isInterrupted)
    #expect(await trainer.model.weights.values.isFinite(in: 0..<trainer.model.weights.values.count))
    // The lines of metrics tell the rate that was used.
    let rates = await log.metrics.map(\.learningRate)
    #expect(rates.prefix(4).allSatisfy { $0 == 0.002 } && rates.suffix(15).allSatisfy { $0 == 0.001 })
  }

  @Test func `without a checkpoint it begins again, as from the beginning`() async throws {
    let trainer = try Trainer(corpus: corpus(Self.text), configuration: Self.configuration())
    let log = EventLog()
    try await trainer.train(rollingBackTo: { _ in nil }) { event in
      await log.add(event)
      if case .step(let report) = event, report.step == 5, await log.rollBacks.isEmpty { await trainer.poison() }
    }
    #expect(await log.rollBacks.map { [$0.from, $0.to] } == [[13, 0]])
    let half = try Trainer(corpus: corpus(Self.text), configuration: Self.configuration(rate: 0.001))
    try await half.train()
    #expect(await trainer.model.weights.values.isBitwiseEqual(to: half.model.weights.values))
  }

  /// The checkpoint to go back to is of the longer corpus, whose windows the shorter one lacks.
  @Test("a run that diverges after its corpus was shortened goes back to that epoch's beginning", arguments: [150, 300, 480])
  func shortened(words: Int) async throws {
    let long = try corpus(Self.text)
    var configuration = Self.configuration()
    configuration.steps = 37
    let log = EventLog(), shelf = Shelf()
    let trainer = try Trainer(corpus: long, configuration: configuration)
    try await trainer.train { event in if case .checkpoint(let checkpoint) = event { shelf.put(checkpoint) } }
    let stopped = await trainer.checkpoint()
    let saved = try #require(shelf.newest(upTo: 37))

    configuration.steps = 60
    var options = CorpusOptions(tokenization: .whitespace, validationFraction: 0)
    options.keep(long.tokenizer)
    let short = try Corpus(text: Self.text.split(separator: " ").prefix(words).joined(separator: " "), options: options)
    let windows = try MinibatchStream(short.training, lanes: 4, window: 5).windowsPerEpoch
    #expect(saved.step == 30 && windows < 30)
    let resumed = try await Trainer(TrainingPlan(corpus: short, configuration: configuration), resuming: stopped, allowsChangedCorpus: true)
    let summary = try await resumed.train(rollingBackTo: { _ in saved }) { event in
      await log.add(event)
      if case .step(let report) = event, report.step == 38, await log.rollBacks.isEmpty { await resumed.poison() }
    }
    #expect(await log.rollBacks.map { [$0.from, $0.to] } == [[46, 30]])
    #expect(summary.steps == 60 && summary.rollBacks == 1)
  }

  @Test func `a diverging run that is stopped and resumed goes the same way`() async throws {
    func run(stops: [Int]) async throws -> (TrainingCheckpoint, [[Int]]) {
      let shelf = Shelf(), log = EventLog()
      var saved: TrainingCheckpoint?
      for stop in stops + [.max] {
        let plan = try TrainingPlan(corpus: corpus(Self.text), configuration: Self.configuration(rate: 1e4), workers: 1)
        let trainer = if let saved { try await Trainer(plan, resuming: saved) } else { try Trainer(plan) }
        struct Stop: Error {}
        do {
          try await trainer.train(rollingBackTo: { shelf.newest(upTo: $0) }) { event in
            await log.add(event)
            if case .checkpoint(let checkpoint) = event { shelf.put(checkpoint) }
            if case .step(let report) = event, report.step == stop { throw Stop() }
            if case .skipped(let step, _, _) = event, step == stop { throw Stop() }
          }
        } catch is Stop {
        } catch is TrainingError {}
        saved = await trainer.checkpoint()
      }
      return (try #require(saved), await log.rollBacks.map { [$0.from, $0.to] })
    }
    let whole = try await run(stops: [])
    #expect(whole.1.count == 3)
    // While minibatches are being left out, before and after going back.
    let parts = try await run(stops: [2, whole.1[0][0] - 1, whole.1[1][0] - 3])
    #expect(parts.0.isSame(as: whole.0) && parts.1 == whole.1)
  }

  // MARK: - Spikes

  @Test func `a norm far outside its running distribution is left out, and counted`() async throws {
    // The first half is one cycle; then a minibatch with nothing of it.
    var configuration = smallConfiguration(steps: 400)
    configuration.optimizer.clipNorm = 0.01
    configuration.spikeDeviations = 6
    let cycle = String(repeating: (0..<10).map { "w\($0) " }.joined(), count: 60)
    let trainer = try Trainer(corpus: corpus(cycle), configuration: configuration)
    let log = EventLog()
    let summary = try await trainer.train { event in
      await log.add(event)
      if case .step(let report) = event, report.step == 300 { await trainer.disturb() }
    }
    let skipped = await log.skipped
    #expect(skipped.first == 301 && summary.skipped == skipped.count)
    // Before that the norms were usual.
    #expect(await log.steps.filter { $0.step <= 300 }.count == 300)

    configuration.spikeDeviations = 0
    let careless = try Trainer(corpus: corpus(cycle), configuration: configuration)
    let all = try await careless.train { event in
      if case .step(let report) = event, report.step == 300 { await careless.disturb() }
    }
    #expect(all.skipped == 0)
  }
}

extension Trainer {
  /// A bias of the decoder becomes NaN, and with it every loss.
  fileprivate func poison() async { await change(.decoderBias) { _ in .nan } }

  /// The model becomes sure of the wrong.
  fileprivate func disturb() async { await change(.decoderWeight) { -20 * $0 } }

  private func change(_ parameter: Parameter, _ new: (Float) -> Float) async {
    var state = await weights.optimizerState()
    for index in state.weights.layout[parameter].range { state.weights.values[index] = new(state.weights.values[index]) }
    await weights.restore(state)
  }
}
