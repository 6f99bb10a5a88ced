import Corpora
import LanguageModel
import Models
import Testing
import Training

/// Words of which a run could be made.
private let text = String(repeating: "one two three four five six seven eight nine ten\n", count: 60)

@Suite("A run for a time") struct TrainingBudgetTests {
  private func plan(_ change: (inout TrainingConfiguration) -> Void = { _ in }) throws -> TrainingPlan {
    var configuration = smallConfiguration(steps: 10)
    change(&configuration)
    return try TrainingPlan(corpus: corpus(text, validationFraction: 0.2), configuration: configuration)
  }

  @Test("the steps fill the time that validations and overhead leave", arguments: [0.01, 0.25, 30], [0.0, 2, 400])
  func steps(step: Double, validation: Double) throws {
    let speed = TrainingBudget.Speed(secondsPerStep: step, secondsPerValidation: validation)
    let found = TrainingBudget(minutes: 60).configuration(for: try plan(), speed: speed, elapsed: 20)
    let steps = Double(try #require(found.steps)), every = Double(try #require(found.validateEvery))
    let validations = (steps / every).rounded(.up)
    let taken = steps * step + validations * validation
    #expect(taken <= 0.97 * 3_600 - 20 + step && taken > 0.97 * 3_600 - 20 - step - validation)
    #expect(validations == 10 || validations == 1 && validation == 400)
    #expect(found.schedule.kind == .cosine && found.patience == Int(validations))
    #expect(found.schedule.warmupSteps <= max(30, Int(steps) / 20) && found.schedule.warmupSteps <= Int(steps) / 2)
    #expect(found.optimizer.averageDecay == 0 || abs(Double(found.optimizer.averageDecay) - (1 - 20 / steps)) < 1e-3)
  }

  @Test func `a time that is over leaves one step`() throws {
    let speed = TrainingBudget.Speed(secondsPerStep: 5, secondsPerValidation: 5)
    let found = TrainingBudget(minutes: 1).configuration(for: try plan(), speed: speed, elapsed: 200)
    #expect(found.steps == 1 && found.validateEvery == 1 && found.optimizer.averageDecay == 0)
    #expect(throws: Never.self) { try found.validate() }
  }

  @Test func `settings that were asked for stay`() throws {
    let plan = try plan {
      $0.schedule.kind = .step
      $0.schedule.warmupSteps = 77
      $0.patience = 3
      $0.validateEvery = 9
      $0.optimizer.averageDecay = 1
      $0.averagePatience = 4
    }
    let speed = TrainingBudget.Speed(secondsPerStep: 0.1), budget = TrainingBudget(minutes: 5)
    let kept = budget.configuration(
      for: plan, speed: speed, keeping: ["schedule", "warmup_steps", "patience", "validate_every", "average_patience"])
    var expected = plan.configuration
    expected.steps = kept.steps
    #expect(kept == expected)
    let changed = budget.configuration(for: plan, speed: speed)
    #expect(changed.schedule.kind == .cosine && changed.schedule.warmupSteps == 77 && changed.patience == 10)
    #expect(changed.validateEvery == 291 && changed.averagePatience == nil && changed.optimizer.averageDecay < 1)
    #expect(throws: Never.self) { try changed.validate() }
  }

  @Test("every preset can be planned for a time", arguments: Preset.allCases)
  func presets(preset: Preset) throws {
    var small = preset.configuration
    small.embeddingSize = 6
    small.hiddenSizes = 8
    small.batchSize = 4
    small.windowLength = 5
    small.shards = nil
    let plan = try TrainingPlan(corpus: corpus(text, validationFraction: 0.2), configuration: small)
    let found = TrainingBudget(minutes: 2).configuration(for: plan, speed: .init(secondsPerStep: 0.05, secondsPerValidation: 0.1))
    #expect(throws: Never.self) { try found.validate() }
    #expect((2_200...2_400).contains(try #require(found.steps)))
  }

  @Test func `the speed is measured, and the run that was measured leaves nothing`() async throws {
    let plan = try plan { $0.steps = 40 }
    let speed = try await TrainingBudget.measure(plan, seconds: 0.01)
    #expect(speed.secondsPerStep > 0 && speed.secondsPerStep < 5 && speed.steps >= 3 && speed.secondsPerValidation > 0)
    // The plan's own length does not matter, nor does how often it reports.
    let short = try await TrainingBudget.measure(
      try self.plan {
        $0.steps = 1
        $0.logEvery = 1
        $0.checkpointEvery = 1
      }, seconds: 0.05)
    #expect(short.steps >= 3 && short.secondsPerStep > 0 && short.secondsPerStep < 5)
  }
}
