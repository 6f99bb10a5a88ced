import Basics
import Files
import Models
import SystemPackage
import Testing
import Training

/// What is there before a save.
enum Occupant: CaseIterable, Sendable {
  case nothing, sameRun, otherModel
}

/// A disk that fills up, fails or takes little at a time, at every single call of a save.
@Suite("Saving on a bad disk") struct ModelDirectoryFaultTests {
  static let faults: [FaultyCalls.Fault] = [.once(.noSpace), .once(.ioError), .full, .halfWrite]

  @Test("there is the old model or the new one, whole, whichever call fails", arguments: Occupant.allCases, faults)
  func wholeOrNot(before: Occupant, fault: FaultyCalls.Fault) throws {
    let new = try Model.small(seed: 1).later()
    let old: Model? =
      switch before {
      case .nothing: nil
      case .sameRun: try .small(seed: 1)
      case .otherModel: try .small(seed: 2, words: "another song about another boat")
      }
    var failures = 0
    for at in 1...200 {
      let folder = try TemporaryFolder()
      let path = folder.path("models/night")
      if let old { try ModelDirectory.save(old, to: path) }
      let faulty = FaultyCalls(fault, at: at)
      do {
        try ModelDirectory.save(new, to: path, calls: faulty.calls)
        // No fault may go unreported; past the last call there was none.
        try #require(!faulty.isFired, "call \(at) failed and nobody was told")
        #expect(try ModelDirectory.load(path).isSame(as: new))
        break
      } catch {
        failures += 1
        try check(error, path, fault, at)
        if error is ModelDirectoryError { #expect(try ModelDirectory.load(path).isSame(as: new)) }
        // A folder's entry that could not be forced to the disk is reported, but the file is there.
        if ModelDirectory.holdsModel(path) {
          let found = try ModelDirectory.load(path)
          let isOld = old.map { found.isSame(as: $0) } ?? false
          #expect(isOld || found.isSame(as: new), "call \(at) left something between")
        } else {
          #expect(old == nil, "call \(at) lost the old model")
        }
        // With room again, the next save gets through.
        try ModelDirectory.save(new, to: path)
        #expect(try ModelDirectory.load(path).isSame(as: new))
        #expect(try names(in: path) == ["config.json", "model.safetensors", "tokenizer.json"])
        #expect(try entries(of: path).count == 3 && entries(of: path.removingLastComponent()).map(\.string) == ["night"])
      }
    }
    // Each file takes at least its making, writing, forcing, closing, renaming and the folder's entry.
    #expect(failures >= (fault == .halfWrite ? 1 : fault == .full ? 3 : 6))
    #expect(failures < 200)
  }

  private func check(_ error: any Error, _ model: FilePath, _ fault: FaultyCalls.Fault, _ at: Int) throws {
    if let error = error as? ModelDirectoryError {
      #expect(error.description.hasPrefix("\(model): the new model is in place, but "), "\(error)")
      return
    }
    let error = try #require(error as? FileError)
    // Nobody knows of the hidden folder that the model was made in.
    #expect(!error.description.contains(".night.refrain-"), "\(error)")
    if fault == .once(.ioError) { return }
    switch error {
    case .diskFull(let path, let bytes):
      #expect(
        error.description
          == "\(path): the disk is full after \(bytes.grouped) bytes; what was there before is untouched; free some space and try again.")
    case .notSynced:
      #expect(fault == .once(.noSpace))
    default:
      Issue.record("call \(at): \(error)")
    }
  }

  @Test("writes that take little at a time are gone on with", arguments: Occupant.allCases)
  func shortWrites(before: Occupant) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("model")
    switch before {
    case .nothing: break
    case .sameRun: try ModelDirectory.save(.small(seed: 1), to: path)
    case .otherModel: try ModelDirectory.save(.small(seed: 2), to: path)
    }
    let new = try Model.small(seed: 1).later()
    try ModelDirectory.save(new, to: path, calls: FaultyCalls(.shortWrites).calls)
    #expect(try ModelDirectory.load(path).isSame(as: new))
  }

  @Test("a run that is to replace a model leaves it whole until its own is", arguments: faults)
  func overwritingRun(fault: FaultyCalls.Fault) async throws {
    let old = try Model.small(seed: 2), checkpoint = try await TrainingCheckpoint.small(seed: 1), new = checkpoint.model
    var failures = 0
    for at in 1...200 {
      let folder = try TemporaryFolder()
      let path = folder.path("model")
      try ModelDirectory.save(old, to: path)
      let faulty = FaultyCalls(fault, at: at)
      do {
        let run = try RunDirectory(path, overwrites: true, calls: faulty.calls)
        try run.finish(with: checkpoint)
        try #require(!faulty.isFired, "call \(at) failed and nobody was told")
        #expect(try ModelDirectory.load(path).isSame(as: new))
        break
      } catch {
        failures += 1
        try check(error, path, fault, at)
        if error is ModelDirectoryError { #expect(try ModelDirectory.load(path).isSame(as: new)) }
        let found = try ModelDirectory.load(path)
        #expect(found.isSame(as: old) || found.isSame(as: new), "call \(at) left something between")
      }
    }
    #expect(failures >= 1 && failures < 200)
  }
}
