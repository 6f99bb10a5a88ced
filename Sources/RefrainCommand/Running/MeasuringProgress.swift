internal import Basics
internal import Synchronization

/// Shows on standard error how far a long measurement has come, such as a validation: a live line where people watch, and elsewhere a plain
/// line every five seconds. One that ends sooner shows nothing.
final class MeasuringProgress: Sendable {
  private struct State {
    var start: ContinuousClock.Instant
    var lastDrawn: ContinuousClock.Instant
    var isDrawn = false
  }

  /// The name of the measurement, as in "validating".
  private let name: String
  private let isQuiet: Bool
  private let isLive: Bool
  private let state: Mutex<State>

  init(_ name: String, isQuiet: Bool) {
    self.name = name
    self.isQuiet = isQuiet
    isLive = Terminal.isErrorInteractive
    let now = ContinuousClock.now
    state = Mutex(State(start: now, lastDrawn: now))
  }

  /// Shows that this many parts are done; any thread may call it. The first part starts a new measurement.
  func show(done: Int, total: Int) {
    if isQuiet { return }
    state.withLock { state in
      let now = ContinuousClock.now
      if done == 1 { state = State(start: now, lastDrawn: now) }
      if done >= total {
        if state.isDrawn, isLive { Terminal.redraw("") }
        return state.isDrawn = false
      }
      let pause: Duration = !isLive ? .seconds(5) : state.isDrawn ? .milliseconds(100) : .seconds(1)
      guard state.lastDrawn.duration(to: now) > pause else { return }
      state.lastDrawn = now
      state.isDrawn = true
      let line = Self.line(name, done: done, total: total, seconds: state.start.duration(to: now) / .seconds(1))
      if isLive { Terminal.redraw(line) } else { Terminal.writeError(line + "\n") }
    }
  }

  /// - Parameter seconds: the time that the finished parts took.
  static func line(_ name: String, done: Int, total: Int, seconds: Double) -> String {
    "\(name) \(100 * done / max(1, total))%  \((seconds / Double(max(1, done)) * Double(total - done)).asTime) left"
  }
}
