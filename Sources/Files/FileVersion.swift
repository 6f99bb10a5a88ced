import Glibc
import SystemPackage

/// Identifies one state of an open file: which file it is, its size, and when its contents and its inode last changed, in nanoseconds since
/// 1970.
///
/// A program that overwrites the contents can set back their time of change, but not that of the inode. The latter changes for harmless
/// reasons too, such as a new name or other permissions.
package struct FileVersion: Sendable, Hashable {
  private let device: DeviceID
  private let inode: Inode
  private let size: Int
  private let modified: Int
  private let changed: Int

  init(_ found: Stat) {
    func nanoseconds(_ time: timespec) -> Int { Int(time.tv_sec) &* 1_000_000_000 &+ Int(time.tv_nsec) }
    device = found.deviceID
    inode = found.inode
    size = Int(found.size)
    modified = nanoseconds(found.st_mtim)
    changed = nanoseconds(found.st_ctim)
  }
}

extension RandomAccessFile {
  /// Returns the state of the file now, even if its name is gone.
  package func version() throws(FileError) -> FileVersion {
    do throws(Errno) {
      return FileVersion(try file.stat())
    } catch {
      throw FileError(reading: path, error)
    }
  }
}
