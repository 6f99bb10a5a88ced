import Kernels
import Synchronization
import Training

/// Ranks inside one process, for tests: what one sends is copied when the other receives it.
final class LocalRanks: Sendable {
  private struct Key: Hashable {
    var from: Int
    var to: Int
  }

  private struct Posted {
    var message: Message
    var transfer: Transfer
  }

  private struct Round {
    var values: [[UInt8]?]
    var waiting: [CheckedContinuation<[[UInt8]], Never>] = []
  }

  private struct State {
    var sends: [Key: ArraySlice<Posted>] = [:]
    var receives: [Key: ArraySlice<Posted>] = [:]
    var rounds: [Int: Round] = [:]
    /// How many gatherings each rank has called.
    var counts: [Int]
    var bytes = 0
  }

  let count: Int
  private let state: Mutex<State>

  init(_ count: Int) {
    self.count = count
    state = Mutex(State(counts: Array(repeating: 0, count: count)))
  }

  var communicators: [any Communicator] { (0..<count).map { LocalRank($0, self) } }

  /// Nothing may be left under way when a run has ended.
  var isSettled: Bool {
    state.withLock { state in
      state.sends.values.allSatisfy(\.isEmpty) && state.receives.values.allSatisfy(\.isEmpty) && state.rounds.isEmpty
        && Set(state.counts).count == 1
    }
  }

  /// The bytes of all messages so far.
  var bytes: Int { state.withLock { $0.bytes } }

  fileprivate func begin(_ messages: [Message], of rank: Int) -> Transfer {
    let transfer = Transfer(messages: messages.count)
    for message in messages {
      let posted = Posted(message: message, transfer: transfer)
      let pair: (send: Posted, receive: Posted)? = state.withLock { state in
        if message.direction == .send {
          let key = Key(from: rank, to: message.peer)
          if let receive = state.receives[key]?.popFirst() { return (posted, receive) }
          state.sends[key, default: []].append(posted)
        } else {
          let key = Key(from: message.peer, to: rank)
          if let send = state.sends[key]?.popFirst() { return (send, posted) }
          state.receives[key, default: []].append(posted)
        }
        return nil
      }
      guard let (send, receive) = pair else { continue }
      precondition(send.message.range.count == receive.message.range.count, "a message is as long as what is received")
      receive.message.storage.copy(receive.message.range, from: send.message.storage, at: send.message.range.lowerBound)
      state.withLock { $0.bytes += 4 * send.message.range.count }
      send.transfer.completeOne()
      receive.transfer.completeOne()
    }
    return transfer
  }

  fileprivate func gather(_ bytes: [UInt8], of rank: Int) async -> [[UInt8]] {
    await withCheckedContinuation { continuation in
      let done: (all: [[UInt8]], waiting: [CheckedContinuation<[[UInt8]], Never>])? = state.withLock { state in
        let number = state.counts[rank]
        state.counts[rank] += 1
        var round = state.rounds[number] ?? Round(values: Array(repeating: nil, count: count))
        round.values[rank] = bytes
        round.waiting.append(continuation)
        if round.waiting.count == count {
          state.rounds[number] = nil
          return (round.values.compactMap(\.self), round.waiting)
        }
        state.rounds[number] = round
        return nil
      }
      if let done { for waiting in done.waiting { waiting.resume(returning: done.all) } }
    }
  }
}

private final class LocalRank: Communicator {
  let rank: Int
  private let all: LocalRanks
  var ranks: Int { all.count }

  init(_ rank: Int, _ all: LocalRanks) {
    self.rank = rank
    self.all = all
  }

  func begin(_ messages: [Message]) -> Transfer { all.begin(messages, of: rank) }
  var traffic: Traffic { Traffic(bytes: all.bytes) }
  func gather(_ bytes: [UInt8]) async -> [[UInt8]] { await all.gather(bytes, of: rank) }
}
