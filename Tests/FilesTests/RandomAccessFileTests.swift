import Files
import SystemPackage
import Testing

@Suite("Files to read pieces of, and logs") struct RandomAccessFileTests {
  @Test("a piece is what stands there, and ends where the file ends", arguments: [(0, 3), (2, 100), (9, 1), (10, 5), (50, 2), (4, 0)])
  func pieces(offset: Int, count: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("numbers")
    let bytes = (0..<10).map(UInt8.init)
    try AtomicFile.write(bytes, to: path)
    let file = try RandomAccessFile(path)
    #expect(file.size == 10)
    #expect(try file.read(count, at: offset) == Array(bytes.dropFirst(offset).prefix(count)))
  }

  @Test func `memory larger than the file is an error, not half filled in silence`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("short")
    try AtomicFile.write([1, 2, 3], to: path)
    let file = try RandomAccessFile(path)
    var bytes = [UInt8](repeating: 9, count: 4)
    #expect(throws: FileError.shortened(path: path.string, expected: 4, found: 3)) {
      try unsafe bytes.withUnsafeMutableBytes { try unsafe file.read(into: $0, at: 0) }
    }
  }

  @Test func `a file that is shortened while it is open is an error with both sizes`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("numbers")
    try AtomicFile.write((0..<10).map(UInt8.init), to: path)
    let file = try RandomAccessFile(path)
    let other = try FileDescriptor.open(path, .readWrite)
    defer { try? other.close() }
    try other.resize(to: 6)
    #expect(try file.read(2, at: 4) == [4, 5])
    let error = #expect(throws: FileError.shortened(path: path.string, expected: 10, found: 6)) { try file.read(4, at: 4) }
    #expect(error?.description.hasPrefix("\(path): the file should have 10 bytes and ends after 6;") == true)
  }

  @Test func `what is missing or a folder is said to be so`() throws {
    let folder = try TemporaryFolder()
    let missing = folder.path.appending("missing")
    #expect(throws: FileError.missing(path: missing.string)) { _ = try RandomAccessFile(missing).size }
    #expect(throws: FileError.isDirectory(path: folder.path.string)) { _ = try RandomAccessFile(folder.path).size }
  }

  @Test func `a log is emptied when it is opened, and then grows`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("log")
    try AtomicFile.write(Array("old".utf8), to: path)
    let log = try AppendedFile(path)
    #expect(try readFile(path).isEmpty)
    try log.append(Array("one\n".utf8))
    try log.append(Array("two\n".utf8))
    #expect(try readFile(path) == Array("one\ntwo\n".utf8))
  }

  @Test func `a log on a full disk says so`() throws {
    let full = FilePath("/dev/full")
    guard fileExists(full) else { return }
    let log = try AppendedFile(full)
    #expect(throws: FileError.diskFull(path: full.string, bytesWritten: 0)) { try log.append([1]) }
  }
}
