import Files
import Foundation
import Models
import SystemPackage
import Testing
import Training

/// Interrupted runs beside a newer model: resuming never replaces the newer model.
@Suite("A run that is older than the model") struct OlderRunTests {
  let folder: TemporaryFolder
  let stale: TrainingCheckpoint
  let new: TrainingCheckpoint
  var path: FilePath { folder.path("night") }
  var unfinished: FilePath { folder.path("night.unfinished") }

  init() async throws {
    folder = try TemporaryFolder()
    stale = try await .small(seed: 2)
    new = try await .small(seed: 1)
  }

  /// A model, and an interrupted run that is to replace it; with a checkpoint or killed before its first.
  private func interrupt(hasCheckpoint: Bool) throws {
    try RunDirectory(path, overwrites: false).save(of: stale).write()
    let run = try RunDirectory(path, overwrites: true)
    if hasCheckpoint { try run.save(of: stale).write() }
  }

  /// Lets the clock of the file system go on.
  private func wait() { Thread.sleep(forTimeInterval: 0.02) }

  /// Ways in which a newer model gets into the folder after the run was interrupted.
  enum Way: CaseIterable, Sendable {
    case removed, overwritten, removedAndOverwritten, imported, removedAndImported, moved
  }

  @Test("the new model stays, however it came there", arguments: Way.allCases, [true, false])
  func newModelStays(way: Way, hasCheckpoint: Bool) throws {
    try interrupt(hasCheckpoint: hasCheckpoint)
    wait()
    switch way {
    case .removed:
      try removeTree(path)
      if hasCheckpoint {
        #expect(throws: ModelDirectoryError.runThere(path: path.string)) { try RunDirectory(path, overwrites: false) }
        return
      }
      try RunDirectory(path, overwrites: false).finish(with: new)
    case .overwritten: try RunDirectory(path, overwrites: true).finish(with: new)
    case .removedAndOverwritten:
      try removeTree(path)
      try RunDirectory(path, overwrites: true).finish(with: new)
    case .imported: try ModelDirectory.save(new.model, to: path)
    case .removedAndImported:
      try removeTree(path)
      try ModelDirectory.save(new.model, to: path)
    case .moved:
      try RunDirectory(folder.path("other"), overwrites: false).finish(with: new)
      try removeTree(path)
      try FileCalls.system.rename(folder.path("other"), path)
    }
    let keepsRun = way == .imported || way == .removedAndImported || way == .moved
    #expect(fileExists(unfinished) == keepsRun)
    if way == .imported || way == .removedAndImported {
      let error = #expect(throws: ModelDirectoryError.self) { try RunDirectory(resuming: path) }
      #expect(
        error?.description
          == "\(unfinished): this interrupted run is older than the model in \(path) and is not resumed; to resume it, move \(path) "
          + "elsewhere "
          + "first; if you do not need it, remove it.")
    } else {
      let run = try RunDirectory(resuming: path)
      #expect(run.latest?.checkpoint.isSame(as: new) == true && run.workingPath == path)
      #expect(run.faults.count == (keepsRun ? 1 : 0))
      try run.start()
      try run.finish(with: new)
    }
    #expect(try ModelDirectory.load(path).isSame(as: new.model))
    #expect(fileExists(unfinished) == keepsRun)
    // The advice works.
    if keepsRun {
      try removeTree(path)
      #expect(try RunDirectory(resuming: path).latest?.checkpoint.isSame(as: stale) == (hasCheckpoint ? true : nil))
    }
  }

  @Test("an interrupted run without a mark, as older versions left it, is resumed", arguments: [true, false])
  func olderVersion(hasCheckpoint: Bool) throws {
    try interrupt(hasCheckpoint: hasCheckpoint)
    let run = try RunDirectory(resuming: path)
    #expect(run.isReplacing && run.faults.isEmpty)
    #expect(run.latest?.checkpoint.isSame(as: stale) == (hasCheckpoint ? true : nil))
    try run.start()
    try run.finish(with: new)
    #expect(try ModelDirectory.load(path).isSame(as: new.model))
    #expect(try entries(of: folder.path).map(\.string) == ["night"])
  }

  @Test func `an old model that an older version left under the run's name does not come back`() throws {
    try RunDirectory(unfinished, overwrites: false).save(of: stale).write()
    wait()
    try RunDirectory(folder.path("other"), overwrites: false).save(of: new).write()
    try FileCalls.system.rename(folder.path("other"), path)
    let run = try RunDirectory(resuming: path)
    try run.start()
    try run.finish(with: new)
    #expect(try ModelDirectory.load(path).isSame(as: new.model))
  }

  @Test func `a user's folder of that name is not a run`() throws {
    try RunDirectory(path, overwrites: false).save(of: new).write()
    try makeDirectories(unfinished)
    try AtomicFile.write(Array("mine".utf8), to: unfinished.appending("novel.txt"))
    let run = try RunDirectory(resuming: path)
    #expect(run.workingPath == path && run.faults.isEmpty)
    try run.start()
    #expect(try readFile(unfinished.appending("novel.txt")) == Array("mine".utf8))
  }
}
