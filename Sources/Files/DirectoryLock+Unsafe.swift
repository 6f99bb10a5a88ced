import Glibc
// Locks, process numbers and the host's name are C's; the name is read through a buffer that lives for the call, hence `unsafe`.
package import SystemPackage

extension DirectoryLock {
  /// Asks the system for a lock that lasts until the file is closed, without waiting for it.
  package static func systemLock(_ file: FileDescriptor) -> Outcome {
    if flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 { return .taken }
    return Errno.last == .wouldBlock ? .busy : .unsupported
  }

  static func systemUnlock(_ file: FileDescriptor) { _ = flock(file.rawValue, LOCK_UN) }

  static var processNumber: Int32 { getpid() }

  static func isRunning(_ process: Int32) -> Bool { kill(process, 0) == 0 || Errno.last == .notPermitted }

  static let hostName: String = {
    var name = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }()
}
