// SystemPackage reads into raw memory only: an array that is owned here and handed out initialized, or memory of the caller's.
import SystemPackage

extension RandomAccessFile {
  /// Up to `count` bytes from `offset` on; fewer at the end of the file.
  package func read(_ count: Int, at offset: Int) throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    try read(max(0, min(count, size - offset)), at: offset, into: &bytes)
    return bytes
  }

  /// Makes `bytes` the `count` bytes from `offset` on.
  ///
  /// - Throws: `FileError`, also if the file ends before.
  package func read(_ count: Int, at offset: Int, into bytes: inout [UInt8]) throws(FileError) {
    if bytes.count > count { bytes.removeLast(bytes.count - count) }
    if bytes.count < count { bytes.append(contentsOf: repeatElement(0, count: count - bytes.count)) }
    do {
      try unsafe bytes.withUnsafeMutableBytes { try unsafe read(into: $0, at: offset) }
    } catch {
      throw error as? FileError ?? .failed(path: path.string, action: "read it", reason: "\(error)")
    }
  }

  /// Fills memory that the caller owns with the bytes from `offset` on.
  ///
  /// - Throws: `FileError`, also if the file ends before the memory is full.
  @unsafe
  package func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let read: Int
      do throws(Errno) {
        read = try retrying { () throws(Errno) in
          try asErrno {
            try unsafe file.read(
              fromAbsoluteOffset: Int64(offset + done), into: .init(rebasing: bytes[done...]), retryOnInterrupt: false)
          }
        }
      } catch {
        throw FileError(reading: path, error)
      }
      if read == 0 {
        let now = (try? file.stat()).map { Int($0.size) } ?? .max
        throw .shortened(path: path.string, expected: max(size, offset + bytes.count), found: min(now, offset + done))
      }
      done += read
    }
  }
}
