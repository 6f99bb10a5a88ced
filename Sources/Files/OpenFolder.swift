package import SystemPackage

/// Keeps a folder open, to find out whether another folder has its name by now.
package final class OpenFolder: Sendable {
  private let path: FilePath
  private let file: FileDescriptor

  /// - Throws: `FileError` if there is no such folder, or it may not be read.
  package init(_ path: FilePath) throws(FileError) {
    self.path = path
    do throws(Errno) {
      file = try retrying { () throws(Errno) in
        try asErrno { try FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec]) }
      }
    } catch {
      throw FileError(reading: path, error)
    }
  }

  /// Whether the path still leads to this folder.
  package var isStillThere: Bool {
    guard let ours = try? file.stat(), let there = try? Stat(path) else { return false }
    return ours.isSameFile(as: there)
  }

  deinit { try? file.close() }
}
