internal import Files
internal import SystemPackage

extension CorpusCache {
  /// The first bytes of a file that says which units of a model are on at the tokens of songs.
  package static let statesMagic = Array("RFNSTATE".utf8)

  /// Returns the path of the states with this key, whether they exist or not.
  package func path(forStates key: UInt64) -> String { FilePath(folder).appending("\(String(key, radix: 16)).states").string }

  /// Whether a file begins as states do.
  static func isStates(_ path: FilePath) -> Bool {
    guard let file = try? RandomAccessFile(path), let start = try? file.read(statesMagic.count, at: 0) else { return false }
    return start == statesMagic
  }

  /// Marks states that were found as used now.
  package func noteUse(ofStates key: UInt64) { noteUse(of: path(forStates: key)) }

  /// Adds states, and removes what was not used for longest if the limit is passed.
  ///
  /// - Parameter write: writes the file at a path, whole or not at all.
  /// - Returns: the path; nil if they are not kept, since the cache is only read, or nobody asked for this folder and it cannot be written.
  /// - Throws: what `write` throws, or `FileError`.
  package func addStates(_ key: UInt64, write: (_ path: String) throws -> Void) throws -> String? {
    if isReadOnly { return nil }
    let path = path(forStates: key)
    do {
      if isDefault { restrictFolder() }
      try makeFolder()
      try write(path)
    } catch  where isDefault {
      return nil
    }
    trim(keeping: path)
    return path
  }
}
