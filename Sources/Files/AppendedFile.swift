package import SystemPackage

/// A log: emptied when opened, then only added to, each piece in one write, so that a reader never sees half a line.
package final class AppendedFile {
  private let path: FilePath
  private let file: FileDescriptor

  /// Makes the file, or empties it.
  package init(_ path: FilePath) throws(FileError) {
    self.path = path
    do throws(Errno) {
      file = try retrying { () throws(Errno) in
        try asErrno {
          try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate, .append, .closeOnExec], permissions: FilePermissions(rawValue: 0o666))
        }
      }
    } catch {
      throw FileError(writing: path, error, action: "open it")
    }
  }

  /// Adds bytes at the end.
  package func append(_ bytes: [UInt8]) throws(FileError) {
    do throws(Errno) {
      _ = try retrying { () throws(Errno) in try asErrno { try file.writeAll(bytes) } }
    } catch {
      throw FileError(writing: path, error, action: "add to it")
    }
  }

  deinit { try? file.close() }
}
