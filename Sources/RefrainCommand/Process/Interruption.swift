internal import ArgumentParser
internal import Foundation
internal import Synchronization
private import SystemPackage

/// The first signal that came, or 0.
private let caught = Atomic<Int32>(0)
/// What a signal does while there is nothing to lose.
private let leaving = Mutex(Leaving())

private struct Leaving: Sendable {
  /// Whether ending the program now would leave nothing behind.
  var isAllowed = false
  /// Whether a thread watches for signals.
  var isWatched = false
  /// Why the program stops; nil once that is said, or is not to be.
  var message: String?
  /// Removes what only this program needs.
  var tidy: @Sendable () -> Void = {}

  /// Says why, on a line of its own.
  mutating func say() {
    if message != nil, Terminal.isErrorInteractive { Terminal.redraw("") }
    if let message { Terminal.writeError(message + "\n") }
    message = nil
  }
}

/// Turns the first Ctrl-C, SIGTERM or SIGHUP (a closed terminal) into the cancellation of a task; the second ends the program at once.
/// A run whose messages go to a file does not need a terminal, and goes on without one.
///
/// This is written by hand, and not with UnixSignals of swift-service-lifecycle, since that delivers signals to a task. A task waits
/// while a corpus is read on all threads of the pool, and it exists only some milliseconds after the start of the process.
enum Interruption {
  /// Watches for signals from now on; they no longer end the program.
  static func watch() {
    // A log whose reader has gone must not end a run.
    _ = signal(SIGPIPE, SIG_IGN)
    unblock([SIGINT, SIGTERM, SIGHUP])
    for number in [SIGINT, SIGTERM, SIGHUP] {
      // What nohup has made deaf to SIGHUP stays so.
      if number == SIGHUP, isIgnored(number) { continue }
      if number == SIGHUP, (try? FileDescriptor.standardError.stat())?.type == .regular {
        _ = signal(number, SIG_IGN)
        continue
      }
      _ = signal(number) { number in
        // Only what is safe in a signal handler: an atomic exchange, and for the second signal the default.
        if !caught.compareExchange(expected: 0, desired: number, ordering: .relaxed).exchanged {
          _ = signal(number, SIG_DFL)
          raise(number)
        }
      }
    }
  }

  /// The result of an operation, whose task is cancelled at the first signal.
  static func cancelling<Result: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Result, onSignal: @escaping @Sendable () async -> Void
  ) async throws -> Result {
    let task = Task { try await operation() }
    let watcher = Task {
      while exitCode == nil { try await Task.sleep(for: .milliseconds(20)) }
      task.cancel()
      await onSignal()
    }
    defer { watcher.cancel() }
    return try await task.value
  }

  // MARK: - While there is nothing to lose

  /// From now on, until ``keep()``, a signal ends the program even if it is at work or waits for something, such as a pipe.
  ///
  /// - Parameters:
  ///   - message: says why the program stops; nil for silence.
  ///   - tidy: removes what only this program needs; called on another thread.
  static func leaveAtOnce(saying message: String?, tidying tidy: @escaping @Sendable () -> Void = {}) {
    let isWatched = leaving.withLock { leaving in
      defer { leaving.isWatched = true }
      leaving.isAllowed = true
      leaving.message = message
      leaving.tidy = tidy
      return leaving.isWatched
    }
    if !isWatched { Thread.detachNewThread(leaveOnSignal) }
  }

  /// The same again, after ``keep()``.
  static func leaveAtOnceAgain() { leaving.withLock { $0.isAllowed = $0.isWatched } }

  private static func leaveOnSignal() {
    while true {
      Thread.sleep(forTimeInterval: 0.05)
      guard let exitCode else { continue }
      // What is not waiting ends by itself meanwhile.
      Thread.sleep(forTimeInterval: 0.2)
      // Nothing is begun that would be left behind, since `keep` waits for the lock.
      leaving.withLock { leaving in
        guard leaving.isAllowed else { return }
        leaving.say()
        leaving.tidy()
        _exit(exitCode)
      }
    }
  }

  /// Something would be left behind from now on: a signal is for the program to act on.
  static func keep() { leaving.withLock { $0.isAllowed = false } }

  /// Ends the program if a signal came before, having said so.
  ///
  /// - Throws: `ExitCode`.
  static func check() throws {
    guard let exitCode else { return }
    leaving.withLock { $0.say() }
    throw ExitCode(exitCode)
  }

  /// 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP, nil if there was no signal.
  static var exitCode: Int32? {
    let number = caught.load(ordering: .relaxed)
    return number == 0 ? nil : 128 + number
  }
}
