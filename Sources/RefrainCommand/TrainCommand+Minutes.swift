internal import ArgumentParser
internal import Basics
internal import Refrain
internal import SystemPackage
internal import Training

/// Planning a run for a time.
extension TrainCommand {
  /// A run of fewer steps is warned of.
  private static let fewestSteps = 50

  func validateMinutes() throws {
    guard let minutes else { return }
    try Minutes.check(minutes)
    if resume {
      throw ValidationError("--minutes plans a run before it begins, and a resumed run keeps its number of steps; leave out --minutes.")
    }
    for (flag, isGiven) in [("--steps", configurationFlags.steps != nil), ("--epochs", configurationFlags.epochs != nil)] where isGiven {
      throw ValidationError("--minutes and \(flag) both say how long the run is; leave out one of them.")
    }
  }

  /// The plan with as many steps as fit into `--minutes`, and a line that says so; the plan itself without that flag.
  ///
  /// - Parameter start: when the command began.
  func budgeted(
    _ plan: TrainingPlan, base: FineTuning?, since start: ContinuousClock.Instant
  ) async throws -> (plan: TrainingPlan, note: String) {
    guard let minutes else { return (plan, "") }
    if !overwrite, !dryRun, Ranks.isFirst { try RunDirectory.checkIsFree(FilePath(model)) }
    let budget = TrainingBudget(minutes: minutes)
    let measured = try await TrainingBudget.measure(
      plan, from: base?.model, seconds: min(5, budget.seconds / 30), communicator: Ranks.current)
    let (speed, elapsed) = try await agreed(measured, start.duration(to: .now).inSeconds)
    let keys = Set(configurationFlags.given.keys).union(try configurationFlags.fileKeys())
    let configuration = budget.configuration(for: plan, speed: speed, keeping: keys, elapsed: elapsed)
    let result = try TrainingPlan(
      corpus: plan.corpus, configuration: configuration, workers: plan.workers, products: plan.products, conditions: plan.conditions)
    let number = Minutes.text(minutes)
    if result.totalSteps < Self.fewestSteps {
      Terminal.warn(
        "--minutes \(number) leaves time for \(result.totalSteps.counted("step")) only, after \(elapsed.shortened) seconds of "
          + "reading and measuring; give more minutes")
    }
    let step = speed.secondsPerStep < 1 ? "\((1_000 * speed.secondsPerStep).shortened) ms" : "\(speed.secondsPerStep.shortened) s"
    let average = configuration.optimizer.averageDecay
    let planned = ", \(configuration.schedule.kind.rawValue) schedule" + (average > 0 ? ", average decay \(average)" : "")
    return (result, "minutes    \(number): \(result.totalSteps.counted("step")) of \(step) each, as measured\(planned)\n")
  }

  /// What rank 0 has measured.
  private func agreed(_ speed: TrainingBudget.Speed, _ elapsed: Double) async throws -> (TrainingBudget.Speed, elapsed: Double) {
    let numbers = try await Ranks.agreed([speed.secondsPerStep, speed.secondsPerValidation, Double(speed.steps), elapsed])
    return (.init(secondsPerStep: numbers[0], secondsPerValidation: numbers[1], steps: Int(numbers[2])), numbers[3])
  }
}
