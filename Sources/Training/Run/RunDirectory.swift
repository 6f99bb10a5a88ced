internal import Basics
private import Corpora
package import Files
private import LanguageModel
package import Models
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
  /// What was wrong with newer checkpoints, and a run that is too old to be resumed.
  package let faults: [any Error]
  /// What is saved with each checkpoint.
  package var record = RunRecord()
  private var locks: [DirectoryLock] = []
  private var logs: RunLogs?
  private let calls: FileCalls

  // MARK: - A new run

  /// Checks that a new run would replace nothing: for what takes time before the run.
  ///
  /// - Throws: `ModelDirectoryError.runThere` or `.wouldReplace`; `FileError` if another run has the directory.
  package static func checkIsFree(_ given: FilePath) throws {
    let path = try directory(given)
    // Another run's directory is in use rather than there already.
    if fileExists(path.appending(DirectoryLock.name)) { _ = try DirectoryLock(path) }
    if holdsRun(path) || holdsRun(ModelDirectory.unfinishedPath(of: path)) { throw ModelDirectoryError.runThere(path: given.string) }
    if let name = ModelDirectory.ownNames.first(where: { hasContent(path.appending($0)) }) {
      throw ModelDirectoryError.wouldReplace(path: given.string, name: name)
    }
  }

  /// Makes the directory and empties its logs.
  ///
  /// - Throws: `ModelDirectoryError.runThere` or `.wouldReplace` if there is a run, a model, or a file with one of its names, and
  ///   `overwrites` is false; `ModelDirectoryError.cannotReplace`; `FileError`, also if another run has the directory.
  package init(_ given: FilePath, overwrites: Bool, calls: FileCalls = .system) throws {
    let path = try Self.directory(given)
    let unfinished = ModelDirectory.unfinishedPath(of: path)
    try Self.checkNoLink(unfinished)
    if !overwrites { try Self.checkIsFree(given) }
    // A replacement that was cut off is completed first: its new model is the one to be replaced.
    if ModelDirectory.standing(path) != .none {
      let locks = try [path, unfinished].filter { isDirectory($0) }.map { try DirectoryLock($0) }
      try ModelDirectory.settle(path, calls) { for lock in locks { lock.move($0) } }
    }
    let isReplacing = ModelDirectory.holdsModel(path) || Self.holdsRun(path)
    // Not ours to remove if there is anything else in it.
    let foreign = isReplacing || overwrites ? try Self.foreignName(in: unfinished) : try? Self.foreignName(in: unfinished)
    if isReplacing {
      // A folder in the place of a file is none of ours to remove.
      try ModelDirectory.checkNames(in: path)
      if !ModelDirectory.canBeReplaced(path) { throw ModelDirectoryError.cannotReplace(path: given.string) }
    }
    if isReplacing || overwrites, let foreign { throw ModelDirectoryError.wouldReplace(path: unfinished.string, name: foreign) }
    let workingPath = isReplacing ? unfinished : path
    self.path = path
    self.workingPath = workingPath
    self.calls = calls
    latest = nil
    faults = []
    var made: [FilePath] = []
    do {
      for folder in isReplacing ? [path, workingPath] : [path] {
        if !fileExists(folder) { made.append(folder) }
        try makeDirectories(folder, calls: calls)
        locks.append(try DirectoryLock(folder))
      }
      // What an earlier run left there.
      if isReplacing {
        for name in try entries(of: workingPath) where name != DirectoryLock.name {
          try removeTree(workingPath.appending(name), calls: calls)
        }
      } else if foreign == nil, Self.isOurs(unfinished) {
        // Otherwise `--resume` would take it for this run.
        let lock = try DirectoryLock(unfinished)
        try removeTree(unfinished, calls: calls)
        withExtendedLifetime(lock) {}
      }
      if ModelDirectory.holdsModel(path) { ModelDirectory.sweep(path, calls) }
      try openLogs(keeping: nil)
    } catch {
      if isReplacing, locks.count == 2 { try? removeTree(workingPath, calls: calls) }
      // A folder that was made here and could not be locked is empty.
      if let folder = made.last, locks.count < (isReplacing ? 2 : 1) { try? calls.removeDirectory(folder) }
      throw error
    }
  }

  // MARK: - A run that is gone on with

  /// Finds the newest whole checkpoint and locks the directory; nothing is changed before ``start()``.
  ///
  /// - Throws: `ModelDirectoryError.noCheckpoint` or `.olderRun` if there is a model without one; `.noWholeCheckpoint`, or what is wrong
  ///   with the newest, if none can be read; `FileError`, also if another run has the directory.
  package init(resuming given: FilePath, calls: FileCalls = .system) throws {
    let path = try Self.directory(given)
    try Self.checkNoLink(ModelDirectory.unfinishedPath(of: path))
    var (workingPath, older) = Self.place(of: path)
    while true {
      // A folder that will only be removed is locked too.
      let folders = [path, workingPath] + (ModelDirectory.standing(path) == .none ? [] : [ModelDirectory.unfinishedPath(of: path)])
      locks = try Set(folders).sorted { $0.string < $1.string }.filter { isDirectory($0) }.map { try DirectoryLock($0) }
      // Another run may have ended, and moved its folder, before it was locked.
      let now = Self.place(of: path)
      if now.workingPath == workingPath { break }
      (workingPath, older) = now
    }
    self.path = path
    self.workingPath = workingPath
    self.calls = calls
    (latest, faults) = try Self.newest(in: workingPath, isReplacing: workingPath != path, older: older)
  }

  /// Finds which of the two folders the run is in, and an older run that is not resumed.
  private static func place(of path: FilePath) -> (workingPath: FilePath, older: ModelDirectoryError?) {
    let unfinished = ModelDirectory.unfinishedPath(of: path)
    switch ModelDirectory.standing(path) {
    case .finished: return (unfinished, nil)
    case .replaced: return (path, nil)
    case .none: break
    }
    if !isOurs(unfinished) { return (path, nil) }
    // A run that is to replace a model begins after the model was saved.
    if let saved = newestSave(in: path), let run = newestChange(in: unfinished), saved > run {
      return (path, .olderRun(path: path.string, unfinished: unfinished.string))
    }
    return (unfinished, nil)
  }

  /// Where a run stands, without taking it over: for showing what resuming would do.
  package static func latest(_ given: FilePath) throws -> (checkpoint: TrainingCheckpoint, run: RunRecord?)? {
    let path = try directory(given)
    try checkNoLink(ModelDirectory.unfinishedPath(of: path))
    let (workingPath, older) = place(of: path)
    return try newest(in: workingPath, isReplacing: workingPath != path, older: older).0
  }

  private static func newest(
    in directory: FilePath, isReplacing: Bool, older: ModelDirectoryError?
  ) throws -> ((checkpoint: TrainingCheckpoint, run: RunRecord?)?, faults: [any Error]) {
    let (found, faults) = CheckpointFolder(in: directory).newest()
    if found == nil, let fault = faults.first {
      let isDamage = fault is SafetensorsError || fault is CorpusError || (fault as? TrainingCheckpointError)?.isDamage == true
      guard isDamage else { throw fault }
      throw ModelDirectoryError.noWholeCheckpoint(path: directory.string, count: faults.count, fault: "\(fault)".withoutAdvice)
    }
    if found == nil, !isReplacing, ModelDirectory.holdsModel(directory) {
      throw older ?? ModelDirectoryError.noCheckpoint(path: directory.string)
    }
    return (found, (older.map { [$0] } ?? []) + faults)
  }

  /// Begins to write: from now on the directory is as it was when the checkpoint was taken, or, without one, that of a new run.
  package func start() throws {
    guard logs == nil else { return }
    try makeDirectories(workingPath, calls: calls)
    if locks.isEmpty { locks.append(try DirectoryLock(workingPath)) }
    let standing = ModelDirectory.standing(path)
    try ModelDirectory.settle(path, calls) { names in move(names) }
    if standing != .none { workingPath = path }
    AtomicFile.removeTemporaries(in: workingPath, calls: calls)
    AtomicFile.removeTemporaries(in: checkpoints.path, calls: calls)
    try openLogs(keeping: latest)
    if let latest { try checkpoints.remove(after: latest.checkpoint.step) }
  }

  /// - Parameter saved: the checkpoint up to which the logs are kept.
  private func openLogs(keeping saved: (checkpoint: TrainingCheckpoint, run: RunRecord?)?) throws {
    // What could not be saved at the end is to be known now.
    try ModelDirectory.checkNames(in: workingPath)
    try checkpoints.checkName()
    logs = try RunLogs(in: workingPath, keeping: saved, calls: calls)
  }

  /// Lets the locks follow their folders to new names.
  private func move(_ names: [FilePath: FilePath]) {
    for lock in locks { lock.move(names) }
  }

  /// Whether the model that is to be replaced is still in its place.
  package var isReplacing: Bool { workingPath != path }
  /// What keeps others from the directories for as long as this lives.
  package var lockFiles: [FilePath] { locks.map { $0.folder.appending(DirectoryLock.name) } }
  /// The run's checkpoints.
  package var checkpoints: CheckpointFolder { CheckpointFolder(in: workingPath, calls: calls) }

  // MARK: - Logs

  /// Adds a line to `metrics.jsonl`.
  package func append(_ line: Metrics) throws { try logs?.append(line) }

  /// Adds a sample to `samples.txt`, under a heading.
  package func append(sample text: String, at report: StepReport) throws { try logs?.append(sample: text, at: report) }

  /// Writes what the logs lack and forces them to the disk, for a run that ends.
  ///
  /// - Throws: `FileError` if the last pieces of a log cannot be written.
  package func finishLogs() throws { try logs?.sync() }

  // MARK: - Saving

  /// What is to be written for a checkpoint: a value, so that it may be written beside training.
  package struct Save: Sendable {
    let checkpoint: TrainingCheckpoint
    let record: RunRecord
    let path: FilePath
    let calls: FileCalls
    let logs: RunLogs?

    /// Writes the checkpoint, then the model. The logs are forced to the disk first, so that they are at least as long as it says.
    ///
    /// - Returns: what was wrong with the logs, which does not keep the others from being saved.
    @discardableResult
    package func write() throws -> FileError? {
      var fault: FileError?
      do throws(FileError) { try logs?.sync() } catch { fault = error }
      let saved = Result { try CheckpointFolder(in: path, calls: calls).write(checkpoint, run: record) }
      // A disk that has no room for the one may have it for the other.
      try ModelDirectory.update(checkpoint.model, at: path, calls: calls)
      try saved.get()
      return fault
    }
  }

  /// What is to be written for a checkpoint that was taken now.
  package func save(of checkpoint: TrainingCheckpoint) -> Save {
    var record = record
    logs?.record(in: &record, step: checkpoint.step)
    return Save(checkpoint: checkpoint, record: record, path: workingPath, calls: calls, logs: logs)
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
  ///
  /// - Throws: `ModelDirectoryError.inPlace` if the new model is in its place, and only the old one could not be removed; or else
  ///   `FileError`.
  package func finish() throws {
    guard isReplacing else { return }
    try ModelDirectory.promote(workingPath, to: path, calls) { names in
      move(names)
      workingPath = path
      logs?.move(to: path)
    }
    ModelDirectory.sweep(path, calls)
  }

  /// Goes back to the newest whole checkpoint up to a step, or to the beginning: logs and later checkpoints are cut off.
  package func goBack(to step: Int) throws -> TrainingCheckpoint? {
    // On a full disk the one to go back to may have made room for a later one.
    let found = checkpoints.newest(upTo: step).found ?? checkpoints.newest().found
    try checkpoints.remove(after: found?.checkpoint.step ?? 0)
    try logs?.cut(to: found)
    return found?.checkpoint
  }

  /// Removes what a run that failed before its first checkpoint has made: what it had beside a model that it was to replace, or its logs.
  package func discard() {
    guard checkpoints.steps.isEmpty else { return }
    if isReplacing {
      try? removeTree(workingPath, calls: calls)
    } else if !ModelDirectory.holdsModel(path) {
      for name in [ModelDirectory.metricsName, ModelDirectory.samplesName] { try? removeTree(path.appending(name)) }
    }
  }

  // MARK: - What is there

  private static func directory(_ given: FilePath) throws(ModelDirectoryError) -> FilePath {
    let path = resolvingLinks(given)
    if fileExists(path), !isDirectory(path) { throw .notDirectory(path: given.string) }
    return path
  }

  /// Refuses a link in place of the run's working folder, since the folder is emptied and written to.
  private static func checkNoLink(_ unfinished: FilePath) throws(FileError) {
    if isLink(unfinished) { throw .link(path: unfinished.string) }
  }

  /// Whether a path has the name of a model's file in a folder that holds a model, or a run that has saved something.
  package static func isPartOfModel(_ file: FilePath) -> Bool {
    let parent = file.removingLastComponent(), folder = parent.isEmpty ? "." : parent
    return (ModelDirectory.holdsModel(folder) || holdsRun(folder)) && ModelDirectory.owns(file, model: folder)
  }

  private static func holdsRun(_ path: FilePath) -> Bool { !CheckpointFolder(in: path).steps.isEmpty }

  /// Whether the folder was made by a run, even one that saved nothing.
  private static func isOurs(_ path: FilePath) -> Bool {
    isDirectory(path) && ModelDirectory.ownNames.contains { fileExists(path.appending($0)) }
  }

  /// The time at which the model or a checkpoint in a folder was last saved.
  private static func newestSave(in folder: FilePath) -> Int? {
    let checkpoints = CheckpointFolder(in: folder)
    let files = checkpoints.steps.map { checkpoints.file(step: $0) } + [folder.appending(ModelDirectory.weightsName)]
    return files.compactMap { FileStamp($0)?.modified }.max()
  }

  /// The time at which a run last wrote to its folder.
  private static func newestChange(in folder: FilePath) -> Int? {
    let logs = [ModelDirectory.metricsName, ModelDirectory.samplesName].map { folder.appending($0) }
    return (logs.compactMap { FileStamp($0)?.modified } + [newestSave(in: folder)].compactMap(\.self)).max()
  }

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
