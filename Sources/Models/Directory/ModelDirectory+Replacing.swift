internal import Basics
package import Files
package import SystemPackage

/// Replaces one model by another. A kill at any moment, or any error of the disk, leaves enough to identify the new model.
///
/// 1. The new folder gets a mark, a hidden file that identifies the old folder. The folder with the mark holds the new model.
/// 2. The folders swap names; where the file system cannot do that in one step, the old one is renamed and then the new one.
/// 3. The old folder gets a hidden name that is never resumed from, and the mark is removed.
/// 4. Files that are not part of the old model move to the new folder, and the rest is removed.
///
/// The next writer completes a replacement that was cut off. The caller holds the locks of both folders.
extension ModelDirectory {
  /// The name of the mark.
  package static let markName: FilePath.Component = ".refrain.finished"

  /// Moves a complete model to `path`, and removes the model that was there. Other files of that folder are kept.
  ///
  /// - Parameter moved: called with old and new names whenever folders have changed theirs.
  /// - Throws: `FileError` if the old model is still in its place; `ModelDirectoryError.inPlace` if the new one is.
  package static func promote(
    _ new: FilePath, to path: FilePath, _ calls: FileCalls = .system, moved: ([FilePath: FilePath]) -> Void = { _ in }
  ) throws {
    try AtomicFile.write(Array(identity(of: path).utf8), to: new.appending(markName), calls: calls)
    let hidden = hiddenPath(of: path)
    guard let old = try supplant(path, by: new, aside: hidden, calls: calls) else {
      moved([new: path])
      return try telling(path) {
        try syncParent(of: path, calls)
        try calls.removeIfThere(path.appending(markName))
      }
    }
    moved([path: old, new: path])
    try telling(path) {
      let isSafe = Result { try syncParent(of: path, calls) }
      var aside = old
      if !isHidden(old, of: path) {
        try rename(old, to: hidden, calls)
        moved([old: hidden])
        aside = hidden
      }
      try calls.removeIfThere(path.appending(markName))
      // The old model is all there is if the power fails now.
      try isSafe.get()
      try clear(aside, into: path, calls)
    }
  }

  /// Completes a replacement of this model that was cut off.
  package static func settle(
    _ path: FilePath, _ calls: FileCalls = .system, moved: ([FilePath: FilePath]) -> Void = { _ in }
  ) throws {
    let unfinished = unfinishedPath(of: path)
    switch standing(path) {
    case .finished: try promote(unfinished, to: path, calls, moved: moved)
    case .replaced:
      let hidden = hiddenPath(of: path)
      try rename(unfinished, to: hidden, calls)
      moved([unfinished: hidden])
      // The caller holds its lock, so `sweep` would skip it.
      try? clear(hidden, into: path, calls)
    case .none: break
    }
    if holdsModel(path) {
      try calls.removeIfThere(path.appending(markName))
      sweep(path, calls)
    }
  }

  /// Tells what remains to be done of a replacement that was cut off.
  package enum Standing {
    /// Nothing remains to be done.
    case none
    /// The run's folder holds a finished model that is to replace this one.
    case finished
    /// This model is new, and the run's folder is the one that it has replaced.
    case replaced
  }

  /// - Parameter path: the model's directory.
  package static func standing(_ path: FilePath) -> Standing {
    let unfinished = unfinishedPath(of: path)
    guard isDirectory(unfinished) else { return .none }
    if let mark = mark(in: path), mark == identity(of: unfinished) { return .replaced }
    if mark(in: path) == nil, mark(in: unfinished) != nil, holdsModel(unfinished) { return .finished }
    return .none
  }

