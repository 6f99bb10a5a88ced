private import Dispatch
private import Synchronization

/// A thing that threads use in turns, never two at once.
///
/// - Invariant for `@unchecked Sendable`: only the thread that holds the turn touches the value, and the semaphore that passes the turn
///   orders the accesses.
private struct Turned<Value>: @unchecked Sendable {
  let value: Value
}

/// Works on a sequence of inputs with several threads; inputs are made and results taken one at a time, in order.
///
/// So the results do not depend on the number of workers, and no more than `workers` inputs exist at once. Worker w has the inputs
/// w, w + W, w + 2W and so on; two rings of semaphores pass the turns to read and to take.
///
/// - Parameters:
///   - next: makes the next input; nil at the end.
///   - state: makes what a worker keeps from input to input, for speed only.
///   - process: the work, side by side.
///   - take: is given the results, in the order of their inputs.
/// - Throws: the first error, in order, of `next`, `process` or `take`; nothing is taken after it.
func inOrder<Input: Sendable, State, Output: Sendable>(
  workers: Int, next: () throws -> Input?, state: @Sendable () -> State, process: @Sendable (inout State, Input) throws -> Output,
  take: (Output) throws -> Void
) throws {
  if workers <= 1 {
    var own = state()
    while let input = try next() { try take(process(&own, input)) }
    return
  }
  let failure = Mutex<(any Error)?>(nil)
  let hasEnded = Atomic(false)
  let readTurns = (0..<workers).map { _ in DispatchSemaphore(value: 0) }
  let takeTurns = (0..<workers).map { _ in DispatchSemaphore(value: 0) }
  readTurns[0].signal()
  takeTurns[0].signal()

  let threads = try withoutActuallyEscaping(next) { next in
    try withoutActuallyEscaping(take) { take in
      let next = Turned(value: next), take = Turned(value: take)
      let threads = withThreads(workers) { worker, workers in
        let after = (worker + 1) % workers
        var own = state()
        while true {
          readTurns[worker].wait()
          var input: Input?
          var error: (any Error)?
          if !hasEnded.load(ordering: .relaxed) {
            do { input = try next.value() } catch let found { error = found }
            if input == nil { hasEnded.store(true, ordering: .relaxed) }
          }
          readTurns[after].signal()
          if input == nil, error == nil { return }
          var output: Output?
          if let input {
            do { output = try process(&own, input) } catch let found { error = found }
          }
          takeTurns[worker].wait()
          if failure.withLock({ $0 == nil }) {
            do {
              if let error { throw error }
              if let output { try take.value(output) }
            } catch let found {
              failure.withLock { $0 = found }
              hasEnded.store(true, ordering: .relaxed)
            }
          }
          takeTurns[after].signal()
          if input == nil { return }
        }
      }
      if let error = failure.withLock({ $0 }) { throw error }
      return threads
    }
  }
  // The system gave no thread at all: this one does the work.
  if threads == 0 { try inOrder(workers: 1, next: next, state: state, process: process, take: take) }
}
