// Numbers go to the disk and come back as the memory that they are; the calls take raw memory, which lives for their length only.
package import SystemPackage

/// A file without a name, for what is needed while a program runs: whatever ends the program, nothing is left of it.
///
/// Pieces are added at the end by one thread at a time, and may be read by any number at once.
package final class ScratchFile: Sendable {
  private let folder: FilePath
  private let file: FileDescriptor
  private let calls: FileCalls

  /// Makes the file in this folder, whose disk it fills.
  package init(in folder: FilePath, calls: FileCalls = .system) throws(FileError) {
    let path = folder.orCurrent.appending(".refrain-\(UInt64.random(in: .min ... .max)).tmp")
    self.folder = folder.orCurrent
    self.calls = calls
    do throws(Errno) {
      file = try retrying { () throws(Errno) in
        try asErrno {
          try FileDescriptor.open(
            path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec], permissions: FilePermissions(rawValue: 0o600))
        }
      }
      do throws(Errno) {
        try calls.remove(path)
      } catch {
        // Another writer may have removed it already, as a temporary that nobody holds.
        if error != .noSuchFileOrDirectory { throw error }
      }
    } catch {
      throw FileError(writing: path, error, action: "make a file for passing use")
    }
  }

  deinit { try? file.close() }

  /// Writes numbers at a place, in bytes from the start.
  package func write(_ values: [UInt32], at offset: Int) throws(FileError) {
    do throws(Errno) {
      try calls.writeAll(unsafe values.span.bytes._unsafeView(as: UInt8.self), to: file, at: offset)
    } catch {
      throw FileError(writing: folder, error, action: "write a file for passing use in it", bytesWritten: offset)
    }
  }

  /// Reads so many numbers from a place, in bytes from the start.
  package func read(_ count: Int, at offset: Int) throws(FileError) -> [UInt32] {
    var values = [UInt32](repeating: 0, count: count)
    do throws(Errno) {
      try asErrno {
        try unsafe values.withUnsafeMutableBytes { bytes in
          var done = 0
          while done < bytes.count {
            let read = try retrying { () throws(Errno) in
              try asErrno {
                try unsafe file.read(
                  fromAbsoluteOffset: Int64(offset + done), into: .init(rebasing: bytes[done...]), retryOnInterrupt: false)
              }
            }
            if read == 0 { throw Errno.ioError }
            done += read
          }
        }
      }
    } catch {
      throw FileError(reading: folder, error, action: "read a file for passing use in it")
    }
    return values
  }
}
