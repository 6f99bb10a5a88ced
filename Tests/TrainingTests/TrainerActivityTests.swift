import Corpora
import LanguageModel
import Models
import Synchronization
import Testing
import Training

/// A trainer that is asked things while it trains.
@Suite("A trainer at work") struct TrainerActivityTests {
  final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
  }

  static let text = randomText(words: 900, vocabulary: 30, seed: 21)

  static func trainer(steps: Int = 120, validationFraction: Double = 0.2, averageDecay: Float = 0.9) throws -> Trainer {
    var configuration = smallConfiguration(steps: steps)
    configuration.optimizer.averageDecay = averageDecay
    return try Trainer(corpus: corpus(text, validationFraction: validationFraction), configuration: configuration)
  }

  @Test func `a second run while one is under way is an error, and changes nothing`() async throws {
    let trainer = try Self.trainer(), alone = try Self.trainer()
    try await alone.train()
    let refused = Mutex(0)
    try await trainer.train { event in
      guard case .step = event else { return }
      await #expect(throws: TrainingError.alreadyTraining) { try await trainer.train() }
      refused.withLock { $0 += 1 }
    }
    #expect(refused.withLock { $0 } == 120)
    #expect(await trainer.checkpoint().isSame(as: alone.checkpoint()))
    // Afterwards there is nothing left to do.
    #expect(try await trainer.train().steps == 120)
  }

  @Test("many runs at the same time are one run", arguments: [2, 8])
  func concurrent(count: Int) async throws {
    let trainer = try Self.trainer(), alone = try Self.trainer()
    try await alone.train()
    let results = await withTaskGroup(of: Result<TrainingSummary, any Error>.self) { group in
      for _ in 0..<count {
        group.addTask {
          do { return .success(try await trainer.train()) } catch { return .failure(error) }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    for case .failure(let error) in results { #expect(error as? TrainingError == .alreadyTraining) }
    #expect(results.contains { if case .success = $0 { true } else { false } })
    #expect(await trainer.checkpoint().isSame(as: alone.checkpoint()))
  }

  /// Each checkpoint must be a whole one: a run that resumes from it ends like one that was never stopped.
  @Test func `what is read from outside during a run is of one moment, and the run stays the same`() async throws {
    let plan = try TrainingPlan(corpus: corpus(Self.text, validationFraction: 0.2), configuration: Self.trainer().configuration)
    let alone = try Trainer(plan), trainer = try Trainer(plan)
    try await alone.train()
    let expected = await alone.checkpoint()
    let done = Flag()
    let reading = Task {
      var seen: [TrainingCheckpoint] = []
      while !done.isSet { seen.append(await trainer.checkpoint()) }
      return seen
    }
    let asking = Task {
      while !done.isSet {
        _ = await trainer.model
        _ = try await trainer.currentValidation()
      }
    }
    try await trainer.train()
    done.set()
    let checkpoints = await reading.value
    try await asking.value
    #expect(await trainer.checkpoint().isSame(as: expected))
    let steps = Set(checkpoints.map(\.step)).sorted()
    #expect(!steps.isEmpty)
    for step in steps.filter({ $0 > 0 && $0 < 120 }).prefix(5) {
      let checkpoint = try #require(checkpoints.first { $0.step == step })
      let resumed = try await Trainer(plan, resuming: checkpoint)
      try await resumed.train()
      #expect(await resumed.checkpoint().isSame(as: expected), "from step \(step)")
    }
  }

  @Test func `after a failure the same error is thrown again, and no step is taken`() async throws {
    var configuration = smallConfiguration(steps: 200)
    configuration.optimizer.learningRate = 1e20
    let trainer = try Trainer(corpus: corpus(Self.text), configuration: configuration)
    let first = await #expect(throws: TrainingError.self) { try await trainer.train() }
    let step = await trainer.step
    let second = await #expect(throws: TrainingError.self) { try await trainer.train() }
    #expect(first == second && first != nil && first != .alreadyTraining)
    #expect(await trainer.step == step)
  }

  @Test func `a handler that throws ends the run, which can be continued`() async throws {
    struct Enough: Error {}
    let trainer = try Self.trainer(), alone = try Self.trainer()
    try await alone.train()
    for stop in [1, 50, 51] {
      await #expect(throws: Enough.self) {
        try await trainer.train { event in if case .step(let report) = event, report.step == stop { throw Enough() } }
      }
      #expect(await trainer.step == stop)
    }
    try await trainer.train()
    #expect(await trainer.checkpoint().isSame(as: alone.checkpoint()))
  }
}
