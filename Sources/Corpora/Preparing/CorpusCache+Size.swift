internal import Files
internal import SystemPackage

extension CorpusCache {
  /// The limit of a cache unless another one is given, in bytes.
  public static let usualLimit = 10_000_000_000

  /// How many stores of the cache the folder has, and how many bytes they, the indexes of copies and the states take together; nil if the
  /// folder cannot be listed.
  package func usage() -> (stores: Int, bytes: Int)? {
    guard fileExists(FilePath(folder)) else { return (0, 0) }
    guard let stores else { return nil }
    return (stores.count { $0.path.extension == "store" }, stores.reduce(0) { $0 + $1.bytes })
  }

  /// Removes stores, indexes and states of the cache until the rest fits the limit, the least recently used first. Other files stay, also
  /// other stores.
  ///
  /// A run that reads a removed store holds it open and is not disturbed.
  ///
  /// - Parameter kept: the path of a file that stays, whatever its size.
  func trim(keeping kept: String) {
    guard let stores else { return }
    var bytes = stores.reduce(0) { $0 + $1.bytes }
    for store in stores.sorted(by: { ($0.lastUse, $0.path.string) < ($1.lastUse, $1.path.string) })
    where bytes > limit && store.path.string != kept {
      do {
        try FileCalls.system.remove(store.path)
        bytes -= store.bytes
      } catch {
        // Somebody else has removed it, or it may not be removed: the next one may be.
      }
    }
  }

  /// Marks a store as used now. The time of its last change is the mark, since many systems record reads late or never.
  func noteUse(of path: String) { try? setModifiedNow(FilePath(path)) }

  private struct CachedStore {
    var path: FilePath
    var bytes: Int
    /// In nanoseconds since 1970.
    var lastUse: Int
  }

  private var stores: [CachedStore]? {
    guard let names = try? entries(of: FilePath(folder)) else { return nil }
    return names.compactMap { name in
      let path = FilePath(folder).appending(name)
      guard Self.isName(name), let found = try? Stat(path, followTargetSymlink: false), found.type == .regular, isOwn(path),
        let stamp = FileStamp(path)
      else { return nil }
      return CachedStore(path: path, bytes: stamp.size, lastUse: stamp.modified)
    }
  }

  /// Whether a file with such a name was made for a cache.
  private func isOwn(_ path: FilePath) -> Bool {
    if path.extension == "states" { return Self.isStates(path) }
    if path.extension != "store" { return CopyIndex.isIndex(path.string) }
    guard let header = try? StoreReader.header(path) else { return false }
    return header.isCached || header.readingRevision == 1
  }

  /// Whether a name is one that ``path(for:options:readingRevision:)``, ``path(forIndexOf:)`` or ``path(forStates:)`` gives. Only the name
  /// identifies stores of older versions; one hash in 65,536 has fewer digits.
  private static func isName(_ name: FilePath.Component) -> Bool {
    ["store", "index", "states"].contains(name.extension) && (13...16).contains(name.stem.utf8.count)
      && name.stem.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// Makes the folder if it is missing. Only its owner can enter it, since the corpora may be private.
  func makeFolder() throws(FileError) {
    let path = FilePath(folder)
    if isDirectory(path) { return }
    try makeDirectories(path)
    try restrictToOwner(path)
  }

  /// Keeps other users from entering the folder, if this user owns it. A link is not followed, and what cannot be changed stays.
  package func restrictFolder() {
    let path = FilePath(folder)
    guard let found = try? Stat(path, followTargetSymlink: false), found.type == .directory, found.isOpenToOthers, found.isOwnedByThisUser
    else { return }
    try? restrictToOwner(path)
  }
}
