import Corpora
import Kernels
import LanguageModel
import Models
import Testing
import Training

@Suite("The learning rate's schedule") struct LearningRateScheduleTests {
  func factors(_ schedule: LearningRateSchedule, epochs: Range<Int>, plateaus: Int = 0) -> [Float] {
    epochs.map { schedule.factor(step: 10 * $0, epoch: $0, totalSteps: 100, plateaus: plateaus) }
  }

  func schedule(_ kind: LearningRateSchedule.Kind, _ change: (inout LearningRateSchedule) -> Void = { _ in }) -> LearningRateSchedule {
    var schedule = LearningRateSchedule()
    schedule.kind = kind
    change(&schedule)
    return schedule
  }

  @Test func `each shape is what it says`() {
    #expect(factors(schedule(.constant), epochs: 0..<4) == [1, 1, 1, 1])
    #expect(factors(schedule(.step), epochs: 0..<4) == [1, 0.5, 0.25, 0.125])
    let slow = schedule(.step) { ($0.decay, $0.decayAfter, $0.decayEvery) = (0.25, 1, 2) }
    #expect(factors(slow, epochs: 0..<6) == [1, 1, 1, 0.25, 0.25, 0.0625])
    // char-rnn's: from the end of the tenth epoch on.
    let late = factors(schedule(.exponential), epochs: 8..<13)
    #expect(late[0] == 1 && late[1] == 1 && late[2] == 0.97 && abs(late[4] - 0.97 * 0.97 * 0.97) < 1e-6)
    #expect(schedule(.plateau).factor(step: 5, epoch: 1, totalSteps: 10, plateaus: 3) == 0.125)
  }

  @Test func `a cosine falls from one to zero after the warm-up`() {
    let cosine = schedule(.cosine) { $0.warmupSteps = 20 }
    let factors = (0..<100).map { cosine.factor(step: $0, epoch: 0, totalSteps: 100, plateaus: 0) }
    for step in 0..<20 { #expect(factors[step] == Float(step + 1) / 20) }
    #expect(factors[20] == 1 && abs(factors[60] - 0.5) < 1e-6 && factors[99] < 0.001)
    #expect(zip(factors[20...], factors[21...]).allSatisfy { $0 > $1 })
    #expect(cosine.factor(step: 100, epoch: 0, totalSteps: 100, plateaus: 0) == 0)
  }

  @Test func `training follows the schedule, and says so`() async throws {
    var configuration = smallConfiguration(steps: 8)
    configuration.schedule = schedule(.cosine) { $0.warmupSteps = 4 }
    configuration.logEvery = 1
    let trainer = try Trainer(corpus: corpus(randomText(words: 200, vocabulary: 20, seed: 1)), configuration: configuration)
    let log = EventLog()
    try await trainer.train { await log.add($0) }
    let rates = await log.metrics.filter { $0.kind == .train }.map(\.learningRate)
    let expected = (0..<8).map {
      configuration.optimizer.learningRate * configuration.schedule.factor(step: $0, epoch: 0, totalSteps: 8, plateaus: 0)
    }
    #expect(rates == expected)
  }

  /// Random words cannot be learned: after the first epochs validation only becomes worse.
  @Test func `training stops when validation has not become better for a while, however it was interrupted`() async throws {
    let corpus = try corpus(randomText(words: 600, vocabulary: 30, seed: 2), validationFraction: 0.2)
    var configuration = smallConfiguration(steps: 2_000)
    configuration.hiddenSizes = 24
    configuration.optimizer.learningRate = 0.02
    configuration.schedule.kind = .plateau
    configuration.patience = 3
    let whole = try Trainer(corpus: corpus, configuration: configuration)
    let log = EventLog()
    let summary = try await whole.train { await log.add($0) }
    #expect(summary.isStoppedEarly && !summary.isInterrupted && summary.steps < 2_000)
    let losses = await log.metrics.filter { $0.kind == .validation }.map(\.lossNats)
    let best = try #require(losses.firstIndex(of: losses.min() ?? 0))
    #expect(losses.count == best + 1 + 3 && summary.bestValidation?.evaluation.lossNats == losses[best])
    #expect(await log.metrics.last?.learningRate ?? 1 < configuration.optimizer.learningRate)
    // Stopped and resumed in the middle of its waiting, it ends at the same place.
    let plan = try TrainingPlan(corpus: corpus, configuration: configuration)
    let first = try Trainer(plan), stop = summary.steps - 3
    await #expect(throws: Stop.self) {
      try await first.train { if case .step(let report) = $0, report.step == stop { throw Stop() } }
    }
    let second = try await Trainer(plan, resuming: first.checkpoint())
    let rest = try await second.train()
    #expect(rest.steps == summary.steps && rest.isStoppedEarly)
    #expect(await second.model.weights.values.isBitwiseEqual(to: whole.model.weights.values))
  }

  private struct Stop: Error {}
}
