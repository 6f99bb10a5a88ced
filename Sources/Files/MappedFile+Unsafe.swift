// A mapping is raw memory of the system's. It is read-only, never handed out, and lives exactly as long as its object, hence
// `unsafe` here and a safe face.
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file of fixed size, mapped into memory for reading.
///
/// Pages come from the disk when they are first touched and count as resident until `forgetPages` is called. A file that somebody
/// shortens while it is mapped ends the process, as with every mapping; files that are replaced by renaming stay as they were.
@safe
package final class MappedFile: @unchecked Sendable {
  // Sendable: the memory is mapped for reading only and is not changed or unmapped while an object exists.
  private let base: UnsafeMutableRawPointer
  /// The size in bytes.
  package let size: Int

  /// - Throws: `FileError` if there is no such file, it may not be read, it is empty or not a regular file.
  package init(_ path: FilePath) throws(FileError) {
    do throws(Errno) {
      let file = try retrying { () throws(Errno) in
        try asErrno { try FileDescriptor.open(path, .readOnly, options: [.closeOnExec]) }
      }
      defer { try? file.close() }
      let found = try file.stat()
      if found.type == .directory { throw Errno.isDirectory }
      size = Int(found.size)
      guard size > 0, let memory = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, file.rawValue, 0), unsafe memory != MAP_FAILED else {
        throw size > 0 ? .last : .invalidArgument
      }
      unsafe base = unsafe memory
    } catch {
      throw FileError(reading: path, error)
    }
  }

  deinit { unsafe munmap(base, size) }

  /// The little-endian number at this byte.
  ///
  /// - Precondition: the number lies within the file.
  package func load<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
    precondition(offset >= 0 && offset <= size - MemoryLayout<Value>.size, "the number must lie within the file")
    return Value(littleEndian: unsafe base.loadUnaligned(fromByteOffset: offset, as: type))
  }

  /// Gives back the resident pages; they come again from the system's cache or the disk when they are touched.
  package func forgetPages() { _ = unsafe madvise(base, size, MADV_DONTNEED) }
}
