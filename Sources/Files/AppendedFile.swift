package import SystemPackage

/// A log that is only added to, a whole piece at a time.
///
/// What the disk does not take now is kept and written before the next piece: a log has no half lines and no gaps in its middle, whatever
/// happened to the disk meanwhile.
package final class AppendedFile {
  private let path: FilePath
  private let file: FileDescriptor
  private let calls: FileCalls
  /// How many bytes of whole pieces the file has.
  package private(set) var length: Int
  private var unwritten: [UInt8] = []
  /// Whether there may be a part of a piece after ``length``.
  private var isTorn = false

  /// Opens the file, or makes it.
  ///
  /// - Parameter kept: how many of its bytes are kept, if it has so many; the others are cut off.
  package init(_ path: FilePath, keeping kept: Int = 0, calls: FileCalls = .system) throws(FileError) {
    (self.path, self.calls) = (path, calls)
    do throws(Errno) {
      file = try retrying { () throws(Errno) in try calls.openAppending(path) }
    } catch {
      throw FileError(writing: path, error, action: "open it")
    }
    do throws(Errno) {
      let found = try file.stat()
      let isFile = found.type == .regular
      length = isFile ? min(max(0, kept), Int(found.size)) : 0
      // A device has no length to cut.
      if isFile { try calls.resize(file, length) }
    } catch {
      try? file.close()
      throw FileError(writing: path, error, action: "cut it to its beginning")
    }
  }

  /// Adds bytes at the end, after those that could not be written before.
  ///
  /// - Throws: `FileError`; the bytes are then kept for the next time.
  package func append(_ bytes: [UInt8]) throws(FileError) {
    unwritten += bytes
    try flush()
  }

  /// Cuts the file to its first bytes, for a run that goes back; what was kept back is forgotten.
  package func cut(to length: Int) throws(FileError) {
    unwritten = []
    self.length = min(max(0, length), self.length)
    try attempt(path, "cut it to its beginning") { () throws(Errno) in try calls.resize(file, self.length) }
  }

  /// Returns once all is on the disk.
  package func sync() throws(FileError) {
    try flush()
    try attempt(path, "force it to the disk") { () throws(Errno) in try retrying { () throws(Errno) in try calls.sync(file) } }
  }

  private func flush() throws(FileError) {
    guard !unwritten.isEmpty else { return }
    do throws(Errno) {
      if isTorn { try calls.resize(file, length) }
      isTorn = false
      var rest = unwritten.span
      while !rest.isEmpty {
        let count = try retrying { () throws(Errno) in try calls.write(file, rest) }
        if count == 0 { throw .ioError }
        rest = rest.extracting(droppingFirst: count)
      }
    } catch {
      isTorn = true
      if (try? calls.resize(file, length)) != nil { isTorn = false }
      throw FileError(writing: path, error, action: "add to it")
    }
    length += unwritten.count
    unwritten = []
  }

  deinit { try? file.close() }
}
