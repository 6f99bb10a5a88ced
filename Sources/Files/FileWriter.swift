import SystemPackage

/// Where the body of `AtomicFile.write` puts its bytes. Small pieces are gathered; large ones go out without a copy.
package struct FileWriter: ~Copyable {
  /// How many bytes the system has taken so far.
  package private(set) var bytesWritten = 0

  private let path: FilePath
  private let file: FileDescriptor
  private let calls: FileCalls
  private var gathered: [UInt8] = []
  private static let gatherLimit = 1 << 16

  init(path: FilePath, file: FileDescriptor, calls: FileCalls) {
    self.path = path
    self.file = file
    self.calls = calls
  }

  /// Writes the bytes of a span of any size, of which nothing is kept.
  package mutating func write(_ bytes: Span<UInt8>) throws(FileError) {
    if gathered.count + bytes.count > Self.gatherLimit { try flush() }
    if bytes.count > Self.gatherLimit {
      try send(bytes)
    } else {
      for index in bytes.indices { gathered.append(bytes[index]) }
    }
  }

  /// Writes an array.
  package mutating func write(_ bytes: [UInt8]) throws(FileError) {
    try write(bytes.span)
  }

  /// Writes a string as UTF-8.
  package mutating func write(_ text: String) throws(FileError) {
    try write(text.utf8Span.span)
  }

  /// Writes any sequence of bytes, gathered as they come.
  package mutating func write(_ bytes: some Sequence<UInt8>) throws(FileError) {
    for byte in bytes {
      if gathered.count >= Self.gatherLimit { try flush() }
      gathered.append(byte)
    }
  }

  /// Hands what is gathered to the system.
  package mutating func flush() throws(FileError) {
    guard !gathered.isEmpty else { return }
    let bytes = gathered
    gathered = []
    try send(bytes.span)
    gathered = bytes
    gathered.removeAll(keepingCapacity: true)
  }

  /// Replaces bytes that were written before, such as a header that is known only at the end.
  ///
  /// - Precondition: so many bytes were written, to a file; pipes have no place to go back to.
  package mutating func overwrite(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    precondition(offset >= 0 && offset + bytes.count <= bytesWritten + gathered.count, "only what was written can be overwritten")
    try flush()
    do throws(Errno) {
      try calls.writeAll(bytes.span, to: file, at: offset)
    } catch {
      throw FileError(writing: path, error, action: "write it", bytesWritten: bytesWritten)
    }
  }

  private mutating func send(_ bytes: Span<UInt8>) throws(FileError) {
    var rest = bytes
    while !rest.isEmpty {
      let count: Int
      do throws(Errno) {
        count = try calls.write(file, rest)
        // A call that takes nothing and reports nothing would be repeated for ever.
        if count == 0 { throw .ioError }
      } catch {
        if error == .interrupted { continue }
        throw FileError(writing: path, error, action: "write it", bytesWritten: bytesWritten)
      }
      bytesWritten += count
      rest = rest.extracting(droppingFirst: count)
    }
  }
}
