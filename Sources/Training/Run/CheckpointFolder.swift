package import Files
internal import Models
package import SystemPackage

/// The checkpoints of a run: files named by their steps in a folder `checkpoints` of the run's directory.
///
/// Each is written beside the others under a temporary name, forced to the disk and renamed; only when it is there whole are older ones
/// removed. So whatever happens, the newest whole one can be gone on from.
package struct CheckpointFolder: Sendable {
  /// `checkpoints` in the run's directory.
  package let path: FilePath
  private let calls: FileCalls

  package init(in directory: FilePath, calls: FileCalls = .system) {
    path = directory.appending(ModelDirectory.checkpointsName)
    self.calls = calls
  }

  /// A checkpoint's file.
  package func file(step: Int) -> FilePath {
    let digits = String(step)
    return path.appending("step-" + String(repeating: "0", count: max(0, 10 - digits.count)) + digits + ".safetensors")
  }

  /// The steps of all checkpoints, the last first.
  package var steps: [Int] {
    guard let names = try? entries(of: path) else { return [] }
    return names.compactMap { name in
      guard name.extension == "safetensors", name.stem.hasPrefix("step-"), let step = Int(name.stem.dropFirst(5)), step >= 0,
        file(step: step).lastComponent == name
      else { return nil }
      return step
    }.sorted(by: >)
  }

  /// The newest checkpoint that is whole, up to a step; and what was wrong with newer ones.
  package func newest(upTo step: Int = .max) -> (found: (checkpoint: TrainingCheckpoint, run: RunRecord?)?, faults: [any Error]) {
    var faults: [any Error] = []
    for candidate in steps where candidate <= step {
      do {
        let found = try TrainingCheckpoint.read(ModelDirectory.ownFile(file(step: candidate), in: path.removingLastComponent()))
        guard found.checkpoint.step == candidate else {
          throw TrainingCheckpointError.malformed(path: file(step: candidate).string, fault: "it is of another step than its name says")
        }
        return (found, faults)
      } catch {
        faults.append(error)
      }
    }
    return (nil, faults)
  }

  /// Writes a checkpoint, then removes those that are not to be kept: all but the last few, the best, and the one to go back to. Where the
  /// disk is too full for that many, only the newest whole one is kept while the next is written.
  package func write(_ checkpoint: TrainingCheckpoint, run: RunRecord?) throws {
    try checkName()
    try makeDirectories(path, calls: calls)
    _ = try ModelDirectory.ownFile(file(step: checkpoint.step), in: path.removingLastComponent())
    do {
      try checkpoint.write(to: file(step: checkpoint.step), run: run, calls: calls)
    } catch let error as FileError {
      // On a full disk what can be spared makes room: the newest whole one is enough to go on from.
      guard case .diskFull = error, let newest = newest().found?.checkpoint.step else { throw error }
      let spared = steps.filter { $0 != newest && $0 != checkpoint.step }
      if spared.isEmpty { throw error }
      for step in spared { try remove(step) }
      try checkpoint.write(to: file(step: checkpoint.step), run: run, calls: calls)
    }
    var kept = Set(steps.filter { $0 <= checkpoint.step }.prefix(checkpoint.configuration.keepCheckpoints))
    kept.formUnion([checkpoint.bestStep, checkpoint.rollBackStep].compactMap { $0 })
    for step in steps where !kept.contains(step) { try remove(step) }
  }

  /// - Throws: `ModelDirectoryError` for a file in the folder's place, or a link that leads out of the run's directory.
  func checkName() throws(ModelDirectoryError) {
    _ = try ModelDirectory.ownFile(path, in: path.removingLastComponent(), kind: .folder)
  }

  /// Removes the checkpoints after a step: a run that went back makes them anew.
  package func remove(after step: Int) throws(FileError) {
    for later in steps where later > step { try remove(later) }
  }

  private func remove(_ step: Int) throws(FileError) { try removeTree(file(step: step), calls: calls) }
}
