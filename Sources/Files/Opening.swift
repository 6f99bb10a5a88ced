package import SystemPackage

/// Opens a regular file to be read, and says what the system says of it.
///
/// A pipe, a socket or a device is refused before it is opened: it may have no end, or keep its reader waiting for ever.
///
/// - Parameter allowsInherited: whether what this process was given open (see `FileKind.isInherited`) is opened whatever it is.
func openForReading(_ path: FilePath, allowsInherited: Bool) throws(FileError) -> (file: FileDescriptor, found: Stat) {
  let isAnyKind = allowsInherited && FileKind.isInherited(path)
  func check(_ kind: FileKind) throws(FileError) {
    if kind == .folder { throw .isDirectory(path: path.string) }
    if kind != .file, !isAnyKind { throw .endless(path: path.string, found: kind.rawValue) }
  }
  // To open a device may do something to it, and a socket cannot be opened at all.
  if let kind = FileKind(of: path) { try check(kind) }
  let file: FileDescriptor, found: Stat
  do throws(Errno) {
    file = try retrying { () throws(Errno) in
      // What has become a pipe since then is not waited for.
      try asErrno { try FileDescriptor.open(path, .readOnly, options: isAnyKind ? [.closeOnExec] : [.closeOnExec, .nonBlocking]) }
    }
  } catch {
    throw FileError(reading: path, error)
  }
  do throws(Errno) {
    found = try file.stat()
  } catch {
    try? file.close()
    throw FileError(reading: path, error)
  }
  do throws(FileError) {
    try check(FileKind(found))
  } catch {
    try? file.close()
    throw error
  }
  return (file, found)
}

/// Whether there is a symbolic link at `path`, wherever it leads.
package func isLink(_ path: FilePath) -> Bool {
  (try? Stat(path, followTargetSymlink: false))?.type == .symbolicLink
}

extension Stat {
  /// Whether both describe the same file or folder, under whatever names.
  func isSameFile(as other: Stat) -> Bool { inode == other.inode && deviceID == other.deviceID }

  /// Refuses a file that is changed in place where the change would reach further than its name: one with other names.
  func checkSoleName(_ path: FilePath) throws(FileError) {
    if type == .regular, linkCount > 1 { throw .shared(path: path.string, names: linkCount) }
  }
}
