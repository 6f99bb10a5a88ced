// SystemPackage reads into raw memory only; the array that it fills is owned here and handed out initialized.
import SystemPackage

/// Reads to the end of the file, or until `most` bytes are there. `size` is a guess: files grow, and pipes have none.
func readAll(_ file: FileDescriptor, expecting size: Int, atMost most: Int) throws(Errno) -> [UInt8] {
  var bytes: [UInt8] = []
  // One byte more than expected, so that the end is met without growing.
  var room = min(max(size, 1 << 16) + 1, most)
  var count = 0
  while count < most {
    bytes.append(contentsOf: repeatElement(0, count: room - bytes.count))
    let read = try retrying { () throws(Errno) in
      try asErrno {
        try unsafe bytes.withUnsafeMutableBytes { unsafe try file.read(into: .init(rebasing: $0[count...]), retryOnInterrupt: false) }
      }
    }
    if read == 0 { break }
    count += read
    if count == room { room = min(room < most / 2 ? room * 2 : most, most) }
  }
  bytes.removeLast(bytes.count - count)
  return bytes
}
