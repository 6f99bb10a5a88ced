private import Corpora
package import Files
private import Foundation
private import LanguageModel
package import SystemPackage

/// The model directory of a run under way: metrics and samples as they come, checkpoints, and the model when it is saved.
///
/// A run that is to replace a model works in a folder beside it, named with `.unfinished` at its end, and takes its place when it is
/// finished. While a run is under way its directories are locked.
package final class RunDirectory {
  /// The directory that was asked for, links followed.
  package let path: FilePath
  /// Where the run writes now.
  package private(set) var workingPath: FilePath
  /// Where the run that is resumed stands, or nil for a run that begins.
  package let latest: (checkpoint: TrainingCheckpoint, run: RunRecord?)?
  /// What was wrong with newer checkpoints.
  package let faults: [any Error]
  /// What is saved with each checkpoint.
  package var record = RunRecord()
  private var locks: [DirectoryLock]
  private var logs: (metrics: AppendedFile, samples: AppendedFile)?
  private let calls: FileCalls

  static let metricsName: FilePath.Component = "metrics.jsonl"
  static let samplesName: FilePath.Component = "samples.txt"

  // MARK: - A new run

  /// Makes the directory and empties its logs.
  ///
  /// - Throws: `ModelDirectoryError.runThere` or `.wouldReplace` if there is a run, a model, or a file with one of its names, and `overwrites`
  ///   is false; `ModelDirectoryError.cannotReplace`; `FileError`, also if another run has the directory.
  package init(_ given: FilePath, overwrites: Bool, calls: FileCalls = .system) throws {
    let path = try Self.directory(given)
    let unfinished = Self.unfinishedPath(of: path)
    let hasRun = Self.holdsRun(path) || Self.holdsRun(unfinished)
    if !overwrites {
      // Another run's directory is in use rather than there already.
      if fileExists(path.appending(DirectoryLock.name)) { _ = try DirectoryLock(path) }
      if hasRun { throw ModelDirectoryError.runThere(path: given.string) }
      if let name = ModelDirectory.ownNames.first(where: { Self.hasContent(path.appending($0)) }) {
        throw ModelDirectoryError.wouldReplace(path: given.string, name: name)
      }
    }
    let isReplacing = ModelDirectory.holdsModel(path) || Self.holdsRun(path)
    if isReplacing {
      // A folder in the place of a file is none of ours to remove.
      try ModelDirectory.checkNames(in: path)
      if !ModelDirectory.canBeReplaced(path) { throw ModelDirectoryError.cannotReplace(path: given.string) }
      // Not ours to remove if there is anything else in it.
      if let name = try Self.foreignName(in: unfinished) { throw ModelDirectoryError.wouldReplace(path: unfinished.string, name: name) }
    }
    let workingPath = isReplacing ? unfinished : path
    (self.path, self.workingPath, self.calls, latest, faults, locks) = (path, workingPath, calls, nil, [], [])
    do {
      for folder in isReplacing ? [path, workingPath] : [path] {
        try makeDirectories(folder, calls: calls)
        locks.append(try DirectoryLock(folder))
      }
      // What an earlier run left there.
      if isReplacing {
        for name in try entries(of: workingPath) where name != DirectoryLock.name {
          try removeTree(workingPath.appending(name), calls: calls)
        }
      }
      try openLogs(keeping: nil)
    } catch {
      if isReplacing, locks.count == 2 { try? removeTree(workingPath) }
      throw error
    }
  }

  // MARK: - A run that is gone on with

  /// Finds the newest whole checkpoint and locks the directory; nothing is changed before ``start()``.
  ///
  /// - Throws: `ModelDirectoryError.noCheckpoint` if there is a model without one; `.noWholeCheckpoint`, or what is wrong with
  ///   the newest, if none can be read; `FileError`, also if another run has the directory.
  package init(resuming given: FilePath, calls: FileCalls = .system) throws {
    let path = try Self.directory(given)
    let unfinished = Self.unfinishedPath(of: path)
    let workingPath = isDirectory(unfinished) ? unfinished : path
    (self.path, self.workingPath, self.calls) = (path, workingPath, calls)
    locks = try Set([path, workingPath]).sorted { $0.string < $1.string }.filter { isDirectory($0) }.map { try DirectoryLock($0) }
    (latest, faults) = try Self.newest(in: workingPath, isReplacing: workingPath != path)
  }

  /// Where a run stands, without taking it over: for showing what resuming would do.
  package static func latest(_ given: FilePath) throws -> (checkpoint: TrainingCheckpoint, run: RunRecord?)? {
    let path = try directory(given)
    let unfinished = unfinishedPath(of: path)
    let isReplacing = isDirectory(unfinished)
    return try newest(in: isReplacing ? unfinished : path, isReplacing: isReplacing).0
  }

  private static func newest(
    in directory: FilePath, isReplacing: Bool
  ) throws -> ((checkpoint: TrainingCheckpoint, run: RunRecord?)?, faults: [any Error]) {
    let (found, faults) = CheckpointFolder(in: directory).newest()
    if found == nil, let fault = faults.first {
      let isDamage = fault is SafetensorsError || fault is CorpusError || (fault as? TrainingCheckpointError)?.isDamage == true
      guard isDamage else { throw fault }
      throw ModelDirectoryError.noWholeCheckpoint(path: directory.string, count: faults.count, fault: fileFault("\(fault)"))
    }
    if found == nil, !isReplacing, ModelDirectory.holdsModel(directory) { throw ModelDirectoryError.noCheckpoint(path: directory.string) }
    return (found, faults)
  }

  /// Begins to write: from now on the directory is as it was when the checkpoint was taken, or, without one, that of a new run.
  package func start() throws {
    guard logs == nil else { return }
    try makeDirectories(workingPath, calls: calls)
    if locks.isEmpty { locks.append(try DirectoryLock(workingPath)) }
    AtomicFile.removeTemporaries(in: workingPath)
    AtomicFile.removeTemporaries(in: checkpoints.path)
    try openLogs(keeping: latest)
    if let latest { try checkpoints.remove(after: latest.checkpoint.step) }
  }

  /// - Parameter saved: the checkpoint up to which the logs are kept.
  private func openLogs(keeping saved: (checkpoint: TrainingCheckpoint, run: RunRecord?)?) throws {
    // A checkpoint that was saved without a directory says nothing of its logs.
    let lengths = saved.map { $0.run.map { ($0.metricsLength, $0.samplesLength) } ?? (.max, .max) } ?? (0, 0)
    let metrics = try ModelDirectory.ownFile(workingPath.appending(Self.metricsName), in: workingPath)
    let samples = try ModelDirectory.ownFile(workingPath.appending(Self.samplesName), in: workingPath)
    // What could not be saved at the end is to be known now.
    try ModelDirectory.checkNames(in: workingPath)
    try checkpoints.checkName()
    logs = (try AppendedFile(metrics, keeping: lengths.0, calls: calls), try AppendedFile(samples, keeping: lengths.1, calls: calls))
  }

  /// Whether the model that is to be replaced is still in its place.
  package var isReplacing: Bool { workingPath != path }
  /// What keeps others from the directories for as long as this lives.
  package var lockFiles: [FilePath] { locks.map { $0.folder.appending(DirectoryLock.name) } }
  /// The run's checkpoints.
  package var checkpoints: CheckpointFolder { CheckpointFolder(in: workingPath, calls: calls) }

  // MARK: - Logs

  /// Adds a line to `metrics.jsonl`.
  package func append(_ line: Metrics) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // JSON has no infinity: an overflowing perplexity becomes a text that other programs can read.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    try logs?.metrics.append(Array(try encoder.encode(line)) + [UInt8(ascii: "\n")])
  }

  /// Adds a sample to `samples.txt`, under a heading.
  package func append(sample text: String, at report: StepReport) throws {
    let loss = String(format: "%.3f", report.runningLossNats)
    try logs?.samples.append(Array("=== step \(report.step), loss \(loss) nats ===\n\(text)\n\n".utf8))
  }

  // MARK: - Saving

  /// What is to be written for a checkpoint: a value, so that it may be written beside training.
  package struct Save: Sendable {
    let checkpoint: TrainingCheckpoint
    let record: RunRecord
    let path: FilePath
    let calls: FileCalls

    /// Writes the checkpoint, then the model. The logs are forced to the disk first, so that they are at least as long as it says.
    package func write() throws {
      for name in [RunDirectory.metricsName, RunDirectory.samplesName] { try forceToDisk(path.appending(name), calls: calls) }
      let saved = Result { try CheckpointFolder(in: path, calls: calls).write(checkpoint, run: record) }
      // A disk that has no room for the one may have it for the other.
      try ModelDirectory.update(checkpoint.model, at: path, calls: calls)
      try saved.get()
    }
  }

  /// What is to be written for a checkpoint that was taken now.
  package func save(of checkpoint: TrainingCheckpoint) -> Save {
    var record = record
    (record.metricsLength, record.samplesLength) = (logs?.metrics.length ?? 0, logs?.samples.length ?? 0)
    return Save(checkpoint: checkpoint, record: record, path: workingPath, calls: calls)
  }

  /// Makes the model of a step's checkpoint the run's result.
  ///
  /// - Returns: the model; nil if there is no checkpoint of that step.
  package func saveModel(ofStep step: Int) throws -> Model? {
    guard let found = checkpoints.newest(upTo: step).found, found.checkpoint.step == step else { return nil }
    try ModelDirectory.update(found.checkpoint.model, at: workingPath, calls: calls)
    return found.checkpoint.model
  }

  /// Puts the saved model of a finished run in the place of the one that it was to replace.
  package func finish() throws {
    guard isReplacing else { return }
    let old = workingPath
    try ModelDirectory.promote(old, to: path, calls) {
      workingPath = path
      // The folders have changed their names, and their locks with them.
      for lock in locks { lock.folder = lock.folder == path ? old : path }
    }
  }

  /// Goes back to the newest whole checkpoint up to a step, or to the beginning: logs and later checkpoints are cut off.
  package func goBack(to step: Int) throws -> TrainingCheckpoint? {
    // On a full disk the one to go back to may have made room for a later one.
    let found = checkpoints.newest(upTo: step).found ?? checkpoints.newest().found
    try checkpoints.remove(after: found?.checkpoint.step ?? 0)
    try logs?.metrics.cut(to: found?.run?.metricsLength ?? 0)
    try logs?.samples.cut(to: found?.run?.samplesLength ?? 0)
    return found?.checkpoint
  }

  /// Removes what a run that failed before its first checkpoint has made: what it had beside a model that it was to replace, or its logs.
  package func discard() {
    guard checkpoints.steps.isEmpty else { return }
    if isReplacing {
      try? removeTree(workingPath)
    } else if !ModelDirectory.holdsModel(path) {
      for name in [Self.metricsName, Self.samplesName] { try? removeTree(path.appending(name)) }
    }
  }

  // MARK: - What is there

  private static func directory(_ given: FilePath) throws(ModelDirectoryError) -> FilePath {
    let path = resolvingLinks(given)
    if fileExists(path), !isDirectory(path) { throw .notDirectory(path: given.string) }
    return path
  }

  /// Where a run works that is to replace a model.
  package static func unfinishedPath(of path: FilePath) -> FilePath {
    path.removingLastComponent().appending((path.lastComponent?.string ?? "model") + ".unfinished")
  }

  private static func holdsRun(_ path: FilePath) -> Bool { !CheckpointFolder(in: path).steps.isEmpty }

  /// Whether there is a file or folder with anything in it; a run that was killed at its very beginning leaves empty ones.
  private static func hasContent(_ path: FilePath) -> Bool {
    guard path.lastComponent != DirectoryLock.name, fileExists(path) else { return false }
    if isDirectory(path) { return (try? entries(of: path).isEmpty) != true }
    return (try? Stat(path))?.size != 0
  }

  /// A name in a folder that no run has put there.
  private static func foreignName(in folder: FilePath) throws(FileError) -> String? {
    guard fileExists(folder) else { return nil }
    guard isDirectory(folder) else { throw .notDirectory(path: folder.string) }
    return try? entries(of: folder).map(\.string).first { !ModelDirectory.ownNames.contains($0) && !$0.hasPrefix(".") }
  }
}
