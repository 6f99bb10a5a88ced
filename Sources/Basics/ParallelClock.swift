private import Synchronization

/// Measures how long a task and its child tasks are in ``forEachInParallel(_:workers:_:)``: the rest of the time one thread works alone.
///
/// ```swift
/// let clock = ParallelClock()
/// await ParallelClock.$current.withValue(clock) { await step() }
/// let alone = duration - clock.total
/// ```
/// The calls of the task come one after the other. A call inside a part is counted once, with the outer call.
package final class ParallelClock: Sendable {
  /// The clock of the task; nil: nothing is measured.
  @TaskLocal package static var current: ParallelClock?

  private struct State {
    var depth = 0
    var began: ContinuousClock.Instant?
    var total = Duration.zero
  }

  private let state = Mutex(State())

  package init() {}

  /// The time so far in which parts could run side by side.
  package var total: Duration { state.withLock { $0.total } }

  func begin() {
    state.withLock { state in
      state.depth += 1
      if state.depth == 1 { state.began = ContinuousClock.now }
    }
  }

  func end() {
    state.withLock { state in
      state.depth -= 1
      if state.depth == 0, let began = state.began { state.total += began.duration(to: .now) }
    }
  }
}
