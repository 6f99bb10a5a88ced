private import Synchronization

/// Counts the parts that several tasks have done.
package final class Counter: Sendable {
  private let count = Atomic(0)

  package init() {}

  /// Counts one more part, and returns how many there are now.
  package func add() -> Int { count.add(1, ordering: .relaxed).newValue }
}
