internal import ArgumentParser
internal import Basics
internal import Cluster
internal import Foundation
internal import Refrain
internal import Synchronization
internal import Training

/// The ranks of a run, if this process was started as one of several.
enum Ranks {
  private static let joined = Mutex<(any ClusterCommunicator)?>(nil)

  /// How to reach the other ranks; nil if there are none.
  static var current: (any ClusterCommunicator)? { joined.withLock { $0 } }

  /// What stands before the command: `mpirun -n 4 `, or nothing if there is one rank.
  static var starter: String { current == nil ? "" : Launch().map { "\($0.starter) -n \($0.ranks) " } ?? "" }

  /// Whether this rank writes and reports: rank 0 of several, or the only one.
  static var isFirst: Bool { (current?.rank ?? 0) == 0 }

  /// Joins the other processes that were started with this one, if there are any.
  ///
  /// - Throws: `RanksError`.
  static func join() throws(RanksError) {
    guard let launch = Launch() else { return }
    do throws(Launch.Fault) {
      let communicator = try launch.join { Terminal.complain(.error, $0.text) }
      joined.withLock { $0 = communicator }
    } catch {
      throw RanksError(launch, error)
    }
  }

  /// Leaves the others, when all ranks have done what the command asks for.
  static func leave() async { await current?.leave() }

  /// Ends the command on all ranks if a signal has come to any of them.
  ///
  /// - Throws: `ExitCode`.
  static func checkSignals() async throws {
    guard let current else { return try Interruption.check() }
    guard await current.any(Interruption.exitCode != nil) else { return }
    try Interruption.check()
    throw ExitCode(128 + SIGTERM)
  }

  /// Returns rank 0's value on every rank.
  static func agreed<Value: Codable>(_ value: Value) async throws -> Value {
    guard let current else { return value }
    return try JSONDecoder().decode(Value.self, from: Data(await current.broadcast(Array(try JSONEncoder().encode(value)))))
  }

  /// Runs the body on rank 0 first, and then on the others, which can reuse its cache.
  static func afterFirst<Result>(_ body: () throws -> Result) async throws -> Result {
    guard let current else { return try body() }
    if current.rank == 0 {
      let result = try body()
      _ = await current.gather([])
      return result
    }
    _ = await current.gather([])
    return try body()
  }
}

/// Why the processes that mpirun or srun started cannot train together.
enum RanksError: Error, Equatable, CustomStringConvertible {
  case builtWithoutMPI(ranks: Int, starter: String)
  case noStart(starter: String)
  case otherCount(found: Int, expected: Int, starter: String)

  init(_ launch: Launch, _ fault: Launch.Fault) {
    switch fault {
    case .builtWithoutMPI: self = .builtWithoutMPI(ranks: launch.ranks, starter: launch.starter)
    case .noStart: self = .noStart(starter: launch.starter)
    case .otherCount(let found): self = .otherCount(found: found, expected: launch.ranks, starter: launch.starter)
    }
  }

  var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .builtWithoutMPI(let ranks, let starter):
      "\(starter) started \(ranks) processes, but this build of refrain has no MPI; build it with `swift build -c release --traits MPI`, "
        + "or run it without \(starter)."
    case .noStart(let starter):
      "MPI could not be initialized in a process that \(starter) started; fix the error that Open MPI printed above."
    case .otherCount(let found, let expected, let starter):
      "\(starter) started \(expected) processes, but MPI connects only \(found); start them with mpirun, or with `srun --mpi=pmix`."
    }
  }
}

extension RankFailure {
  /// One sentence: what ended the run, and how to continue.
  fileprivate var text: String {
    let advice = "the newest checkpoint is kept, and the same command with --resume continues from it."
    return switch self {
    case .silent(let rank, let seconds):
      "rank \(rank) has not answered for \(seconds) seconds, because it was killed, hangs or lost its connection; \(advice)"
    case .failed(let rank, let sentence): rank == 0 ? sentence : "rank \(rank): \(sentence)"
    case .disconnected(let rank, let reason): "MPI failed on rank \(rank): \(reason); \(advice)"
    }
  }
}
