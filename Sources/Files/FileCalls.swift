package import SystemPackage

/// The few system calls that change files, as values, so that a test can make the k-th of them fail.
///
/// Each throws the `Errno` that the system gave. Nothing here retries or reports: that is `AtomicFile`'s work.
package struct FileCalls: Sendable {
  /// Makes a new file, open for writing. Fails with `.fileExists` where there is one.
  package var create: @Sendable (_ path: FilePath, _ permissions: FilePermissions) throws(Errno) -> FileDescriptor
  /// Opens what is there for writing: devices and pipes, which cannot be replaced by a rename.
  package var openExisting: @Sendable (_ path: FilePath) throws(Errno) -> FileDescriptor
  /// Opens a file, or makes it, to add to its end. Fails with `.tooManySymbolicLinkLevels` for a link.
  package var openAppending: @Sendable (_ path: FilePath) throws(Errno) -> FileDescriptor
  /// Gives the file another length.
  package var resize: @Sendable (_ file: FileDescriptor, _ length: Int) throws(Errno) -> Void
  /// Writes some of the bytes, and returns how many.
  package var write: @Sendable (_ file: FileDescriptor, _ bytes: Span<UInt8>) throws(Errno) -> Int
  /// Writes some of the bytes at an offset from the file's start, and returns how many.
  package var writeAt: @Sendable (_ file: FileDescriptor, _ bytes: Span<UInt8>, _ offset: Int) throws(Errno) -> Int
  /// Returns once the file's bytes are on the disk.
  package var sync: @Sendable (_ file: FileDescriptor) throws(Errno) -> Void
  /// Closes the file.
  package var close: @Sendable (_ file: FileDescriptor) throws(Errno) -> Void
  /// Renames, replacing a file of the new name.
  package var rename: @Sendable (_ from: FilePath, _ to: FilePath) throws(Errno) -> Void
  /// Swaps two names in one step. Fails with `.noFunction`, `.invalidArgument` or `.notSupported` where the system cannot.
  package var exchange: @Sendable (_ first: FilePath, _ second: FilePath) throws(Errno) -> Void
  /// Removes a file's name.
  package var remove: @Sendable (_ path: FilePath) throws(Errno) -> Void
  /// Removes an empty folder.
  package var removeDirectory: @Sendable (_ path: FilePath) throws(Errno) -> Void
  /// Makes a folder. Fails with `.fileExists` where there is anything of that name.
  package var makeDirectory: @Sendable (_ path: FilePath) throws(Errno) -> Void
  /// Returns once the folder's names are on the disk.
  package var syncDirectory: @Sendable (_ path: FilePath) throws(Errno) -> Void
}

extension FileCalls {
  /// Writes all of the bytes at an offset from the file's start.
  ///
  /// - Throws: `.ioError` if the system takes nothing and reports nothing: such a call would be repeated for ever.
  func writeAll(_ bytes: Span<UInt8>, to file: FileDescriptor, at offset: Int) throws(Errno) {
    var rest = bytes
    while !rest.isEmpty {
      let place = offset + bytes.count - rest.count
      let count = try retrying { () throws(Errno) in try writeAt(file, rest, place) }
      if count == 0 { throw .ioError }
      rest = rest.extracting(droppingFirst: count)
    }
  }
}

/// Calls again for as long as a signal interrupts the call.
func retrying<Value>(_ call: () throws(Errno) -> Value) throws(Errno) -> Value {
  while true {
    do throws(Errno) {
      return try call()
    } catch {
      guard error == .interrupted else { throw error }
    }
  }
}
