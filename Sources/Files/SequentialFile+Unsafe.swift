// SystemPackage reads into raw memory only; the array that is filled belongs to the caller and is whole after every call.
package import SystemPackage

/// A file or a pipe that is read from its beginning, piece by piece.
package final class SequentialFile {
  /// What the system says of a regular file; pipes have no size.
  package let size: Int?
  private let path: FilePath
  private let file: FileDescriptor
  private let isOwned: Bool

  /// - Throws: `FileError` if there is no such file, or it may not be read.
  package init(_ path: FilePath) throws(FileError) {
    self.path = path
    isOwned = true
    do throws(Errno) {
      file = try retrying { () throws(Errno) in try asErrno { try FileDescriptor.open(path, .readOnly, options: [.closeOnExec]) } }
    } catch {
      throw FileError(reading: path, error)
    }
    do throws(Errno) {
      let found = try file.stat()
      if found.type == .directory { throw Errno.isDirectory }
      size = found.type == .regular ? Int(found.size) : nil
    } catch {
      try? file.close()
      throw FileError(reading: path, error)
    }
  }

  /// Reads from a descriptor that somebody else closes; `path` is its name in errors.
  package init(_ file: FileDescriptor, path: FilePath) {
    self.path = path
    self.file = file
    size = nil
    isOwned = false
  }

  /// Adds up to `most` bytes to the array, as many as there are, and returns how many; fewer than `most` only at the end.
  package func read(appendingTo bytes: inout [UInt8], atMost most: Int) throws(FileError) -> Int {
    let start = bytes.count
    var done = 0, room = 0
    defer { bytes.removeLast(room - done) }
    do throws(Errno) {
      while done < most {
        if done == room {
          // A small file does not pay for the memory of a large one.
          let more = min(most - room, max(1 << 16, room))
          bytes.append(contentsOf: repeatElement(0, count: more))
          room += more
        }
        let read = try retrying { () throws(Errno) in
          try asErrno {
            try unsafe bytes.withUnsafeMutableBytes {
              unsafe try file.read(into: .init(rebasing: $0[(start + done)...]), retryOnInterrupt: false)
            }
          }
        }
        if read == 0 { break }
        done += read
      }
    } catch {
      throw FileError(reading: path, error)
    }
    return done
  }

  deinit { if isOwned { try? file.close() } }
}
