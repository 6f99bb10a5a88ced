import Files
import Foundation
import Models
import SystemPackage
import Testing
import Training

/// Logs that a user deletes, rotates or cuts while a run writes them, and what a resumed run makes of them.
@Suite("A run's logs") struct RunLogsTests {
  let folder: TemporaryFolder
  var path: FilePath { folder.path("m") }
  var metrics: FilePath { path.appending("metrics.jsonl") }
  var samples: FilePath { path.appending("samples.txt") }

  init() throws { folder = try TemporaryFolder() }

  enum Change: CaseIterable, Sendable {
    case none, removed, rotated, truncated
  }

  private func change(_ change: Change, _ log: FilePath) throws {
    switch change {
    case .none: break
    case .removed: try removeTree(log)
    case .rotated:
      try FileCalls.system.rename(log, path.appending("old.log"))
      try FileDescriptor.open(log, .writeOnly, options: .create, permissions: .ownerReadWrite).close()
    case .truncated: try FileDescriptor.open(log, .writeOnly, options: .truncate).close()
    }
  }

  private func steps() throws -> [Int] {
    guard fileExists(metrics) else { return [] }
    return try String(decoding: readFile(metrics), as: UTF8.self).split(separator: "\n").map { line in
      let digits = try #require(line.components(separatedBy: "\"step\":").last).prefix { $0.isNumber }
      return try #require(Int(digits))
    }
  }

  private func sampled() throws -> [String] {
    guard fileExists(samples) else { return [] }
    return try String(decoding: readFile(samples), as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("=== ") }.map(String.init)
  }

  private func write(_ steps: ClosedRange<Int>, to run: RunDirectory) throws {
    var report = StepReport(step: 0, totalSteps: 9, epoch: 0, tokens: 9, lossNats: 2, runningLossNats: 2, gradientNorm: 1)
    for step in steps {
      try run.append(.line(step: step))
      report.step = step
      try run.append(sample: "song \(step)", at: report)
    }
  }

  @Test("a checkpoint and the model are saved whatever becomes of the logs", arguments: Change.allCases, ["metrics.jsonl", "samples.txt"])
  func saved(change: Change, log: String) async throws {
    let run = try RunDirectory(path, overwrites: false)
    try write(1...2, to: run)
    try self.change(change, path.appending(log))
    let checkpoint = try await TrainingCheckpoint.small(seed: 1)
    #expect(try run.save(of: checkpoint).write() == nil)
    #expect(try ModelDirectory.load(path).isSame(as: checkpoint.model))
    #expect(run.checkpoints.newest().found?.checkpoint.isSame(as: checkpoint) == true)
    try write(4...5, to: run)
    try run.finishLogs()
    let isCut = change != .none
    #expect(try steps() == (isCut && log == "metrics.jsonl" ? [4, 5] : [1, 2, 4, 5]))
    #expect(try sampled() == (isCut && log == "samples.txt" ? [4, 5] : [1, 2, 4, 5]).map { "song \($0)" })
  }

  @Test("a checkpoint and the model are saved where no log can be made, and the error is reported")
  func noLog() async throws {
    let run = try RunDirectory(path, overwrites: false)
    try removeTree(metrics)
    try makeDirectories(metrics)
    let checkpoint = try await TrainingCheckpoint.small(seed: 1)
    #expect(throws: FileError.isDirectory(path: metrics.string)) { try run.append(.line(step: 1)) }
    #expect(try run.save(of: checkpoint).write() == .isDirectory(path: metrics.string))
    #expect(throws: FileError.isDirectory(path: metrics.string)) { try run.finishLogs() }
    #expect(try ModelDirectory.load(path).isSame(as: checkpoint.model))
    // The line that was refused is written once it can be.
    try removeTree(metrics)
    try run.finishLogs()
    #expect(try steps() == [1])
  }

