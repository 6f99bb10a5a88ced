// POSIX threads take an untyped pointer. It is a retained box, which the thread takes over and lets go of before it ends; the caller
// joins every thread, so nothing outlives the call.
private import Dispatch
private import Glibc

private final class ThreadStart: Sendable {
  let gate = DispatchSemaphore(value: 0)
  let number: Int
  let body: @Sendable (_ number: Int, _ count: Int) -> Void
  /// How many threads there are, known when the gate opens.
  let count: CountBox

  init(_ number: Int, _ count: CountBox, _ body: @escaping @Sendable (Int, Int) -> Void) {
    self.number = number
    self.count = count
    self.body = body
  }
}

/// How many threads there are, for them to read.
///
/// - Invariant for `@unchecked Sendable`: it is written once, before the gates open, and read only by threads that have passed theirs.
private final class CountBox: @unchecked Sendable {
  var value = 0
}

/// Runs a body on threads of their own, which may wait for one another as tasks and queue blocks must not, and returns when all are done.
///
/// - Parameters:
///   - wanted: how many threads; there are fewer if the system gives no more.
///   - body: is given its thread's number and how many there are.
/// - Returns: how many threads there were.
package func withThreads(_ wanted: Int, _ body: @Sendable (_ number: Int, _ count: Int) -> Void) -> Int {
  withoutActuallyEscaping(body) { body in
    var threads: [pthread_t] = []
    var gates: [DispatchSemaphore] = []
    let count = CountBox()
    for number in 0..<wanted {
      let start = ThreadStart(number, count, body)
      let pointer = unsafe Unmanaged.passRetained(start)
      var thread = pthread_t()
      let failed = unsafe pthread_create(
        &thread, nil,
        { pointer in
          guard let pointer = unsafe pointer else { return nil }
          let start = unsafe Unmanaged<ThreadStart>.fromOpaque(pointer).takeRetainedValue()
          start.gate.wait()
          start.body(start.number, start.count.value)
          return nil
        }, pointer.toOpaque())
      guard failed == 0 else {
        unsafe pointer.release()
        break
      }
      threads.append(thread)
      gates.append(start.gate)
    }
    count.value = threads.count
    for gate in gates { gate.signal() }
    for thread in threads { _ = pthread_join(thread, nil) }
    return threads.count
  }
}
