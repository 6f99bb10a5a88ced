package import SystemPackage

/// Lists the files in a folder and in the folders below it, and the errors of what cannot be examined.
package struct FolderListing: Sendable {
  /// The files, without hidden ones, sorted by the bytes of their paths, so that the order is the same on every machine. Links are
  /// followed, but not in a circle.
  package private(set) var files: [FilePath] = []
  /// Links that lead to nothing or to themselves, sorted in the same way.
  package private(set) var deadLinks: [FilePath] = []
  /// Pipes, sockets and devices, sorted likewise.
  package private(set) var others: [FilePath] = []
  /// The errors of folders that cannot be listed and of files that cannot be examined.
  package private(set) var faults: [FileError] = []

  /// - Throws: `FileError` if the folder itself cannot be listed.
  package init(_ folder: FilePath) throws(FileError) {
    try collect(folder, above: [])
    files.sort { $0.string.utf8.lexicographicallyPrecedes($1.string.utf8) }
    deadLinks.sort { $0.string.utf8.lexicographicallyPrecedes($1.string.utf8) }
    others.sort { $0.string.utf8.lexicographicallyPrecedes($1.string.utf8) }
  }

  private struct FolderIdentity: Hashable {
    var device: DeviceID
    var inode: Inode
  }

  private mutating func collect(_ folder: FilePath, above: Set<FolderIdentity>) throws(FileError) {
    let names: [FilePath.Component]
    var above = above
    do throws(Errno) {
      let found = try Stat(folder)
      guard above.insert(FolderIdentity(device: found.deviceID, inode: found.inode)).inserted else { return }
      names = try entries(of: folder)
    } catch {
      throw FileError(reading: folder, error, action: "list it")
    }
    // The component keeps bytes that are not UTF-8, which its string does not.
    for name in names.sorted(by: { $0.string < $1.string }) where !name.string.hasPrefix(".") { collect(folder.appending(name), above) }
  }

  private mutating func collect(_ path: FilePath, _ above: Set<FolderIdentity>) {
    do throws(Errno) {
      switch try Stat(path).type {
      case .directory: do throws(FileError) { try collect(path, above: above) } catch { faults.append(error) }
      case .regular: files.append(path)
      default: others.append(path)
      }
    } catch {
      switch error {
      case .noSuchFileOrDirectory, .tooManySymbolicLinkLevels: deadLinks.append(path)
      default: faults.append(FileError(reading: path, error, action: "look at it"))
      }
    }
  }
}

/// Makes the folder at `path` and those above it that are missing.
package func makeDirectories(_ path: FilePath, calls: FileCalls = .system) throws(FileError) {
  if path.isEmpty || isDirectory(path) { return }
  let parent = path.removingLastComponent()
  if parent != path { try makeDirectories(parent, calls: calls) }
  do throws(Errno) {
    try calls.makeDirectory(path)
  } catch {
    // Someone else may have made it just now.
    if error == .fileExists {
      if isDirectory(path) { return }
      throw .notDirectory(path: path.string)
    }
    throw FileError(writing: path, error, action: "make the folder")
  }
}

/// Removes a file, or a folder with all that is in it. Links are removed, not followed. No error if there is nothing.
package func removeTree(_ path: FilePath, calls: FileCalls = .system) throws(FileError) {
  do throws(Errno) {
    try removeAll(path, calls)
  } catch {
    throw FileError(writing: path, error, action: "remove it")
  }
}

private func removeAll(_ path: FilePath, _ calls: FileCalls) throws(Errno) {
  do throws(Errno) {
    let found = try Stat(path, followTargetSymlink: false)
    guard found.type == .directory else { return try calls.remove(path) }
    for name in try entries(of: path) { try removeAll(path.appending(name), calls) }
    try calls.removeDirectory(path)
  } catch {
    if error != .noSuchFileOrDirectory { throw error }
  }
}

/// Renames the folder `new` to `path`; the folder that has this name gets another one. Where the system can swap names, that is one step,
/// so there is a folder at `path` at every moment. Elsewhere the old one is renamed first, and gets its name back if the second rename
/// fails.
///
/// - Parameter aside: the name that the old folder gets where the system cannot swap names.
/// - Returns: the old folder's name now: `new` or `aside`; nil if there was none.
/// - Throws: `FileError`, with both folders under the names that they had.
package func supplant(
  _ path: FilePath, by new: FilePath, aside: FilePath, calls: FileCalls = .system
) throws(FileError) -> FilePath? {
  do throws(Errno) {
    if !fileExists(path) {
      try calls.rename(new, path)
      return nil
    }
    do throws(Errno) {
      try calls.exchange(new, path)
      return new
    } catch {
      guard [.noFunction, .invalidArgument, .notSupported].contains(error) else { throw error }
    }
    try calls.rename(path, aside)
    do throws(Errno) {
      try calls.rename(new, path)
    } catch {
      try? calls.rename(aside, path)
      throw error
    }
    return aside
  } catch {
    if error == .noSuchFileOrDirectory, !fileExists(new) { throw .missing(path: new.string) }
    throw FileError(writing: path, error, action: "put the new folder in its place")
  }
}
