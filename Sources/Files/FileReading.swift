package import SystemPackage

/// The whole of a file, or, where this process was given it open (`/dev/stdin`, `<(...)`), of a pipe up to its end.
///
/// - Parameter limit: the most bytes that the caller will take, against a wrong or hostile file that would fill the memory.
package func readFile(_ path: FilePath, limit: Int? = nil) throws(FileError) -> [UInt8] {
  let bytes: [UInt8]
  let size: Int
  let (file, found) = try openForReading(path, allowsInherited: true)
  defer { try? file.close() }
  do throws(Errno) {
    size = found.type == .regular ? Int(found.size) : 0
    // One byte more than the limit is enough to know that it is passed.
    bytes = try readAll(file, expecting: size, atMost: limit.map { $0 + 1 } ?? .max)
  } catch {
    throw FileError(reading: path, error)
  }
  if let limit, bytes.count > limit { throw .tooLarge(path: path.string, bytes: max(size, bytes.count), limit: limit) }
  return bytes
}

/// Whether there is anything at `path`, links followed.
package func fileExists(_ path: FilePath) -> Bool {
  (try? Stat(path)) != nil
}

/// Whether there is a folder at `path`, links followed.
package func isDirectory(_ path: FilePath) -> Bool {
  (try? Stat(path))?.type == .directory
}

/// Whether two paths are on one file system.
package func areOnOneDevice(_ first: FilePath, _ second: FilePath) -> Bool {
  guard let first = try? Stat(first), let second = try? Stat(second) else { return false }
  return first.deviceID == second.deviceID
}
