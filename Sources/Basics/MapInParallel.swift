private import Synchronization

/// Calls `body` once for each number below `count`, up to `workers` of them at a time.
///
/// Whoever is free takes the next number. The caller works too, so that one task fewer is made.
package func forEachInParallel(_ count: Int, workers: Int, _ body: @escaping @Sendable (Int) async -> Void) async {
  if min(workers, count) <= 1 {
    for number in 0..<max(0, count) { await body(number) }
    return
  }
  let numbers = Numbers(count)
  await withTaskGroup(of: Void.self) { group in
    for _ in 1..<min(workers, count) {
      group.addTask { while let number = numbers.next() { await body(number) } }
    }
    while let number = numbers.next() { await body(number) }
  }
}

/// The results of `body` for each number below `count`, in the order of the numbers, up to `workers` of them at a time.
package func mapInParallel<Result: Sendable>(
  _ count: Int, workers: Int, _ body: @escaping @Sendable (Int) async -> Result
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
