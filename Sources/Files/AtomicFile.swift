package import SystemPackage

/// Writes files whole or not at all.
///
/// The bytes go to a temporary file beside the one that is meant, are forced to the disk, and take its name in one step. A
/// reader sees the old file or the new one, never a part; after any error the old one is untouched and the temporary is gone.
/// A symbolic link is followed, and a device or a pipe, which has no old content to lose, is written straight to.
package enum AtomicFile {
  /// Replaces the file at `path` by what `body` writes.
  ///
  /// - Parameter forOwnerOnly: whether only the owner may read and write the new file, whoever may use the old one.
  /// - Throws: what `body` throws, or a `FileError`.
  package static func write(
    to path: FilePath, forOwnerOnly: Bool = false, calls: FileCalls = .system, _ body: (inout FileWriter) throws -> Void
  ) throws {
    switch try destination(path) {
    case .stream: try writeThrough(path, calls, body)
    case .file(let target, let permissions):
      try replace(path, target, forOwnerOnly ? FilePermissions(rawValue: 0o600) : permissions, calls, body)
    }
  }

  /// Replaces the file at `path` by these bytes.
  package static func write(_ bytes: [UInt8], to path: FilePath, calls: FileCalls = .system) throws(FileError) {
    do {
      try write(to: path, calls: calls) { try $0.write(bytes) }
    } catch {
      throw error as? FileError ?? .failed(path: path.string, action: "write it", reason: "\(error)")
    }
  }

  private static let temporaryPrefix = ".refrain-", temporarySuffix = ".tmp"

  /// Whether a file has the name of a temporary.
  package static func isTemporary(_ name: FilePath.Component) -> Bool {
    let text = name.string
    guard text.hasPrefix(temporaryPrefix), text.hasSuffix(temporarySuffix) else { return false }
    let number = text.dropFirst(temporaryPrefix.count).dropLast(temporarySuffix.count)
    return !number.isEmpty && number.allSatisfy { ("0"..."9").contains($0) }
  }

  /// Removes the temporary files in a folder that writers left behind when they were killed or the power failed.
  ///
  /// A writer at work holds a lock on its temporary file, which is then kept. On a file system without locks all of them are kept.
  package static func removeTemporaries(in folder: FilePath, calls: FileCalls = .system) {
    guard let names = try? entries(of: folder) else { return }
    for name in names where isTemporary(name) {
      let path = folder.appending(name)
      guard
        let file = try? FileDescriptor.open(path, .readWrite, options: [.closeOnExec, .noFollow, .nonBlocking])
      else { continue }
      if (try? file.stat())?.type == .regular, DirectoryLock.systemLock(file) == .taken { try? calls.remove(path) }
      try? file.close()
    }
  }

  private enum Destination {
    /// The file to replace (links followed), and the permissions for the new one.
    case file(FilePath, FilePermissions)
    /// A device, a pipe or a socket.
    case stream
  }

  private static func destination(_ path: FilePath) throws(FileError) -> Destination {
    let found: Stat
    do {
      found = try Stat(path)
    } catch {
      guard error == .noSuchFileOrDirectory else { throw FileError(writing: path, error, action: "look at it") }
      return .file(path, FilePermissions(rawValue: 0o666))
    }
    switch found.type {
    case .directory: throw .isDirectory(path: path.string)
    case .regular: return .file(resolvingLinks(path), found.permissions)
    default: return .stream
    }
  }

  private static func replace(
    _ path: FilePath, _ target: FilePath, _ permissions: FilePermissions, _ calls: FileCalls,
    _ body: (inout FileWriter) throws -> Void
  ) throws {
    let folder = target.removingLastComponent().orCurrent
    removeTemporaries(in: folder, calls: calls)
    let (file, temporary) = try createTemporary(in: folder, permissions, path, calls)
    // A duplicate shares the lock, which must last until the temporary file has its final name.
    let holder = try? file.duplicate()
    defer { try? holder?.close() }
    var writer = FileWriter(path: path, file: file, calls: calls)
    var isOpen = true
    do {
      try body(&writer)
      try writer.flush()
      try attempt(path, "force it to the disk", writer.bytesWritten) { () throws(Errno) in
        try retrying { () throws(Errno) in try calls.sync(file) }
      }
      isOpen = false
      try attempt(path, "close it", writer.bytesWritten) { () throws(Errno) in try closing(file, calls) }
      try attempt(path, "put the new file in place", writer.bytesWritten) { () throws(Errno) in try calls.rename(temporary, target) }
    } catch {
      // The first error is the one to report; these two are only tidying up.
      if isOpen { try? calls.close(file) }
      try? calls.remove(temporary)
      throw error
    }
    try syncFolder(folder, of: path, calls)
  }

  private static func writeThrough(_ path: FilePath, _ calls: FileCalls, _ body: (inout FileWriter) throws -> Void) throws {
    let file = try attempt(path, "open it") { () throws(Errno) in try retrying { () throws(Errno) in try calls.openExisting(path) } }
    var writer = FileWriter(path: path, file: file, calls: calls)
    do {
      try body(&writer)
      try writer.flush()
    } catch {
      try? calls.close(file)
      throw error
    }
    try attempt(path, "close it") { () throws(Errno) in try closing(file, calls) }
  }

  private static func createTemporary(
    in folder: FilePath, _ permissions: FilePermissions, _ path: FilePath, _ calls: FileCalls
  ) throws(FileError) -> (FileDescriptor, FilePath) {
    var attempts = 0
    while true {
      // Hidden, so that a reader of the folder passes it over; random, so that two writers do not meet.
      let temporary = folder.appending("\(temporaryPrefix)\(UInt64.random(in: .min ... .max))\(temporarySuffix)")
      do throws(Errno) {
        let file = try retrying { () throws(Errno) in try calls.create(temporary, permissions) }
        // Another writer may have taken it for a temporary that was left behind, before it was locked.
        if DirectoryLock.systemLock(file) != .busy, isSame(file, temporary) { return (file, temporary) }
        try? calls.close(file)
        throw .fileExists
      } catch {
        attempts += 1
        guard error == .fileExists, attempts < 100 else { throw FileError(writing: path, error, action: "create it") }
      }
    }
  }

  private static func isSame(_ file: FileDescriptor, _ path: FilePath) -> Bool {
    guard let ours = try? file.stat(), let there = try? Stat(path) else { return false }
    return ours.isSameFile(as: there)
  }

  /// Closing is never retried: on Linux the descriptor is gone even if a signal came in between.
  private static func closing(_ file: FileDescriptor, _ calls: FileCalls) throws(Errno) {
    do throws(Errno) {
      try calls.close(file)
    } catch {
      if error != .interrupted { throw error }
    }
  }

  /// Some file systems cannot sync a folder and say so; that is no fault of this write.
  package static func syncFolder(_ folder: FilePath, of path: FilePath, _ calls: FileCalls) throws(FileError) {
    do throws(Errno) {
      try retrying { () throws(Errno) in try calls.syncDirectory(folder) }
    } catch {
      switch error {
      case .invalidArgument, .notSupported, .permissionDenied, .notPermitted: return
      default: throw .notSynced(path: path.string, reason: error.reason)
      }
    }
  }
}

/// Runs a writing call and turns its `Errno` into a `FileError`.
func attempt<Value>(
  _ path: FilePath, _ action: String, _ bytesWritten: Int = 0, _ call: () throws(Errno) -> Value
) throws(FileError) -> Value {
  do throws(Errno) {
    return try call()
  } catch {
    throw FileError(writing: path, error, action: action, bytesWritten: bytesWritten)
  }
}
