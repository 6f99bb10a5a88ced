import Files
import Synchronization
import SystemPackage

/// A folder of a test's own, removed at its end.
final class TemporaryFolder {
  let path: FilePath

  init() throws {
    path = FilePath("/tmp").appending("refrain-test-\(UInt64.random(in: .min ... .max))")
    try makeDirectories(path)
  }

  deinit {
    try? removeTree(path)
  }

  func file(_ name: String) -> FilePath { path.appending(name) }

  /// Writes a file, making the folders it needs.
  func write(_ text: String, to name: String) throws {
    let path = file(name)
    try makeDirectories(path.removingLastComponent())
    try AtomicFile.write(Array(text.utf8), to: path)
  }
}

func text(of path: FilePath) throws -> String {
  String(decoding: try readFile(path), as: UTF8.self)
}

/// The system's calls, of which the k-th (counted from 1) fails.
final class FaultyCalls: Sendable {
  private let count = Mutex(0)
  private let open = Mutex(0)
  private let failing: Int
  private let error: Errno

  init(failing: Int = .max, with error: Errno = .ioError) {
    self.failing = failing
    self.error = error
  }

  /// How many calls there were.
  var made: Int { count.withLock { $0 } }

  /// How many files were made and not closed; below 0 if one was closed twice, which might close another's.
  var openFiles: Int { open.withLock { $0 } }

  private func step() throws(Errno) {
    let now = count.withLock {
      $0 += 1
      return $0
    }
    if now == failing { throw error }
  }

  var calls: FileCalls {
    let system = FileCalls.system
    var calls = system
    calls.create = { (path, permissions) throws(Errno) in
      try self.step()
      let file = try system.create(path, permissions)
      self.open.withLock { $0 += 1 }
      return file
    }
    calls.write = { (file, bytes) throws(Errno) in
      try self.step()
      return try system.write(file, bytes)
    }
    calls.sync = { (file) throws(Errno) in
      try self.step()
      try system.sync(file)
    }
    calls.close = { (file) throws(Errno) in
      // As on Linux, the descriptor is gone even where an error is reported.
      self.open.withLock { $0 -= 1 }
      try system.close(file)
      try self.step()
    }
    calls.rename = { (from, to) throws(Errno) in
      try self.step()
      try system.rename(from, to)
    }
    calls.remove = { (path) throws(Errno) in
      try self.step()
      try system.remove(path)
    }
    calls.syncDirectory = { (path) throws(Errno) in
      try self.step()
      try system.syncDirectory(path)
    }
    return calls
  }
}

/// All names in a folder, hidden ones too.
func allNames(in folder: FilePath) throws -> [String] {
  try entries(of: folder).map(\.string).sorted()
}

extension FileDescriptor {
  /// Closes the file once the body is done.
  func closeAfter(_ body: (FileDescriptor) throws -> Void) throws {
    defer { try? close() }
    try body(self)
  }
}
