private import Synchronization

/// Calls `body` once for each number below `count`, up to `workers` of them at a time.
///
/// A worker that is free takes the next number. The caller is one of the workers, and each child task starts half of the others: so all of
/// them begin soon, and little is allocated (two small blocks a worker, where a task group has four).
package func forEachInParallel(_ count: Int, workers: Int, _ body: @Sendable (Int) async -> Void) async {
  let clock = ParallelClock.current
  clock?.begin()
  defer { clock?.end() }
  if min(workers, count) <= 1 {
    for number in 0..<max(0, count) { await body(number) }
    return
  }
  await work(on: Numbers(count), workers: min(workers, count), body)
}

private func work(on numbers: Numbers, workers: Int, _ body: @Sendable (Int) async -> Void) async {
  if workers == 1 {
    while let number = numbers.next() { await body(number) }
    return
  }
  async let others: Void = work(on: numbers, workers: workers / 2, body)
  await work(on: numbers, workers: workers - workers / 2, body)
  await others
}

/// The results of `body` for each number below `count`, in the order of the numbers, up to `workers` of them at a time.
package func mapInParallel<Result: Sendable>(
  _ count: Int, workers: Int, _ body: @Sendable (Int) async -> Result
) async -> [Result] {
  let results = Results<Result>(max(0, count))
  await forEachInParallel(count, workers: workers) { number in results.set(number, await body(number)) }
  return results.all
}

/// Hands out the numbers below a count, each once.
private final class Numbers: Sendable {
  private let count: Int
  private let taken = Atomic(0)

  init(_ count: Int) { self.count = count }

  func next() -> Int? {
    let number = taken.wrappingAdd(1, ordering: .relaxed).oldValue
    return number < count ? number : nil
  }
}

/// Collects a result for each number.
private final class Results<Value: Sendable>: Sendable {
  private let values: Mutex<[Value?]>

  init(_ count: Int) { values = Mutex(Array(repeating: nil, count: count)) }

  func set(_ number: Int, _ value: Value) { values.withLock { $0[number] = value } }

  var all: [Value] {
    values.withLock { values in
      values.map { value in
        guard let value else { preconditionFailure("every number has a result") }
        return value
      }
    }
  }
}
