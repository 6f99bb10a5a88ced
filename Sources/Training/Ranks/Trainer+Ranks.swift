internal import Files
private import Foundation
private import SystemPackage

/// What rank 0 asks of the other ranks while nobody trains.
enum RankRequest: UInt8 {
  /// To send what they have of a checkpoint.
  case checkpoint
  /// To end.
  case end
}

extension Trainer {
  /// Answers rank 0 until it calls ``endRanks()``. The other ranks call this when ``train(_:)`` has returned.
  ///
  /// - Precondition: this is not rank 0.
  package func answerFirstRank() async {
    precondition(!isFirstRank, "rank 0 asks, and the others answer")
    while let communicator {
      guard let request = RankRequest(rawValue: await communicator.broadcast([])[0]) else {
        preconditionFailure("rank 0 asked for what no rank knows")
      }
      switch request {
      case .checkpoint: _ = await currentCheckpoint()
      case .end: return
      }
    }
  }

  /// Lets the other ranks end. Rank 0 calls this when it needs nothing more of the run.
  package func endRanks() async { await askRanks(for: .end) }

  /// Asks the other ranks for something, if there are others.
  ///
  /// - Precondition: this is rank 0, and nobody trains.
  func askRanks(for request: RankRequest) async {
    guard let communicator else { return }
    precondition(isFirstRank, "rank 0 asks, and the others answer")
    _ = await communicator.broadcast([request.rawValue])
  }

  /// What rank 0 gives, at every rank.
  func shared(_ checkpoint: TrainingCheckpoint?) async throws -> TrainingCheckpoint? {
    guard let communicator else { return checkpoint }
    return try await TrainingCheckpoint.share(checkpoint.map { ($0, nil) }, among: communicator)?.checkpoint
  }
}

extension TrainingCheckpoint {
  /// The checkpoint of rank 0, at every rank; nil if it has none. It travels as a file, since reading one checks it.
  ///
  /// - Throws: `FileError` if a temporary file cannot be written or read.
  package static func share(
    _ saved: (checkpoint: TrainingCheckpoint, run: RunRecord?)?, among communicator: any Communicator
  ) async throws -> (checkpoint: TrainingCheckpoint, run: RunRecord?)? {
    let path = FilePath(NSTemporaryDirectory()).appending("refrain-\(UUID().uuidString).checkpoint")
    defer { try? FileCalls.system.remove(path) }
    if communicator.rank == 0 {
      guard let saved else {
        _ = await communicator.broadcast([])
        return nil
      }
      try saved.checkpoint.write(to: path, run: saved.run)
      _ = await communicator.broadcast(Array(try Data(contentsOf: URL(filePath: path.string))))
      return saved
    }
    let bytes = await communicator.broadcast([])
    if bytes.isEmpty { return nil }
    try AtomicFile.write(bytes, to: path)
    return try read(path)
  }
}
