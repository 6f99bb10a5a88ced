import Files
import Foundation
import Models
import SystemPackage
import Testing
import Training

/// Replacing a model by that of a finished run, and resuming after the replacement was cut off at any of its calls.
@Suite("A finished run takes a model's place") struct PromotionTests {
  let folder: TemporaryFolder
  let old: TrainingCheckpoint
  let new: TrainingCheckpoint
  var path: FilePath { folder.path("night") }
  var unfinished: FilePath { folder.path("night.unfinished") }

  init() async throws {
    folder = try TemporaryFolder()
    old = try await .small(seed: 2)
    new = try await .small(seed: 1)
  }

  /// Makes an old model with its checkpoint and a user's file, and a finished run that has still to replace it.
  private func begin(_ calls: FileCalls = .unsynced) throws -> RunDirectory {
    for name in try entries(of: folder.path) { try removeTree(folder.path.appending(name)) }
    try RunDirectory(path, overwrites: false, calls: .unsynced).save(of: old).write()
    try AtomicFile.write(Array("mine".utf8), to: path.appending("song.txt"))
    let run = try RunDirectory(path, overwrites: true, calls: calls)
    try run.append(.line(step: 3))
    try run.save(of: new).write()
    return run
  }

  private func model(_ path: FilePath) -> Model? { try? ModelDirectory.load(path) }

  /// Resumes the run to its end, as the command does.
  private func resume() throws {
    let run = try RunDirectory(resuming: path, calls: .unsynced)
    #expect(run.latest?.checkpoint.isSame(as: new) == true)
    try run.start()
    try run.finish(with: new)
  }

  private func checkEnd(_ comment: Comment) throws {
    #expect(model(path)?.isSame(as: new.model) == true, comment)
    #expect(CheckpointFolder(in: path).newest().found?.checkpoint.isSame(as: new) == true, comment)
    #expect(try String(decoding: readFile(path.appending("metrics.jsonl")), as: UTF8.self).contains("\"step\":3"), comment)
    #expect(try readFile(path.appending("song.txt")) == Array("mine".utf8), comment)
    #expect(try entries(of: folder.path).map(\.string) == ["night"], comment)
    #expect(try entries(of: path).allSatisfy { !$0.string.hasPrefix(".") }, comment)
  }

  /// Runs `finish` on a disk that fails at its k-th call, for every k, and then `body`.
  private func finishing(
    _ fault: FaultyCalls.Fault, swaps: Bool, at some: Set<Int>? = nil, _ body: (_ isNew: Bool, (any Error)?, Int) throws -> Void
  ) throws {
    let counting = FaultyCalls(fault, at: .max, swaps: swaps, system: .unsynced)
    _ = try begin(counting.calls)
    let before = counting.count
    try begin(counting.calls).finish()
    let calls = counting.count - 2 * before
    #expect(calls > 10)
    for at in 1...calls where some?.contains(at) != false {
      let faulty = FaultyCalls(fault, at: before + at, swaps: swaps, system: .unsynced)
      var error: (any Error)?
      do {
        try begin(faulty.calls).finish()
      } catch let fault {
        error = fault
      }
      let isNew = model(path)?.isSame(as: new.model) == true
      if let fault = error as? ModelDirectoryError {
        #expect(isNew && fault.description.hasPrefix("\(path): the new model is in place, but "), "call \(at): \(fault)")
      }
      try body(isNew, error, at)
    }
  }

