package import SystemPackage

/// Opens a regular file for reading, and returns its status too.
///
/// A pipe, a socket or a device is refused before it is opened: it may be endless, or keep its reader waiting for ever.
///
/// - Parameter allowsInherited: whether what this process was given open (see `FileKind.isInherited`) is opened whatever it is.
func openForReading(_ path: FilePath, allowsInherited: Bool) throws(FileError) -> (file: FileDescriptor, found: Stat) {
  let isAnyKind = allowsInherited && FileKind.isInherited(path)
  func check(_ kind: FileKind) throws(FileError) {
    if kind == .folder { throw .isDirectory(path: path.string) }
    if kind != .file, !isAnyKind { throw .endless(path: path.string, found: kind.rawValue) }
  }
  // Opening a device can have an effect on it, and a socket cannot be opened at all.
  if let kind = FileKind(of: path) { try check(kind) }
  let file: FileDescriptor, found: Stat
  do throws(Errno) {
    file = try retrying { () throws(Errno) in
      // The file may have become a pipe since then: non-blocking, opening does not wait for its writer.
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

/// Whether `path` is a symbolic link, even one that leads to nothing.
package func isLink(_ path: FilePath) -> Bool {
  (try? Stat(path, followTargetSymlink: false))?.type == .symbolicLink
}

extension Stat {
  /// Whether both describe the same file or folder, under whatever names.
  func isSameFile(as other: Stat) -> Bool { inode == other.inode && deviceID == other.deviceID }

  /// Refuses a file with several names, for a file that is changed in place: the change would reach it under its other names.
  func checkSoleName(_ path: FilePath) throws(FileError) {
    if type == .regular, linkCount > 1 { throw .shared(path: path.string, names: linkCount) }
  }
}
