private import Synchronization
package import SystemPackage

/// A log that is only added to, a whole piece at a time.
///
/// What the disk does not take now is kept and written before the next piece: a log has no half lines and no gaps in its middle, whatever
/// happened to the disk meanwhile. A log that somebody removed or renamed is begun anew under its name, and one that somebody cut is
/// continued where it ends now.
package final class AppendedFile: Sendable {
  private let state: Mutex<State>

  /// Opens the file, or makes it.
  ///
  /// - Parameter kept: how many of its bytes are kept, if it has so many; the others are cut off.
  package init(_ path: FilePath, keeping kept: Int = 0, calls: FileCalls = .system) throws(FileError) {
    let (file, size) = try State.open(path, calls)
    let length = size.map { min(max(0, kept), $0) } ?? 0
    do throws(Errno) {
      // A device has no length to cut.
      if size != nil { try calls.resize(file, length) }
    } catch {
      try? file.close()
      throw FileError(writing: path, error, action: "cut it to its beginning")
    }
    state = Mutex(State(path: path, file: file, isRegular: size != nil, length: length, calls: calls))
  }

  /// How many bytes of whole pieces the file has.
  package var length: Int { state.withLock { $0.length } }

  /// The path of the log; set it when its folder is renamed.
  package var path: FilePath {
    get { state.withLock { $0.path } }
    set { state.withLock { $0.path = newValue } }
  }

  /// Adds bytes at the end, after those that could not be written before.
  ///
  /// - Throws: `FileError`; the bytes are then kept for the next time.
  package func append(_ bytes: [UInt8]) throws(FileError) {
    try state.withLock { state throws(FileError) in
      state.unwritten += bytes
      try state.flush()
    }
  }

  /// Writes what could not be written before.
  ///
  /// - Throws: `FileError`; the bytes are then kept for the next time.
  package func flush() throws(FileError) {
    try state.withLock { state throws(FileError) in try state.flush() }
  }

  /// Cuts the file to its first bytes, for a run that goes back; what was kept back is forgotten.
  package func cut(to length: Int) throws(FileError) {
    try state.withLock { state throws(FileError) in
      state.unwritten = []
      try state.follow()
      state.length = min(max(0, length), state.length)
      guard state.isRegular else { return }
      try attempt(state.path, "cut it to its beginning") { () throws(Errno) in try state.calls.resize(state.file, state.length) }
    }
  }

  /// Returns once all is on the disk; any thread may call it beside those that append.
  package func sync() throws(FileError) {
    try state.withLock { state throws(FileError) in
      try state.flush()
      guard state.isRegular else { return }
      try attempt(state.path, "force it to the disk") { () throws(Errno) in
        try retrying { () throws(Errno) in try state.calls.sync(state.file) }
      }
    }
  }

  deinit { state.withLock { try? $0.file.close() } }

  private struct State {
    var path: FilePath
    var file: FileDescriptor
    /// Whether it is a file rather than a device.
    let isRegular: Bool
    var length: Int
    let calls: FileCalls
    var unwritten: [UInt8] = []
    /// Whether there may be a part of a piece after `length`.
    var isTorn = false

    /// Opens the file and returns its size, which a device does not have.
    static func open(_ path: FilePath, _ calls: FileCalls) throws(FileError) -> (FileDescriptor, size: Int?) {
      let file = try attempt(path, "open it") { () throws(Errno) in
        try retrying { () throws(Errno) in try calls.openAppending(path) }
      }
      do throws(FileError) {
        let found = try attempt(path, "look at it") { () throws(Errno) in try file.stat() }
        try found.checkSoleName(path)
        return (file, found.type == .regular ? Int(found.size) : nil)
      } catch {
        try? file.close()
        throw error
      }
    }

    /// Finds out what others did to the log: opens it again if its name is gone or belongs to another file, and updates its length.
    mutating func follow() throws(FileError) {
      guard isRegular else { return }
      let there = try? Stat(path)
      if let there, let ours = try? file.stat(), ours.isSameFile(as: there) {
        let size = Int(ours.size)
        if size < length || size > length && !isTorn {
          length = size
          isTorn = false
        }
        return
      }
      if let kind = there.map(FileKind.init), kind != .file {
        throw kind == .folder ? .isDirectory(path: path.string) : .endless(path: path.string, found: kind.rawValue)
      }
      let (new, size) = try Self.open(path, calls)
      // The old file may be a log that was only renamed, whose end is worth keeping.
      try? calls.sync(file)
      try? file.close()
      file = new
      length = size ?? 0
      isTorn = false
    }

    mutating func flush() throws(FileError) {
      guard !unwritten.isEmpty else { return }
      try follow()
      do throws(Errno) {
        if isTorn { try calls.resize(file, length) }
        isTorn = false
        var rest = unwritten.span
        while !rest.isEmpty {
          let count = try retrying { () throws(Errno) in try calls.write(file, rest) }
          if count == 0 { throw .ioError }
          rest = rest.extracting(droppingFirst: count)
        }
      } catch {
        isTorn = isRegular
        if isRegular, (try? calls.resize(file, length)) != nil { isTorn = false }
        throw FileError(writing: path, error, action: "add to it")
      }
      length += unwritten.count
      unwritten = []
    }
  }
}
