internal import Files
private import Foundation
private import SystemPackage

/// A request from rank 0 to the others while nobody trains.
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
        preconditionFailure("rank 0 sent an unknown request")
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
    switch activity.state {
    case .idle, .failed: break
    case .betweenSteps, .inStep: preconditionFailure("while ranks train, their model and checkpoint come with events")
    }
    precondition(isFirstRank, "rank 0 asks, and the others answer")
    _ = await communicator.broadcast([request.rawValue])
  }

  /// Returns rank 0's checkpoint on every rank.
  func shared(_ checkpoint: TrainingCheckpoint?) async throws -> TrainingCheckpoint? {
    guard let communicator else { return checkpoint }
    return try await TrainingCheckpoint.share(checkpoint.map { ($0, nil) }, among: communicator)?.checkpoint
  }
}

extension TrainingCheckpoint {
  /// So much of a file travels at once, in bytes: while a message arrives, its receiver cannot tell the others that it is alive.
  private static let pieceOfFile = 1 << 22

  /// The checkpoint of rank 0, at every rank; nil if it has none. It travels as a file, since reading one checks it.
  ///
  /// - Throws: `FileError` if a temporary file cannot be written or read.
  package static func share(
    _ saved: (checkpoint: TrainingCheckpoint, run: RunRecord?)?, among communicator: any Communicator
  ) async throws -> (checkpoint: TrainingCheckpoint, run: RunRecord?)? {
    let path = FilePath(NSTemporaryDirectory()).appending("refrain-\(UUID().uuidString).checkpoint")
    defer { try? FileCalls.system.remove(path) }
    if communicator.rank == 0 {
      var bytes = Data()
      if let saved {
        try saved.checkpoint.write(to: path, run: saved.run)
        bytes = try Data(contentsOf: URL(filePath: path.string), options: .alwaysMapped)
      }
      _ = await communicator.broadcast(RankBytes.bytes(of: [bytes.count]))
      for start in stride(from: 0, to: bytes.count, by: pieceOfFile) {
        _ = await communicator.broadcast(Array(bytes[start..<min(start + pieceOfFile, bytes.count)]))
      }
      return saved
    }
    let count: Int = RankBytes.numbers(await communicator.broadcast([]))[0]
    if count == 0 { return nil }
    var pieces: [[UInt8]] = []
    for _ in stride(from: 0, to: count, by: pieceOfFile) { pieces.append(await communicator.broadcast([])) }
    try AtomicFile.write(to: path) { file in for piece in pieces { try file.write(piece) } }
    pieces = []
    return try read(path)
  }
}
