public import Corpora
private import Files
private import SystemPackage

extension ModelDirectory {
  /// Where the portable guard of a model is, if it has one. Whoever gives the model away puts it there.
  package static func guardPath(of directory: String) -> String { FilePath(directory).appending(guardName).string }
}

extension PortableGuard {
  /// Reads the portable guard in a model directory; returns nil if there is none.
  ///
  /// - Throws: `FileError`, `ModelDirectoryError` for a link that leads out of the directory, or `CopyError` for a file that is no guard.
  public init?(model directory: String) throws {
    let file = try ModelDirectory.ownFile(FilePath(ModelDirectory.guardPath(of: directory)), in: FilePath(directory))
    guard fileExists(file) else { return nil }
    try self.init(path: file.string)
  }
}
