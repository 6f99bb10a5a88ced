internal import Basics
private import Corpora
public import Models
private import Synchronization

/// A time that a run should take, and the settings that suit it.
///
/// ```swift
/// let budget = TrainingBudget(minutes: 30), speed = try await TrainingBudget.measure(plan)
/// let configuration = budget.configuration(for: plan, speed: speed)
/// let trainer = try Trainer(corpus: corpus, configuration: configuration)
/// ```
/// The time becomes a number of steps before the run begins, so the result does not depend on how fast the machine is later: a slower
/// machine takes longer, and a resumed run ends at the same step.
public struct TrainingBudget: Sendable, Hashable {
  /// The length of the run in seconds, including the time before it begins.
  public var seconds: Double

  /// A budget of minutes.
  ///
  /// - Precondition: they are a positive number.
  public init(minutes: Double) {
    precondition(minutes > 0 && minutes.isFinite, "a budget is a positive number of minutes")
    seconds = 60 * minutes
  }

  /// How fast a plan runs on this machine.
  public struct Speed: Sendable, Hashable {
    /// The mean time of a step, in seconds.
    public var secondsPerStep: Double
    /// The time of a validation, in seconds; 0 if no songs are held out.
    public var secondsPerValidation: Double
    /// How many steps were timed.
    public var steps: Int

    /// Creates a speed.
    public init(secondsPerStep: Double, secondsPerValidation: Double = 0, steps: Int = 1) {
      self.secondsPerStep = secondsPerStep
      self.secondsPerValidation = secondsPerValidation
      self.steps = steps
    }
  }

  /// How many validations a run has, if they do not take more than a tenth of the time.
  private static let validations = 10
  /// What checkpoints and the end of the run take of the time.
  private static let overhead = 0.03
  /// Reading for a validation takes this part of the time of a step on as many tokens.
  private static let evaluationShare = 0.4

  /// The settings for a plan: steps, a rate that falls to zero by half a cosine, an average of the last weights, validations at equal
  /// distances, of which the best model is kept, and no early stop.
  ///
  /// - Parameters:
  ///   - speed: how fast the plan runs.
  ///   - keys: settings that stay as the plan has them.
  ///   - elapsed: seconds of the budget that went by before the run begins.
  public func configuration(
    for plan: TrainingPlan, speed: Speed, keeping keys: Set<String> = [], elapsed: Double = 0
  ) -> TrainingConfiguration {
    var result = plan.configuration
    let usable = max(0, (1 - Self.overhead) * seconds - elapsed)
    let most = speed.secondsPerValidation > 0 ? usable / 10 / speed.secondsPerValidation : .infinity
    let validations = Int(max(1, min(Double(Self.validations), most)))
    let rest = usable - Double(validations) * speed.secondsPerValidation
    let steps = Int(max(1, min(rest / speed.secondsPerStep, 1e12)))
    result.steps = steps
    func set(_ key: String, _ change: (inout TrainingConfiguration) -> Void) {
      if !keys.contains(key) { change(&result) }
    }
    set("schedule") { $0.schedule.kind = .cosine }
    // With a running square of gradients, the first steps are too large for fewer warm-up steps than this.
    set("warmup_steps") { $0.schedule.warmupSteps = min($0.schedule.warmupSteps, max(30, steps / 20), steps / 2) }
    // The run never ends early, since the rate reaches zero only at its end; but the model with the best validation is kept.
    set("patience") { $0.patience = validations }
    set("validate_every") { $0.validateEvery = max(1, (steps - 1) / validations + 1) }
    if keys.isDisjoint(with: ["average_decay", "average_patience", "average_start"]) {
      result.averagePatience = nil
      result.averageStart = nil
      // The average reaches back over a twentieth of the run, in which the rate is small.
      result.optimizer.averageDecay = steps < 200 ? 0 : Float(min(0.9995, 1 - 20 / Double(steps)))
    }
    return result
  }

  /// The budget, or a shorter one that leaves time for a number of steps.
  ///
  /// - Parameter elapsed: seconds of the budget that go by before the run begins.
  package func lasting(steps: Double, _ speed: Speed, elapsed: Double) -> TrainingBudget {
    let validations = Double(Self.validations) * speed.secondsPerValidation
    let needed = (max(1, steps) * speed.secondsPerStep + min(validations, 0.1 * seconds) + elapsed) / (1 - Self.overhead)
    return needed < seconds ? TrainingBudget(minutes: needed / 60) : self
  }

  /// Measures how fast a plan runs, by training a model that is then dropped.
  ///
  /// - Parameters:
  ///   - model: the model to fine-tune; nil: the plan begins anew.
  ///   - seconds: how long to measure, about; three steps are timed in any case.
  /// - Throws: what training throws.
  public static func measure(_ plan: TrainingPlan, from model: Model? = nil, seconds: Double = 3) async throws -> Speed {
    try await measure(plan, from: model, seconds: seconds, communicator: nil)
  }

  /// - Parameter communicator: by which all ranks measure together.
  package static func measure(
    _ plan: TrainingPlan, from model: Model?, seconds: Double, communicator: (any Communicator)?
  ) async throws -> Speed {
    // The plan's own length may be too short to time it.
    var endless = plan.configuration
    endless.steps = 1 << 40
    endless.patience = nil
    let measured = try TrainingPlan(
      corpus: plan.corpus, configuration: endless, workers: plan.workers, products: plan.products, conditions: plan.conditions)
    let trainer =
      try model.map { try Trainer(measured, from: $0, communicator: communicator) } ?? Trainer(measured, communicator: communicator)
    let state = Mutex(Timing()), clock = ContinuousClock()
    do {
      try await trainer.train { event in
        let now = clock.now
        let isEnough = state.withLock { state in
          switch event {
          case .step:
            if let last = state.last, state.seen >= Timing.untimed {
              state.seconds += last.duration(to: now).inSeconds
              state.steps += 1
            }
            state.seen += 1
            state.last = now
          case .metrics(let line) where line.kind == .validation:
            state.validation = Double(line.tokens) / max(line.tokensPerSecond, 1e-9)
            state.last = now
          default: state.last = now
          }
          return state.steps >= Timing.fewest && state.seconds >= seconds
        }
        guard case .step = event else { return }
        if await communicator?.any(isEnough) ?? isEnough { throw Enough() }
      }
    } catch is Enough {
      // Nothing of this run is kept.
    }
    return state.withLock { state in
      // A task that is cancelled ends the run before a step is timed.
      let step = state.seconds / Double(max(1, state.steps))
      let positions = Double(plan.configuration.batchSize) * Double(plan.configuration.windowLength)
      let guessed = Double(plan.validation?.count ?? 0) * step / positions * evaluationShare
      return Speed(secondsPerStep: step, secondsPerValidation: state.validation ?? guessed, steps: state.steps)
    }
  }

  /// Ends the run that is measured.
  private struct Enough: Error {}

  /// What has been timed.
  private struct Timing: Sendable {
    /// The first steps make memory, and are not timed.
    static let untimed = 2, fewest = 3

    var seen = 0
    var steps = 0
    var seconds = 0.0
    /// When the last step ended, if nothing else came since.
    var last: ContinuousClock.Instant?
    var validation: Double?
  }
}
