internal import Files
internal import SystemPackage

extension CorpusCache {
  /// The limit of a cache unless another one is given, in bytes.
  public static let usualLimit = 10_000_000_000

  /// Returns how many stores the folder has, and how many bytes they take together.
  public func usage() -> (stores: Int, bytes: Int) {
    let stores = stores
    return (stores.count, stores.reduce(0) { $0 + $1.bytes })
  }

  /// Removes the least recently used stores until the others fit the limit. Files that are not stores are kept.
  ///
  /// A run that reads a removed store has it open and continues.
  ///
  /// - Parameter kept: the path of a store that is never removed, whatever its size.
  func trim(keeping kept: String) {
    var bytes = usage().bytes
    for store in stores.sorted(by: { ($0.lastUse, $0.path.string) < ($1.lastUse, $1.path.string) })
    where bytes > limit && store.path.string != kept && Corpus.isStore(store.path.string) {
      do {
        try FileCalls.system.remove(store.path)
        bytes -= store.bytes
      } catch {
        // Another process has removed it, or its removal is not permitted: try the next one.
      }
    }
  }

  private struct CachedStore {
    var path: FilePath
    var bytes: Int
    var lastUse: Int
  }

  /// The files that have a store's name. Their contents are not read here, since reading counts as a use.
  private var stores: [CachedStore] {
    guard let names = try? entries(of: FilePath(folder)) else { return [] }
    return names.compactMap { name in
      let path = FilePath(folder).appending(name)
      guard name.extension == "store", UInt64(name.stem, radix: 16) != nil, let found = try? Stat(path, followTargetSymlink: false),
        found.type == .regular
      else { return nil }
      return CachedStore(path: path, bytes: Int(found.size), lastUse: found.lastUse)
    }
  }

  /// Makes the folder if it is missing. Only its owner can enter it, since the corpora may be private.
  func makeFolder() throws(FileError) {
    let path = FilePath(folder)
    if isDirectory(path) { return }
    try makeDirectories(path)
    try restrictToOwner(path)
  }

  /// Keeps other users from entering the folder, if it exists.
  ///
  /// - Throws: an error whose description says why it cannot be done.
  public func restrictFolder() throws {
    if isDirectory(FilePath(folder)) { try restrictToOwner(FilePath(folder)) }
  }
}
