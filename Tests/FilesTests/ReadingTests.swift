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

  @Test("A device or a pipe is refused at once", arguments: ["/dev/zero", "/dev/null", "pipe"])
  func endless(name: String) throws {
    let path = name.hasPrefix("/") ? FilePath(name) : folder.file(name)
    if name == "pipe" { #expect(makePipe(path) == 0) }
    let fault = FileError.endless(path: path.string, found: name == "pipe" ? "pipe" : "device")
    #expect(throws: fault) { try readFile(path) }
    #expect(throws: fault) { try RandomAccessFile(path) }
  }

  @Test("What this process was given open is read whatever it is")
  func handedOver() throws {
    let ends = try FileDescriptor.pipe()
    try ends.writeEnd.writeAll("text".utf8)
    try ends.writeEnd.close()
    defer { try? ends.readEnd.close() }
    #expect(try readFile(FilePath("/dev/fd/\(ends.readEnd.rawValue)")) == Array("text".utf8))
  }

  @Test("A link that leads to itself is named, and does not pass")
  func endlessLink() throws {
    #expect(makeLink("loop", folder.file("loop")) == 0)
    let fault = FileError.link(path: folder.file("loop").string)
    #expect(throws: fault) { try readFile(folder.file("loop")) }
    #expect(throws: fault) { try AtomicFile.write([1], to: folder.file("loop")) }
    #expect(!fault.mayPass)
  }

  @Test("A failure without a reason is not called a success")
  func noReason() {
    for fault in [FileError(reading: "a", Errno(rawValue: 0)), FileError(writing: "a", Errno(rawValue: 0), action: "write it")] {
      #expect(!fault.description.contains("Success") && fault.description.contains("the system gives no reason"))
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