  private static func mark(in folder: FilePath) -> String? {
    let file = folder.appending(markName)
    guard FileKind(of: file) == .file, let bytes = try? readFile(file, limit: 100) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Identifies a folder by its device and inode numbers, which a new name does not change.
  private static func identity(of folder: FilePath) -> String {
    guard let found = try? Stat(folder) else { return "none" }
    return "\(found.deviceID.rawValue) \(found.inode.rawValue)"
  }

  /// Where a run works that is to replace a model.
  package static func unfinishedPath(of path: FilePath) -> FilePath {
    path.removingLastComponent().appending((path.lastComponent?.string ?? "model") + ".unfinished")
  }

  // MARK: - Hidden folders

  /// Makes a hidden, unused name beside the model, for a folder that is never read as a model.
  static func hiddenPath(of path: FilePath) -> FilePath {
    path.removingLastComponent().appending("\(hiddenPrefix(path))\(String(UInt64.random(in: .min ... .max), radix: 36))")
  }

  private static func hiddenPrefix(_ path: FilePath) -> String { ".\(path.lastComponent?.string ?? "model").refrain-" }

  private static func isHidden(_ folder: FilePath, of path: FilePath) -> Bool {
    guard let name = folder.lastComponent?.string, name.hasPrefix(hiddenPrefix(path)) else { return false }
    return UInt64(name.dropFirst(hiddenPrefix(path).count), radix: 36) != nil
  }

  /// Removes the hidden folders that replacements of this model left behind when they were cut off.
  ///
  /// A process that makes one holds the model's lock, which the caller holds now, and a lock of the folder itself.
  package static func sweep(_ path: FilePath, _ calls: FileCalls) {
    // Only removing the mark may be left of a replacement.
    if fileExists(path.appending(markName)) { try? calls.remove(path.appending(markName)) }
    let parent = path.removingLastComponent()
    for name in (try? entries(of: parent.isEmpty ? "." : parent)) ?? [] {
      let folder = parent.appending(name)
      guard isHidden(folder, of: path), (try? Stat(folder, followTargetSymlink: false))?.type == .directory else { continue }
      let isLocked = fileExists(folder.appending(DirectoryLock.name))
      let lock = isLocked ? try? DirectoryLock(folder) : nil
      if isLocked, lock == nil { continue }
      // What cannot be removed now is tried again by the next who writes here.
      try? clear(folder, into: path, calls)
      withExtendedLifetime(lock) {}
    }
  }

  /// Moves files that are not part of a model from the old folder to the new one, and removes the rest.
  ///
  /// - Throws: `FileError`; if both folders have a file of the same name, both files stay.
  private static func clear(_ old: FilePath, into path: FilePath, _ calls: FileCalls) throws(FileError) {
    let names: [FilePath.Component]
    do throws(Errno) {
      names = try entries(of: old)
    } catch {
      throw FileError(reading: old, error, action: "list it")
    }
    for name in names where !ownNames.contains(name.string) && !AtomicFile.isTemporary(name) {
      let there = path.appending(name)
      if (try? Stat(there, followTargetSymlink: false)) != nil {
        throw .failed(path: old.appending(name).string, action: "move it to the new model", reason: "the new model has a file of this name")
      }
      try rename(old.appending(name), to: there, calls)
    }
    try removeTree(old, calls: calls)
  }

  private static func rename(_ from: FilePath, to: FilePath, _ calls: FileCalls) throws(FileError) {
    do throws(Errno) {
      try calls.rename(from, to)
    } catch {
      throw FileError(writing: from, error, action: "rename it to \(to.string)")
    }
  }

  private static func syncParent(of path: FilePath, _ calls: FileCalls) throws(FileError) {
    let parent = path.removingLastComponent()
    try AtomicFile.syncFolder(parent.isEmpty ? "." : parent, of: path, calls)
  }

  /// Runs what comes after the new model is in place, and reports errors as ``ModelDirectoryError/inPlace(path:fault:)``.
  private static func telling(_ path: FilePath, _ body: () throws -> Void) throws(ModelDirectoryError) {
    do {
      try body()
    } catch {
      throw .inPlace(path: path.string, fault: "\(error)".withoutAdvice)
    }
  }
}

extension FileCalls {
  /// Removes a file, if there is one.
  fileprivate func removeIfThere(_ path: FilePath) throws(FileError) {
    do throws(Errno) {
      try remove(path)
    } catch {
      if error != .noSuchFileOrDirectory { throw FileError(writing: path, error, action: "remove it") }
    }
  }
}
