internal import Models

/// What a trainer does at a moment, and who waits for it.
///
/// Between two steps, tensors and counts fit each other. Whoever reads them from outside waits for the end of the step that runs, and the
/// next step waits until they are read.
struct TrainerActivity {
  /// The trainer's state.
  enum State {
    /// Nobody trains.
    case idle
    /// Training is under way, and stands between two steps.
    case betweenSteps
    /// Training is under way, and a step runs.
    case inStep
    /// Training failed: it makes no sense to continue with these weights.
    case failed(TrainingError)
  }

  private(set) var state = State.idle
  /// How many read tensors and counts now.
  private(set) var readers = 0
  /// Those who wait for the end of a step in order to read.
  private var waiting: [CheckedContinuation<Void, Never>] = []
  /// The step that waits for the readers.
  private var nextStep: CheckedContinuation<Void, Never>?

  /// Whether a step waits for the readers; new ones then wait for its end, or many readers would keep it from ever beginning.
  private var isStepWaiting = false

  /// Whether a reader has to wait.
  var keepsReadersOut: Bool { if case .inStep = state { true } else { isStepWaiting } }

  /// Starts to train.
  ///
  /// - Throws: `TrainingError.alreadyTraining`; the error with which training failed before.
  mutating func begin() throws(TrainingError) {
    switch state {
    case .idle: state = .betweenSteps
    case .betweenSteps, .inStep: throw .alreadyTraining
    case .failed(let error): throw error
    }
  }

  /// Ends training, which may be continued unless it failed.
  mutating func end() { if case .betweenSteps = state { state = .idle } }

  /// Notes that training failed.
  mutating func fail(_ error: TrainingError) { state = .failed(error) }

  /// Begins a step.
  ///
  /// - Precondition: nobody reads.
  mutating func beginStep() {
    precondition(readers == 0, "a step waits for those who read")
    state = .inStep
    isStepWaiting = false
  }

  /// Ends a step, and lets in those who wait for that.
  mutating func endStep() {
    state = .betweenSteps
    readers += waiting.count
    for reader in waiting { reader.resume() }
    waiting = []
  }

  /// Lets a reader in at the end of the step that runs.
  mutating func admitLater(_ reader: CheckedContinuation<Void, Never>) { waiting.append(reader) }

  /// Lets a reader in now.
  mutating func admit() { readers += 1 }

  /// Notes that a reader is done.
  mutating func leave() {
    readers -= 1
    guard readers == 0 else { return }
    nextStep?.resume()
    nextStep = nil
  }

  /// Lets the next step begin once nobody reads.
  mutating func holdBack(_ step: CheckedContinuation<Void, Never>) {
    nextStep = step
    isStepWaiting = true
  }
}

extension Trainer {
  /// Waits until no step runs or waits to begin, and keeps the next one from starting until ``resumeSteps()``.
  func pauseSteps() async {
    if activity.keepsReadersOut {
      await withCheckedContinuation { activity.admitLater($0) }
    } else {
      activity.admit()
    }
  }

  func resumeSteps() { activity.leave() }

  /// Waits until nobody reads, and begins a step.
  func beginStep() async {
    while activity.readers > 0 { await withCheckedContinuation { activity.holdBack($0) } }
    activity.beginStep()
  }
}
