internal import Dispatch
internal import Foundation

/// Turns the first Ctrl-C or SIGTERM into the cancellation of a task; the second ends the program at once.
///
/// - Invariant for `@unchecked Sendable`: `signalNumber` and `cancel` are used on `queue` only, `sources` is not changed after `init`.
final class Interruption: @unchecked Sendable {
  private let queue = DispatchQueue(label: "refrain.signals")
  private var sources: [any DispatchSourceSignal] = []
  private var signalNumber: Int32?
  private var cancel: (@Sendable () -> Void)?

  init() {
    for number in [SIGINT, SIGTERM] {
      _ = signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { [weak self] in
        _ = signal(SIGINT, SIG_DFL)
        _ = signal(SIGTERM, SIG_DFL)
        self?.signalNumber = number
        self?.cancel?()
      }
      source.resume()
      sources.append(source)
    }
  }

  /// What to do at the first signal; done at once if there was one already.
  func onSignal(_ cancel: @escaping @Sendable () -> Void) {
    queue.sync {
      self.cancel = cancel
      if signalNumber != nil { cancel() }
    }
  }

  /// 130 after Ctrl-C, 143 after SIGTERM, nil if there was no signal.
  var exitCode: Int32? { queue.sync { signalNumber.map { 128 + $0 } } }
}
