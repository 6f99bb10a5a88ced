import Files
import Models
import SystemPackage
import Testing
import Training

/// Whoever writes a model takes the directory's lock, and whoever reads one gets one model.
@Suite("A model that is replaced while others use it") struct ModelReplacementTests {
  let folder: TemporaryFolder
  var path: FilePath { folder.path("night") }

  init() throws { folder = try TemporaryFolder() }

  @Test("a model is not saved where a run writes", arguments: [false, true])
  func inUse(isReplacing: Bool) throws {
    let old = try Model.small(seed: 2)
    if isReplacing { try old.save(to: path.string) }
    let run = try RunDirectory(path, overwrites: true)
    try run.append(.line(step: 1))
    let error = #expect(throws: FileError.self) { try Model.small(seed: 3, words: "another song").save(to: path.string) }
    guard case .inUse(path.string, let owner) = error else {
      Issue.record("\(message(of: error))")
      return
    }
    #expect(owner.hasPrefix("process "))
    #expect(fileExists(run.workingPath.appending("metrics.jsonl")))
    if isReplacing { #expect(try Model(directory: path.string).isSame(as: old)) }
    let names = try entries(of: folder.path).map(\.string).sorted()
    #expect(names == (isReplacing ? ["night", "night.unfinished"] : ["night"]))
    withExtendedLifetime(run) {}
    _ = consume run
    try old.save(to: path.string)
    #expect(try !fileExists(path.appending(DirectoryLock.name)) && Model(directory: path.string).isSame(as: old))
  }

  @Test("what a killed save left beside the model is removed by the next, and another model's is not")
  func leftBehind() throws {
    try Model.small(seed: 2).save(to: path.string)
    let left = [".night.refrain-3w5e11264sgsf", ".night.refrain-0"]
    let kept = [".nights.refrain-1", ".night.refrain-x.y", ".night.refrain-"]
    for name in left + kept {
      try makeDirectories(folder.path(name))
      try AtomicFile.write([1], to: folder.path(name).appending("config.json"))
      try AtomicFile.write([1], to: folder.path(name).appending(DirectoryLock.name))
    }
    let lock = try DirectoryLock(folder.path(left[1]))
    try Model.small(seed: 3, words: "another song").save(to: path.string)
    #expect(try entries(of: folder.path).map(\.string).sorted() == (kept + [left[1], "night"]).sorted())
    withExtendedLifetime(lock) {}
    _ = consume lock
    try Model.small(seed: 3, words: "another song").later().save(to: path.string)
    #expect(try entries(of: folder.path).map(\.string).sorted() == (kept + ["night"]).sorted())
  }

  @Test("a reader gets one model or the other, never a part of each", .timeLimit(.minutes(2)))
  func reading() async throws {
    let models = try [Model.small(seed: 2), Model.small(seed: 3), Model.small(seed: 4, words: "the river runs under the ridge\nand away")]
    let path = path
    try models[0].save(to: path.string)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for round in 1...120 { try models[round % 3].save(to: path.string) }
      }
      for _ in 0..<2 {
        group.addTask {
          for _ in 0..<400 {
            let found = try Model(directory: path.string)
            #expect(models.contains { $0.isSame(as: found) })
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try entries(of: folder.path).count == 1)
  }
}
