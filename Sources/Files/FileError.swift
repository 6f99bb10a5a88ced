internal import Basics
package import SystemPackage

/// What can go wrong with a file or a folder; the description is a sentence that says what to do about it.
public enum FileError: Error, Equatable, CustomStringConvertible {
  /// There is nothing of that name.
  case missing(path: String)
  /// The permissions do not let us read it.
  case notReadable(path: String)
  /// The permissions do not let us write there.
  case notWritable(path: String)
  /// A file was expected and this is a folder.
  case isDirectory(path: String)
  /// A folder was expected and this, or a part of the path before it, is none.
  case notDirectory(path: String)
  /// A pipe, a socket or a device, where a file was expected.
  case endless(path: String, found: String)
  /// There is a symbolic link that leads to itself, or that is not followed here.
  case link(path: String)
  /// A file that is changed in place has more than one name, so that the change would reach another file.
  case shared(path: String, names: Int)
  /// The disk, or the quota on it, was used up after so many bytes of the new file.
  case diskFull(path: String, bytesWritten: Int)
  /// The file system is mounted for reading only.
  case readOnlyFileSystem(path: String)
  /// The file has more bytes than the caller would take.
  case tooLarge(path: String, bytes: Int, limit: Int)
  /// The file ends before the bytes that it had when it was opened, or should have.
  case shortened(path: String, expected: Int, found: Int)
  /// The new file is in place, and the folder's entry could not be forced to the disk.
  case notSynced(path: String, reason: String)
  /// Another program is writing to the folder.
  case inUse(path: String, by: String)
  /// Anything else: what was being done, and what the system said.
  case failed(path: String, action: String, reason: String)

  /// One sentence: the path, what was expected, what was found, what to do.
  public var description: String { sentence.text }

  private var sentence: Sentence {
    switch self {
    case .missing(let path):
      "\(path): there is no such file or folder; check the path."
    case .notReadable(let path):
      "\(path): this may not be read; give yourself permission to read it (chmod u+r) or choose another path."
    case .notWritable(let path):
      "\(path): this may not be written; choose another path or change the permissions of the folder."
    case .isDirectory(let path):
      "\(path): a file was expected and this is a folder; give the path of a file."
    case .notDirectory(let path):
      "\(path): a folder was expected and this is not one; give the path of a folder."
    case .endless(let path, let found):
      "\(path): a file was expected and this is a \(found), which may have no end; put what it gives into a file, and give that."
    case .link(let path):
      "\(path): this is a symbolic link that leads to itself or is not followed here; put the file itself in its place."
    case .shared(let path, let names):
      """
      \(path): this file has \(names.grouped) names (hard links), and writing to it would change the file under its other names \
      too; put a copy in its place.
      """
    case .diskFull(let path, let bytes):
      "\(path): the disk is full after \(bytes.grouped) bytes; what was there before is untouched; free some space and try again."
    case .readOnlyFileSystem(let path):
      "\(path): the file system is read-only; choose a path on another one."
    case .tooLarge(let path, let bytes, let limit):
      "\(path): the file has \(bytes.grouped) bytes and at most \(limit.grouped) are expected; check that it is the right file."
    case .shortened(let path, let expected, let found):
      """
      \(path): the file should have \(expected.grouped) bytes and ends after \(found.grouped); somebody has shortened it while it was in \
      use: bring it back whole, and let files in use be replaced by renaming.
      """
    case .inUse(let path, let owner) where owner.contains(" on "):
      // Whether a process of another host still runs cannot be checked.
      """
      \(path): \(owner) is writing there already; wait until it ends or choose another folder; if that process has ended, remove \
      \(FilePath(path).appending(DirectoryLock.name).string) and try again.
      """
    case .inUse(let path, let owner):
      "\(path): \(owner) is writing there already; wait until it ends, stop it, or choose another folder."
    case .notSynced(let path, let reason):
      "\(path): the new file is in place but may be lost if the power fails now (\(reason)); check the disk and save again."
    case .failed(let path, let action, let reason):
      "\(path): could not \(action) (\(reason)); check the path and the disk."
    }
  }
}

