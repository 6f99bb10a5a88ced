internal import Files
private import Synchronization
internal import SystemPackage

/// The file of a store that was opened and checked, and what tells whether its contents are still those that were checked.
final class StoreFile: Sendable {
  let file: RandomAccessFile
  let header: StoreHeader
  /// The state of the file in which its contents were compared with the checksum last.
  private let version: Mutex<FileVersion>

  /// - Parameter version: the state of the file before it was checked.
  init(_ file: RandomAccessFile, _ header: StoreHeader, version: FileVersion) {
    self.file = file
    self.header = header
    self.version = Mutex(version)
  }

  /// Whether the file is as it was when it was checked last; call this after every reading whose result is used.
  ///
  /// A file that was touched is compared with its checksum again, since a new name or other permissions change no token.
  ///
  /// - Returns: false if the file was touched and its contents are the same; what was read meanwhile is to be read again.
  /// - Throws: `CorpusError.changedWhileRead` if the contents are others; `CorpusError` if they cannot be read.
  func isUntouched() throws(CorpusError) -> Bool {
    let file = file, header = header, path = file.path
    return try CorpusError.rethrowing {
      try version.withLock { version in
        let found = try file.version()
        if found == version { return true }
        do {
          guard try StoreReader.header(file, path) == header else { throw CorpusError.changedWhileRead(path: path.string) }
          try StoreReader.check(file, header, path: path.string)
        } catch CorpusError.malformedStore, CorpusError.unsupportedStore {
          throw CorpusError.changedWhileRead(path: path.string)
        }
        guard try file.version() == found else { throw CorpusError.changedWhileRead(path: path.string) }
        version = found
        return false
      }
    }
  }
}
