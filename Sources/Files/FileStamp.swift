import Glibc
package import SystemPackage

/// What tells whether a file has changed: its size and the time of its last change, in nanoseconds since 1970.
package struct FileStamp: Sendable, Hashable {
  package var size: Int
  package var modified: Int

  /// The stamp of what is at `path` now, links followed, or nil if there is nothing.
  package init?(_ path: FilePath) {
    guard let found = try? Stat(path) else { return nil }
    self.init(found)
  }

  init(_ found: Stat) {
    size = Int(found.size)
    modified = Int(found.st_mtim.tv_sec) &* 1_000_000_000 &+ Int(found.st_mtim.tv_nsec)
  }
}

extension Stat {
  /// Whether its group or everybody may read, write or enter it.
  package var isOpenToOthers: Bool { !permissions.isDisjoint(with: [.groupReadWriteExecute, .otherReadWriteExecute]) }
  /// Whether it belongs to the user of this process.
  package var isOwnedByThisUser: Bool { userID.rawValue == geteuid() }
}
