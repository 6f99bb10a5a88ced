internal import Dispatch
internal import Foundation

/// Turns the first Ctrl-C or SIGTERM into the cancellation of a task; the second ends the program at once.
///
/// - Invariant for `@unchecked Sendable`: `signalNumber` is written and read on `queue` only; the sources are never changed after `init`.
final class Interruption: @unchecked Sendable {
  private let queue = DispatchQueue(label: "refrain.signals")
  private var sources: [any DispatchSourceSignal] = []
  private var signalNumber: Int32?

  init(_ cancel: @escaping @Sendable () -> Void) {
    for number in [SIGINT, SIGTERM] {
      _ = signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { [weak self] in
        self?.signalNumber = number
        _ = signal(SIGINT, SIG_DFL)
        _ = signal(SIGTERM, SIG_DFL)
        cancel()
      }
      source.resume()
      sources.append(source)
    }
  }

  /// 130 after Ctrl-C, 143 after SIGTERM, nil if there was no signal.
  var exitCode: Int32? { queue.sync { signalNumber.map { 128 + $0 } } }
}