  /// A checkpoint of step 3 and one of step 6, with changes before each; lines of the checkpoint's step come before and after it.
  @Test("a run that is resumed from a checkpoint has each line once", arguments: Change.allCases, Change.allCases)
  func resumed(first: Change, second: Change) async throws {
    let checkpoints = [try await TrainingCheckpoint.small(seed: 1, steps: 3), try await .small(seed: 1, steps: 6)]
    for isNewestDamaged in [false, true] {
      try removeTree(path)
      let run = try RunDirectory(path, overwrites: false)
      try write(1...2, to: run)
      for log in [metrics, samples] { try change(first, log) }
      try write(3...3, to: run)
      try run.save(of: checkpoints[0]).write()
      try run.append(.line(step: 3, kind: .validation))
      try write(4...5, to: run)
      for log in [metrics, samples] { try change(second, log) }
      try write(6...6, to: run)
      try run.save(of: checkpoints[1]).write()
      try write(7...8, to: run)
      try run.finishLogs()
      _ = consume run

      if isNewestDamaged { try AtomicFile.write([1], to: CheckpointFolder(in: path).file(step: 6)) }
      let resumed = try RunDirectory(resuming: path)
      let step = isNewestDamaged ? 3 : 6
      #expect(resumed.latest?.checkpoint.step == step && resumed.faults.count == (isNewestDamaged ? 1 : 0))
      try resumed.start()
      // What was written before the last change is not in the log any more.
      let begin = second != .none ? 6 : first != .none ? 3 : 1
      let comment = Comment("\(first), \(second), \(isNewestDamaged)")
      #expect(try steps() == (begin...8).filter { $0 <= step }.flatMap { $0 == 3 && step == 6 ? [3, 3] : [$0] }, comment)
      #expect(try sampled() == (begin...8).filter { $0 <= step }.map { "song \($0)" }, comment)
    }
  }

  @Test("a line that was refused before a checkpoint, and written after it, is kept when the run is resumed from there")
  func refused() async throws {
    let system = FileCalls.system, gate = path.appending("gate"), path = path
    var calls = system
    calls.write = { (file, bytes) throws(Errno) in
      if fileExists(gate), bytes.count < 1_000 { throw .noSpace }
      return try system.write(file, bytes)
    }
    let run = try RunDirectory(path, overwrites: false, calls: calls)
    for step in 1...2 { try run.append(.line(step: step)) }
    try AtomicFile.write([], to: gate)
    #expect(throws: FileError.self) { try run.append(.line(step: 3)) }
    // Only the logs are refused.
    let save = run.save(of: try await .small(seed: 1, steps: 3))
    try removeTree(gate)
    try save.write()
    try run.append(.line(step: 4))
    _ = consume run
    let resumed = try RunDirectory(resuming: path)
    try resumed.start()
    #expect(try steps() == [1, 2, 3])
  }

  @Test("checkpoints of older versions, which have only lengths, are read as before")
  func olderVersion() async throws {
    let run = try RunDirectory(path, overwrites: false)
    for step in 1...3 { try run.append(.line(step: step)) }
    var record = RunRecord()
    record.metricsLength = Int(try Stat(metrics).size)
    let checkpoint = try await TrainingCheckpoint.small(seed: 1, steps: 3)
    try run.checkpoints.write(checkpoint, run: record)
    for step in 4...5 { try run.append(.line(step: step)) }
    _ = consume run
    let resumed = try RunDirectory(resuming: path)
    #expect(resumed.latest?.run == record)
    try resumed.start()
    #expect(try steps() == [1, 2, 3])
  }

  @Test("a long log is cut at the same place", arguments: [3, 4_000])
  func long(step: Int) async throws {
    let run = try RunDirectory(path, overwrites: false)
    for step in 1...step { try run.append(.line(step: step)) }
    if step == 3 { try run.save(of: await .small(seed: 1, steps: 3)).write() }
    for step in step + 1...4_000 + step { try run.append(.line(step: step)) }
    if step > 3 {
      // Back to the beginning.
      #expect(try run.goBack(to: 0) == nil)
      #expect(try steps() == [])
      return
    }
    #expect(try run.goBack(to: 3)?.step == 3)
    #expect(try steps() == [1, 2, 3])
    try run.append(.line(step: 4))
    #expect(try steps() == [1, 2, 3, 4])
  }
}
