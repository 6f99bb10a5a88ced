package import Kernels
private import Synchronization

/// Exchanges results among the ranks of a run.
///
/// All ranks make the same calls in the same order. If a rank is lost, all ranks end, and a pending call
/// never returns.
package protocol Communicator: AnyObject, Sendable {
  /// Which of the ranks this is, from 0.
  var rank: Int { get }
  /// How many ranks there are.
  var ranks: Int { get }

  /// Begins to send and to receive, and returns at once. The memory belongs to the transfer until it is complete.
  ///
  /// What one rank sends another arrives in the order in which the two began it.
  func begin(_ messages: [Message]) -> Transfer

  /// What this rank has sent so far.
  var traffic: Traffic { get }

  /// The bytes that every rank gives, in the order of the ranks; they may differ in length.
  func gather(_ bytes: [UInt8]) async -> [[UInt8]]
}

extension Communicator {
  /// Returns rank 0's bytes on every rank. Other ranks' arguments are ignored.
  package func broadcast(_ bytes: [UInt8]) async -> [UInt8] { await gather(rank == 0 ? bytes : [])[0] }

  /// The part of the run that this rank computes.
  package var part: RankPart { RankPart(rank: rank, ranks: ranks) }

  /// The sum of the numbers of all ranks.
  package func sum(_ number: Int) async -> Int {
    await gather(RankBytes.bytes(of: [number])).reduce(0) { $0 + RankBytes.numbers($1)[0] }
  }

  /// Returns whether the condition is true on any rank.
  package func any(_ condition: Bool) async -> Bool { await gather(condition ? [1] : [0]).contains([1]) }

  /// The other ranks, beginning with the next one, so that not all send to the same one first.
  package var others: [Int] { (1..<ranks).map { (rank + $0) % ranks } }
}

/// A part of a storage that goes to another rank or comes from it.
package struct Message: Sendable {
  package enum Direction: Sendable { case send, receive }

  package let direction: Direction
  /// The other rank.
  package let peer: Int
  package let storage: FloatStorage
  package let range: Range<Int>

  package init(_ direction: Direction, _ peer: Int, _ storage: FloatStorage, _ range: Range<Int>) {
    self.direction = direction
    self.peer = peer
    self.storage = storage
    self.range = range
  }
}

/// Messages under way.
package final class Transfer: Sendable {
  private enum State {
    case open(left: Int, waiting: CheckedContinuation<Void, Never>?)
    case complete
  }

  private let state: Mutex<State>

  /// - Parameter messages: how many there are.
  package init(messages: Int) { state = Mutex(messages == 0 ? .complete : .open(left: messages, waiting: nil)) }

  /// Notes that one of the messages has arrived, or is sent.
  package func completeOne() {
    let waiting: CheckedContinuation<Void, Never>? = state.withLock { state in
      guard case .open(let left, let waiting) = state else { preconditionFailure("no more messages are complete than were begun") }
      state = left == 1 ? .complete : .open(left: left - 1, waiting: waiting)
      return left == 1 ? waiting : nil
    }
    waiting?.resume()
  }

  /// Waits until all messages are complete; one task may wait.
  package func finish() async {
    await withCheckedContinuation { continuation in
      let isComplete = state.withLock { state in
        guard case .open(let left, let waiting) = state else { return true }
        precondition(waiting == nil, "one task waits for a transfer")
        state = .open(left: left, waiting: continuation)
        return false
      }
      if isComplete { continuation.resume() }
    }
  }
}
