internal import Files
private import Synchronization
internal import SystemPackage

/// Holds the file of a store that was checked, and finds out whether its contents have changed since.
final class StoreFile: Sendable {
  let file: RandomAccessFile
  let header: StoreHeader
  /// The state of the file when its contents were last compared with the checksum.
  private let version: Mutex<FileVersion>

  /// - Parameter version: the state of the file before it was checked.
  init(_ file: RandomAccessFile, _ header: StoreHeader, version: FileVersion) {
    self.file = file
    self.header = header
    self.version = Mutex(version)
  }

  /// Whether the file is in the same state as when it was last checked; call this after every read whose result is used.
  ///
  /// A file in another state is compared with its checksum again, since a new name or other permissions change no token.
  ///
  /// - Returns: false if the state changed but the contents did not; then read again what was read meanwhile.
  /// - Throws: `CorpusError.changedWhileRead` if the contents changed; `CorpusError` if they cannot be read.
  func isUntouched() throws(CorpusError) -> Bool {
    let file = file, header = header, path = file.path
    return try CorpusError.rethrowing {
      try version.withLock { version in
        let found = try file.version()
        if found == version { return true }
        do {
          guard try StoreReader.header(file, path) == header else { throw CorpusError.changedWhileRead(path: path.string) }
          try StoreReader.check(file, header, path: path.string)
        } catch CorpusError.malformedStore, CorpusError.unsupportedStore, CorpusError.newerStore {
          throw CorpusError.changedWhileRead(path: path.string)
        }
        guard try file.version() == found else { throw CorpusError.changedWhileRead(path: path.string) }
        version = found
        return false
      }
    }
  }
}
