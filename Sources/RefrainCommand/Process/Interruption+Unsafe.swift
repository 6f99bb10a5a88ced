// How a signal is handled now is asked for by sigaction, which fills a C structure through a pointer, as do the calls for sets of signals.
internal import Foundation

extension Interruption {
  /// Lets these signals through to this thread: whoever started the program may have held them back.
  static func unblock(_ numbers: [Int32]) {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in numbers { unsafe sigaddset(&set, number) }
    _ = unsafe pthread_sigmask(Int32(SIG_UNBLOCK), &set, nil)
  }

  static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(number, nil, &action) == 0 else { return false }
    let ignored = unsafe unsafeBitCast(SIG_IGN, to: Int.self)
    return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == ignored
  }
}
