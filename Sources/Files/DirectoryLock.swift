package import SystemPackage

/// Keeps two programs from writing to one folder: a hidden file in it that is locked for as long as the program lives.
///
/// The system lets go of the lock when the program ends, however it ends, so a file that was left behind by one that was killed is no
/// obstacle. Where a file system has no locks, the process that the file names is looked for instead.
package final class DirectoryLock {
  /// The file's name.
  package static let name: FilePath.Component = ".refrain.lock"

  /// What the system says of a lock that is asked for.
  package enum Outcome: Sendable {
    case taken, busy, unsupported
  }

  /// Where the locked folder is.
  package private(set) var folder: FilePath
  private let file: FileDescriptor

  /// - Throws: `FileError.inUse` if another program, or another part of this one, has the folder.
  package init(_ folder: FilePath, lock: (FileDescriptor) -> Outcome = DirectoryLock.systemLock) throws(FileError) {
    self.folder = folder
    let path = folder.appending(Self.name)
    while true {
      let (file, isNew) = try Self.open(path, in: folder)
      var isOurs = false
      do throws(FileError) {
        switch lock(file) {
        case .taken: isOurs = true
        case .busy: throw .inUse(path: folder.string, by: Self.owner(path)?.holder ?? "another process")
        case .unsupported:
          if let owner = Self.owner(path), owner.mayBeRunning { throw .inUse(path: folder.string, by: owner.text) }
          isOurs = isNew
        }
        // The one who had it before may have removed the file between our opening and our locking it.
        guard let ours = try? file.stat(), let there = try? Stat(path), ours.isSameFile(as: there) else {
          try? file.close()
          continue
        }
        // A backup may have linked the file, or somebody has linked another one here: what is written is a file of our own.
        if ours.linkCount > 1 {
          try attempt(folder, Self.action) { () throws(Errno) in try FileCalls.system.remove(path) }
          try? file.close()
          continue
        }
        try attempt(folder, Self.action) { () throws(Errno) in
          try asErrno {
            try file.resize(to: 0)
            try file.writeAll("\(Self.processNumber) \(Self.hostName)\n".utf8)
          }
        }
      } catch {
        // A lock file without an owner would only be left behind.
        if isOurs { try? FileCalls.system.remove(path) }
        try? file.close()
        throw error
      }
      self.file = file
      return
    }
  }

  /// Follows its folder to a new name.
  ///
  /// - Parameter names: the new names of folders, by their old ones.
  package func move(_ names: [FilePath: FilePath]) { folder = names[folder] ?? folder }

  /// The action in errors, which name the folder: the file is hidden, and may not exist.
  private static let action = "write its lock file \(name.string)"

  /// Opens or makes the lock file, and returns whether it was made here.
  private static func open(_ path: FilePath, in folder: FilePath) throws(FileError) -> (FileDescriptor, isNew: Bool) {
    func open(_ options: FileDescriptor.OpenOptions) throws(Errno) -> FileDescriptor {
      try retrying { () throws(Errno) in
        try asErrno {
          try FileDescriptor.open(
            path, .readWrite, options: [.create, .closeOnExec, .noFollow, options], permissions: FilePermissions(rawValue: 0o666))
        }
      }
    }
    do throws(Errno) {
      return (try open(.exclusiveCreate), true)
    } catch {
      guard error == .fileExists else { throw FileError(writing: folder, error, action: action) }
    }
    return (try attempt(folder, action) { () throws(Errno) in try open([]) }, false)
  }

  deinit {
    try? FileCalls.system.remove(folder.appending(Self.name))
    // A program that is being started at this moment has the file open too, until it is started.
    Self.systemUnlock(file)
    try? file.close()
  }

  /// The process that a lock file names.
  private struct Owner {
    var process: Int32
    var host: String

    var text: String { "process \(process)" + (host == hostName ? "" : " on \(host)") }
    /// For a lock that the system says is held: `FileError.inUse` advises to remove the file only for a process "on" another host.
    var holder: String { "process \(process)" + (host == hostName ? "" : " of the host \(host)") }
    var mayBeRunning: Bool { host != hostName || process != processNumber && isRunning(process) }
  }

  private static func owner(_ path: FilePath) -> Owner? {
    guard let bytes = try? readFile(path, limit: 400) else { return nil }
    let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard words.count == 2, let process = Int32(words[0]), process > 0 else { return nil }
    return Owner(process: process, host: String(words[1].prefix(80).filter { $0.isASCII && !$0.isWhitespace }))
  }
}
