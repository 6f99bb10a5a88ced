internal import Foundation
internal import Synchronization
private import SystemPackage

/// The first signal that came, or 0.
private let caught = Atomic<Int32>(0)
/// Whether ending the program now would leave nothing behind.
private let isExpendable = Atomic<Bool>(false)
/// Whether it was said that the program stops.
private let isSaid = Atomic<Bool>(false)

/// Turns the first Ctrl-C, SIGTERM or SIGHUP (a closed terminal) into the cancellation of a task; the second ends the program at once.
/// A run whose messages go to a file does not need a terminal, and goes on without one.
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

  /// From now on, until `keep`, a signal ends the program even if it waits for something, such as a pipe that nobody writes to.
  static func leaveAtOnce(saying message: String?) {
    guard !isExpendable.exchange(true, ordering: .relaxed) else { return }
    Thread.detachNewThread {
      while isExpendable.load(ordering: .relaxed) {
        Thread.sleep(forTimeInterval: 0.05)
        guard let exitCode else { continue }
        // What is not waiting ends by itself meanwhile.
        Thread.sleep(forTimeInterval: 0.5)
        if isExpendable.load(ordering: .relaxed) {
          if let message { sayOnce(message) }
          _exit(exitCode)
        }
      }
    }
  }

  /// Says why the program stops, whichever thread comes to it first.
  static func sayOnce(_ message: String) {
    if !isSaid.exchange(true, ordering: .relaxed) { Terminal.writeError(message + "\n") }
  }

  /// Something would be left behind from now on: a signal is for the program to act on.
  static func keep() { isExpendable.store(false, ordering: .relaxed) }

  /// 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP, nil if there was no signal.
  static var exitCode: Int32? {
    let number = caught.load(ordering: .relaxed)
    return number == 0 ? nil : 128 + number
  }
}
