import Files
import SystemPackage
import Testing

@Suite("Reading")
struct ReadingTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("A file of any size is read whole", arguments: [0, 1, 65_536, 65_537, 300_001])
  func whole(size: Int) throws {
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try AtomicFile.write(bytes, to: folder.file("a"))
    #expect(try readFile(folder.file("a")) == bytes)
    #expect(try readFile(folder.file("a"), limit: size) == bytes)
  }

  @Test("A file over the limit is refused with its size", arguments: [0, 9, 99_999])
  func limit(limit: Int) throws {
    let path = folder.file("a")
    try AtomicFile.write([UInt8](repeating: 1, count: 100_000), to: path)
    #expect(throws: FileError.tooLarge(path: path.string, bytes: 100_000, limit: limit)) { try readFile(path, limit: limit) }
  }

  @Test("An endless device stops at the limit")
  func endless() throws {
    #expect(throws: FileError.tooLarge(path: "/dev/zero", bytes: 100_001, limit: 100_000)) {
      try readFile("/dev/zero", limit: 100_000)
    }
  }

  @Test("What has no size beforehand is read to its end")
  func sizeless() throws {
    #expect(try !readFile("/proc/self/stat").isEmpty)
  }

  @Test("What is missing, a folder, or below a file is named")
  func wrong() throws {
    let missing = folder.file("none")
    #expect(throws: FileError.missing(path: missing.string)) { try readFile(missing) }
    #expect(throws: FileError.isDirectory(path: folder.path.string)) { try readFile(folder.path) }
    try folder.write("a", to: "file")
    let below = folder.file("file/below")
    #expect(throws: FileError.notDirectory(path: below.string)) { try readFile(below) }
  }

  @Test("Files and folders are told apart")
  func kinds() throws {
    try folder.write("a", to: "file")
    #expect(fileExists(folder.file("file")))
    #expect(fileExists(folder.path))
    #expect(!fileExists(folder.file("none")))
    #expect(isDirectory(folder.path))
    #expect(!isDirectory(folder.file("file")))
    #expect(!isDirectory(folder.file("none")))
  }
}
