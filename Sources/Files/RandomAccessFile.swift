package import SystemPackage

/// A file to read pieces of, without reading it whole. Its size is taken when it is opened.
package final class RandomAccessFile: Sendable {
  /// The size in bytes.
  package let size: Int
  package let path: FilePath
  let file: FileDescriptor

  /// - Throws: `FileError` if there is no such file, it may not be read, or it is not a regular file.
  package init(_ path: FilePath) throws(FileError) {
    let file: FileDescriptor
    let size: Int
    let kind: FileKind
    do throws(Errno) {
      file = try retrying { () throws(Errno) in
        // A pipe is not waited for.
        try asErrno { try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking]) }
      }
    } catch {
      throw FileError(reading: path, error)
    }
    do throws(Errno) {
      let found = try file.stat()
      kind = FileKind(found)
      size = Int(found.size)
    } catch {
      try? file.close()
      throw FileError(reading: path, error)
    }
    guard kind == .file else {
      try? file.close()
      throw kind == .folder ? .isDirectory(path: path.string) : .endless(path: path.string, found: kind.rawValue)
    }
    (self.path, self.file, self.size) = (path, file, size)
  }

  /// The whole file.
  ///
  /// - Parameter limit: the most bytes that the caller will take.
  package func readAll(limit: Int) throws(FileError) -> [UInt8] {
    if size > limit { throw .tooLarge(path: path.string, bytes: size, limit: limit) }
    return try read(size, at: 0)
  }

  deinit { try? file.close() }
}