  @Test("killed at any call, it is completed by resuming, and the old model never comes back", arguments: [true, false])
  func killed(swaps: Bool) throws {
    try finishing(.dead, swaps: swaps) { isNew, error, at in
      #expect(error != nil)
      // With a system that swaps names there is a model at every moment.
      if swaps { #expect(isNew || model(path)?.isSame(as: old.model) == true, "call \(at)") }
      let shown = try RunDirectory.latest(path)
      #expect(shown?.checkpoint.isSame(as: new) == true, "call \(at)")
      if isNew {
        let run = try RunDirectory(resuming: path, calls: .unsynced)
        try run.start()
        #expect(!run.isReplacing && model(path)?.isSame(as: new.model) == true, "call \(at)")
      }
      try resume()
      try checkEnd("call \(at)")
    }
  }

  @Test("killed at any call of the resuming too, it is completed by the next one", arguments: [true, false])
  func killedTwice(swaps: Bool) throws {
    for second in [1, 2, 3, 5, 8, 12] {
      // Between the mark, the exchange, and what comes after it.
      try finishing(.dead, swaps: swaps, at: [6, 8, 9]) { _, _, at in
        do {
          let run = try RunDirectory(resuming: path, calls: FaultyCalls(.dead, at: second, swaps: swaps, system: .unsynced).calls)
          try run.start()
          try run.finish(with: new)
        } catch {}
        try resume()
        try checkEnd("calls \(at) and \(second)")
      }
    }
  }

  @Test("an error at any call is reported, and the new model stays once it is in place", arguments: [true, false])
  func faults(swaps: Bool) throws {
    try finishing(.once(.ioError), swaps: swaps) { isNew, error, at in
      #expect(error != nil, "call \(at)")
      #expect(isNew || model(path)?.isSame(as: old.model) == true, "call \(at)")
      #expect(isNew == (error is ModelDirectoryError), "call \(at): \(message(of: error))")
      try resume()
      try checkEnd("call \(at)")
    }
  }

  @Test("a run that was killed is replaced by a new one or an import, with nothing left of it", arguments: [true, false])
  func overwritten(swaps: Bool) async throws {
    let third = try await TrainingCheckpoint.small(seed: 5)
    try finishing(.dead, swaps: swaps) { _, _, at in
      // The clock of the file system goes on.
      Thread.sleep(forTimeInterval: 0.02)
      if at % 2 == 0 {
        try RunDirectory(path, overwrites: true, calls: .unsynced).finish(with: third)
      } else {
        try ModelDirectory.save(third.model, to: path, calls: .unsynced)
      }
      #expect(model(path)?.isSame(as: third.model) == true, "call \(at)")
      #expect(try readFile(path.appending("song.txt")) == Array("mine".utf8), "call \(at)")
      // The unfinished run is kept for the user to resume.
      let names = try entries(of: folder.path).map(\.string).filter { $0 != "night.unfinished" }
      #expect(names == ["night"], "call \(at)")
      if fileExists(unfinished) {
        #expect(throws: ModelDirectoryError.olderRun(path: path.string, unfinished: unfinished.string)) { try RunDirectory(resuming: path) }
      }
    }
  }

  @Test("a file of the old model that may not be removed keeps neither the new one from its place nor a run from being resumed")
  func unremovable() throws {
    let system = FileCalls.system
    var calls = system
    calls.remove = { (path) throws(Errno) in
      if path.lastComponent == "keep" { throw .notPermitted }
      try system.remove(path)
    }
    do {
      let run = try begin(calls)
      try AtomicFile.write([1], to: path.appending("checkpoints/keep"))
      let error = #expect(throws: ModelDirectoryError.self) { try run.finish() }
      let hidden = try #require(try entries(of: folder.path).first { $0 != "night" })
      #expect(
        error?.description
          == "\(path): the new model is in place, but clearing away the old one failed (\(folder.path.appending(hidden)): this may not be "
          + "written); check the disk and its permissions.")
      #expect(model(path)?.isSame(as: new.model) == true && !fileExists(unfinished) && !run.isReplacing)
    }
    for _ in 0..<2 {
      let resumed = try RunDirectory(resuming: path, calls: calls)
      #expect(resumed.latest?.checkpoint.isSame(as: new) == true && resumed.faults.isEmpty)
      try resumed.start()
      #expect(model(path)?.isSame(as: new.model) == true && !resumed.isReplacing)
    }
    // Once it may be removed, the next run removes it.
    try resume()
    try checkEnd("at the end")
  }

  @Test("two files of the same name both stay")
  func sameName() throws {
    let run = try begin()
    try AtomicFile.write(Array("the run's".utf8), to: unfinished.appending("song.txt"))
    #expect(throws: ModelDirectoryError.self) { try run.finish() }
    #expect(try readFile(path.appending("song.txt")) == Array("the run's".utf8))
    let hidden = try #require(try entries(of: folder.path).first { $0 != "night" })
    #expect(try readFile(folder.path.appending(hidden).appending("song.txt")) == Array("mine".utf8))
  }

  @Test("the mark of a model that was copied from elsewhere does not make a run in progress an old model")
  func foreignMark() throws {
    _ = try begin()
    try AtomicFile.write(Array("1 2".utf8), to: path.appending(".refrain.finished"))
    try resume()
    try checkEnd("at the end")
  }
}

extension Metrics {
  /// A line of a run.
  static func line(step: Int, kind: Kind = .train) throws -> Metrics {
    let text = """
      {"kind":"\(kind.rawValue)","step":\(step),"epoch":1,"tokens":9,"loss_nats":2,"perplexity":7,"tokens_per_second":1,"gradient_norm":1,
      "learning_rate":0.1,"elapsed_seconds":1}
      """
    return try JSONDecoder().decode(Metrics.self, from: Data(text.utf8))
  }
}
