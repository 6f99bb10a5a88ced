#if MPI
  internal import Basics
  internal import Foundation
  internal import Kernels
  internal import Synchronization
  internal import Training

  /// Reaches other ranks by MPI.
  ///
  /// One thread makes all calls of MPI: it begins and tests what is handed to it, and between calls watches the other ranks. Once a second
  /// it sends each of them a note that this rank is alive. A rank from which no note has come for some seconds is lost, and ends the run:
  /// Open MPI 4.1 cannot continue without it.
  final class MPICommunicator: ClusterCommunicator {
    let rank: Int
    let ranks: Int
    private let inbox: MPIInbox

    /// - Throws: `Launch.Fault`, if MPI does not start or has not found all processes.
    init(_ launch: Launch, _ say: @escaping @Sendable (RankFailure) -> Void) throws(Launch.Fault) {
      let inbox = MPIInbox(), started = Mutex<(rank: Int, ranks: Int)?>(nil), isReady = DispatchSemaphore(value: 0)
      let thread = Thread {
        let begun = MPIThread(inbox, say)
        started.withLock { $0 = begun.map { ($0.rank, $0.ranks) } }
        isReady.signal()
        begun?.run()
      }
      thread.name = "mpi"
      thread.start()
      isReady.wait()
      guard let (rank, ranks) = started.withLock({ $0 }) else { throw .noStart }
      self.rank = rank
      self.ranks = ranks
      self.inbox = inbox
      if ranks != launch.ranks { throw .otherCount(found: ranks) }
    }

    func begin(_ messages: [Message]) -> Transfer {
      let transfer = Transfer(messages: messages.count)
      if !messages.isEmpty { inbox.add(.messages(messages, transfer)) }
      return transfer
    }

    func gather(_ bytes: [UInt8]) async -> [[UInt8]] {
      await withCheckedContinuation { inbox.add(.gather(bytes, $0)) }
    }

    var traffic: Traffic { inbox.traffic }

    func end(because sentence: String) -> Never {
      inbox.add(.fail(sentence))
      // The thread ends the process.
      while true { Thread.sleep(forTimeInterval: 1) }
    }

    func leave() async {
      _ = await gather([])
      await withCheckedContinuation { inbox.add(.leave($0)) }
    }
  }

  /// What is handed to the thread of MPI.
  final class MPIInbox: Sendable {
    enum Command: Sendable {
      case messages([Message], Transfer)
      case gather([UInt8], CheckedContinuation<[[UInt8]], Never>)
      case fail(String)
      case leave(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex((commands: [Command](), traffic: Traffic()))
    private let hasCommands = DispatchSemaphore(value: 0)

    func add(_ command: Command) {
      state.withLock { $0.commands.append(command) }
      hasCommands.signal()
    }

    func takeAll() -> [Command] {
      state.withLock { state in
        defer { state.commands.removeAll() }
        return state.commands
      }
    }

    /// Waits for a command, but not for long.
    func wait(seconds: Double) { _ = hasCommands.wait(timeout: .now() + seconds) }

    var traffic: Traffic { state.withLock { $0.traffic } }

    func add(_ more: Traffic) {
      state.withLock {
        $0.traffic.bytes += more.bytes
        $0.traffic.messages += more.messages
        $0.traffic.seconds += more.seconds
      }
    }
  }
#endif
