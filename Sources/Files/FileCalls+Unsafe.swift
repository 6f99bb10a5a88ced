import Glibc
// The calls that SystemPackage does not wrap. They take C strings and untyped memory, hence `unsafe`; each pointer lives
// only for the length of its call.
package import SystemPackage

extension FileCalls {
  /// The system's own calls.
  package static let system = FileCalls(
    create: { (path, permissions) throws(Errno) in
      try asErrno {
        try FileDescriptor.open(path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec], permissions: permissions)
      }
    },
    openExisting: { (path) throws(Errno) in
      try asErrno { try FileDescriptor.open(path, .writeOnly, options: [.closeOnExec]) }
    },
    openAppending: { (path) throws(Errno) in
      try asErrno {
        try FileDescriptor.open(
          path, .writeOnly, options: [.create, .append, .closeOnExec, .noFollow], permissions: FilePermissions(rawValue: 0o666))
      }
    },
    resize: { (file, length) throws(Errno) in try asErrno { try file.resize(to: Int64(length)) } },
    write: { (file, bytes) throws(Errno) in
      let count = unsafe bytes.withUnsafeBufferPointer { unsafe systemWrite(file.rawValue, $0.baseAddress, $0.count) }
      if count < 0 { throw .last }
      return count
    },
    writeAt: { (file, bytes, offset) throws(Errno) in
      try asErrno {
        try unsafe bytes.withUnsafeBytes { unsafe try file.write(toAbsoluteOffset: Int64(offset), $0, retryOnInterrupt: false) }
      }
    },
    sync: { (file) throws(Errno) in try check(fsync(file.rawValue)) },
    close: { (file) throws(Errno) in try asErrno { try file.close() } },
    rename: { (from, to) throws(Errno) in
      try check(unsafe from.withPlatformString { from in unsafe to.withPlatformString { to in unsafe systemRename(from, to) } })
    },
    exchange: { (first, second) throws(Errno) in try exchangeNames(first, second) },
    remove: { (path) throws(Errno) in try check(unsafe path.withPlatformString { unsafe unlink($0) }) },
    removeDirectory: { (path) throws(Errno) in try check(unsafe path.withPlatformString { unsafe rmdir($0) }) },
    makeDirectory: { (path) throws(Errno) in try check(unsafe path.withPlatformString { unsafe mkdir($0, 0o777) }) },
    syncDirectory: { (path) throws(Errno) in
      let folder = try asErrno { try FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec]) }
      defer { try? folder.close() }
      try check(fsync(folder.rawValue))
    }
  )
}

/// Sets the times of the last read and the last change of a file to now. A link is not followed.
package func setModifiedNow(_ path: FilePath) throws(FileError) {
  try attempt(path, "set its time of change") { () throws(Errno) in
    try check(unsafe path.withPlatformString { unsafe utimensat(AT_FDCWD, $0, nil, AT_SYMLINK_NOFOLLOW) })
  }
}

/// Lets only the owner read, write and enter a folder.
package func restrictToOwner(_ path: FilePath) throws(FileError) {
  try attempt(path, "restrict it to its owner") { () throws(Errno) in try check(unsafe path.withPlatformString { unsafe chmod($0, 0o700) })
  }
}

// Inside the closures above, `write` and `rename` would name the members.
private func systemWrite(_ file: CInt, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { unsafe write(file, bytes, count) }
private func systemRename(_ from: UnsafePointer<CChar>, _ to: UnsafePointer<CChar>) -> CInt { unsafe rename(from, to) }

extension Errno {
  /// What the C library says went wrong last.
  static var last: Errno { Errno(rawValue: errno) }
}

/// Throws for the -1 by which C calls say that they failed.
func check(_ result: CInt) throws(Errno) {
  if result < 0 { throw .last }
}

/// SystemPackage's older calls throw `any Error`, which is always an `Errno`.
func asErrno<Value>(_ call: () throws -> Value) throws(Errno) -> Value {
  do {
    return try call()
  } catch {
    throw error as? Errno ?? .ioError
  }
}

private func exchangeNames(_ first: FilePath, _ second: FilePath) throws(Errno) {
  // `renameat2` is missing from the module map, as a GNU extension, and older systems lack it.
  typealias Renameat2 = @convention(c) (CInt, UnsafePointer<CChar>, CInt, UnsafePointer<CChar>, CUnsignedInt) -> CInt
  guard let symbol = unsafe dlsym(nil, "renameat2") else { throw .noFunction }
  let renameat2 = unsafe unsafeBitCast(symbol, to: Renameat2.self)
  let exchange: CUnsignedInt = 2  // RENAME_EXCHANGE
  try check(
    unsafe first.withPlatformString { first in
      unsafe second.withPlatformString { second in unsafe renameat2(AT_FDCWD, first, AT_FDCWD, second, exchange) }
    })
}
