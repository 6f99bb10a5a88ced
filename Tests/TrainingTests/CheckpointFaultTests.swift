import Files
import Models
import SystemPackage
import Testing
import Training

/// A disk that fills up, fails or takes little at a time, at every single call of a checkpoint's save.
@Suite("Checkpoints on a bad disk") struct CheckpointFaultTests {
  /// Makes a run's directory that has a good checkpoint at step 3.
  private func directory(_ folder: TemporaryFolder, _ good: TrainingCheckpoint) throws -> FilePath {
    let path = folder.path("model")
    try RunDirectory(path, overwrites: false).save(of: good).write()
    return path
  }

  @Test("the newest checkpoint is whole, whichever call fails", arguments: ModelDirectoryFaultTests.faults)
  func wholeOrNot(fault: FaultyCalls.Fault) async throws {
    let good = try await TrainingCheckpoint.small(seed: 1), new = try await TrainingCheckpoint.small(seed: 1, steps: 9)
    var failures = 0, kept = 0
    for at in 1...300 {
      let folder = try TemporaryFolder()
      let path = try directory(folder, good)
      let faulty = FaultyCalls(fault, at: at)
      func save() throws {
        let run = try RunDirectory(resuming: path, calls: faulty.calls)
        try run.start()
        if let fault = try run.save(of: new).write() { throw fault }
      }
      do {
        try save()
        try #require(!faulty.isFired, "call \(at) failed and nobody was told")
        break
      } catch let error as FileError {
        failures += 1
        let resumed = try RunDirectory(resuming: path)
        #expect(resumed.faults.isEmpty, "call \(at) left half a checkpoint: \(error)")
        let found = try #require(resumed.latest).checkpoint
        if found.isSame(as: good) { kept += 1 }
        #expect(found.isSame(as: good) || found.isSame(as: new), "call \(at) left something between")
        let model = try ModelDirectory.load(path)
        #expect(model.isSame(as: good.model) || model.isSame(as: new.model), "call \(at) left a model between")
        // With room again, the next save gets through and tidies up.
        try resumed.start()
        try resumed.save(of: new).write()
        #expect(resumed.checkpoints.newest().found?.checkpoint.isSame(as: new) == true)
        #expect(try ModelDirectory.load(path).isSame(as: new.model))
        let hidden = try (entries(of: path) + entries(of: resumed.checkpoints.path)).map(\.string).filter { $0.hasPrefix(".") }
        #expect(hidden == [DirectoryLock.name.string])
      }
    }
    #expect(failures >= (fault == .halfWrite ? 1 : 5) && failures < 300 && kept >= 1)
  }

  @Test func `writes that take little at a time are gone on with`() async throws {
    let good = try await TrainingCheckpoint.small(seed: 1), new = try await TrainingCheckpoint.small(seed: 1, steps: 9)
    let folder = try TemporaryFolder()
    let run = try RunDirectory(resuming: try directory(folder, good), calls: FaultyCalls(.shortWrites).calls)
    try run.start()
    try run.save(of: new).write()
    #expect(run.checkpoints.newest().found?.checkpoint.isSame(as: new) == true)
  }

  /// A disk with room for little more than two checkpoints, on which three would have to be for a moment.
  @Test func `on a small disk what can be spared makes room`() async throws {
    let folder = try TemporaryFolder()
    let path = try directory(folder, await .small(seed: 1, steps: 2))
    let system = FileCalls.system
    @Sendable func used() -> Int {
      (try? [path, path.appending("checkpoints")].reduce(0) { sum, folder in
        try sum + entries(of: folder).reduce(0) { $0 + Int((try? Stat(folder.appending($1)).size) ?? 0) }
      }) ?? 0
    }
    let size = Int(try Stat(CheckpointFolder(in: path).file(step: 2)).size), room = used() + size + size / 2
    var calls = system
    calls.write = { (file, bytes) throws(Errno) in
      if used() + bytes.count > room { throw .noSpace }
      return try system.write(file, bytes)
    }
    for steps in [5, 9, 12, 16] {
      let run = try RunDirectory(resuming: path, calls: calls)
      try run.start()
      let checkpoint = try await TrainingCheckpoint.small(seed: 1, steps: steps)
      try run.save(of: checkpoint).write()
      #expect(run.checkpoints.newest().found?.checkpoint.isSame(as: checkpoint) == true)
      #expect(try ModelDirectory.load(path).step == steps)
    }
  }

  @Test func `only the last few are kept, the best, and the one to go back to`() async throws {
    let folder = try TemporaryFolder(), checkpoints = CheckpointFolder(in: folder.path)
    var configuration = smallConfiguration(steps: 60)
    configuration.checkpointEvery = 10
    configuration.keepCheckpoints = 2
    configuration.optimizer.learningRate = 0.02
    // What is learned by heart is wrong for the held-out end.
    let text = String(repeating: (0..<10).map { "w\($0) " }.joined(), count: 27) + randomText(words: 30, vocabulary: 10, seed: 3)
    let trainer = try Trainer(corpus: corpus(text, validationFraction: 0.1), configuration: configuration)
    try await trainer.train { event in
      guard case .checkpoint(let checkpoint) = event else { return }
      try checkpoints.write(checkpoint, run: nil)
      let kept = checkpoints.steps
      #expect(kept.first == checkpoint.step && kept.count <= 4)
      if let best = checkpoint.bestStep { #expect(kept.contains(best)) }
      #expect(checkpoint.rollBackStep == 0 || kept.contains(checkpoint.rollBackStep))
    }
    #expect(checkpoints.steps.count >= 2)
    let summary = try await trainer.train()
    let best = try #require(summary.bestValidation?.step)
    #expect(best < 50 && checkpoints.steps.contains(best), "the best comes early")
  }

  @Test func `a checkpoint under another's name is not taken`() async throws {
    let folder = try TemporaryFolder(), checkpoints = CheckpointFolder(in: folder.path)
    try checkpoints.write(await .small(seed: 1), run: nil)
    try FileCalls.system.rename(checkpoints.file(step: 3), checkpoints.file(step: 30))
    let (found, faults) = checkpoints.newest()
    #expect(found == nil && faults.count == 1)
  }
}
