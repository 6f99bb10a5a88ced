package import SystemPackage

/// A file to read pieces of, without reading it whole. Its size is taken when it is opened.
package final class RandomAccessFile: Sendable {
  /// The size in bytes.
  package let size: Int
  package let path: FilePath
  let file: FileDescriptor

  /// - Throws: `FileError` if there is no such file, it may not be read, or it is not a regular file.
  package init(_ path: FilePath) throws(FileError) {
    let (file, found) = try openForReading(path, allowsInherited: false)
    self.path = path
    self.file = file
    size = Int(found.size)
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