extension FileError {
  /// Whether the same may succeed a little later without anybody changing what was asked for: a disk gets room, a fault passes.
  package var mayPass: Bool {
    switch self {
    case .diskFull, .notWritable, .readOnlyFileSystem, .missing, .notReadable, .notSynced, .failed: true
    case .isDirectory, .notDirectory, .endless, .link, .shared, .tooLarge, .shortened, .inUse: false
    }
  }

  /// The error for a call that reads.
  package init(reading path: FilePath, _ error: Errno, action: String = "read it") {
    switch error {
    case .noSuchFileOrDirectory: self = .missing(path: path.string)
    case .permissionDenied, .notPermitted: self = .notReadable(path: path.string)
    case .isDirectory: self = .isDirectory(path: path.string)
    case .notDirectory: self = .notDirectory(path: path.string)
    case .tooManySymbolicLinkLevels: self = .link(path: path.string)
    default: self = .failed(path: path.string, action: action, reason: error.reason)
    }
  }

  /// The error for a call that writes, after `bytesWritten` bytes of the new file.
  package init(writing path: FilePath, _ error: Errno, action: String, bytesWritten: Int = 0) {
    switch error {
    case .noSpace, .diskQuotaExceeded: self = .diskFull(path: path.string, bytesWritten: bytesWritten)
    case .noSuchFileOrDirectory:
      // Usually the folder is missing, or else the file itself was removed.
      let folder = path.removingLastComponent().orCurrent
      self = .missing(path: FileKind(of: folder) == .folder ? path.string : folder.string)
    case .permissionDenied, .notPermitted: self = .notWritable(path: path.string)
    case .readOnlyFileSystem: self = .readOnlyFileSystem(path: path.string)
    case .isDirectory: self = .isDirectory(path: path.string)
    case .notDirectory: self = .notDirectory(path: path.removingLastComponent().orCurrent.string)
    case .tooManySymbolicLinkLevels: self = .link(path: path.string)
    default: self = .failed(path: path.string, action: action, reason: error.reason)
    }
  }
}

extension FileError {
  /// The same error about a path below another folder, for a folder that was made under a hidden name.
  package func renaming(_ folder: FilePath, to other: FilePath) -> FileError {
    func renamed(_ text: String) -> String {
      var path = FilePath(text)
      return path.removePrefix(folder) ? other.pushing(path).string : text
    }
    return switch self {
    case .missing(let path): .missing(path: renamed(path))
    case .notReadable(let path): .notReadable(path: renamed(path))
    case .notWritable(let path): .notWritable(path: renamed(path))
    case .isDirectory(let path): .isDirectory(path: renamed(path))
    case .notDirectory(let path): .notDirectory(path: renamed(path))
    case .endless(let path, let found): .endless(path: renamed(path), found: found)
    case .diskFull(let path, let bytes): .diskFull(path: renamed(path), bytesWritten: bytes)
    case .readOnlyFileSystem(let path): .readOnlyFileSystem(path: renamed(path))
    case .tooLarge(let path, let bytes, let limit): .tooLarge(path: renamed(path), bytes: bytes, limit: limit)
    case .shortened(let path, let expected, let found): .shortened(path: renamed(path), expected: expected, found: found)
    case .notSynced(let path, let reason): .notSynced(path: renamed(path), reason: reason)
    case .inUse(let path, let owner): .inUse(path: renamed(path), by: owner)
    case .link(let path): .link(path: renamed(path))
    case .shared(let path, let names): .shared(path: renamed(path), names: names)
    case .failed(let path, let action, let reason): .failed(path: renamed(path), action: action, reason: reason)
    }
  }
}

extension Errno {
  /// The system's description of the error. A call may fail without an error number, and "Success" would be no reason.
  package var reason: String { rawValue == 0 ? "the system gives no reason" : description }
}

extension FilePath {
  /// `.` for the empty path, which the system calls do not take.
  var orCurrent: FilePath { isEmpty ? "." : self }
}
