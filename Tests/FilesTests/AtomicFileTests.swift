import Files
import SystemPackage
import Testing

@Suite("AtomicFile")
struct AtomicFileTests {
  let folder: TemporaryFolder
  var path: FilePath { folder.file("model.bin") }

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Enough for several calls of write: a long piece, which goes out by itself, between short ones.
  func content(_ writer: inout FileWriter) throws {
    try writer.write("head")
    try writer.write([UInt8](repeating: 7, count: 100_000))
    try writer.write([1, 2, 3].lazy.map { UInt8($0) })
  }

  @Test("Pieces of every kind and size arrive in order")
  func pieces() throws {
    let long = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try AtomicFile.write(to: path) { writer in
      try writer.write("é")
      try writer.write(long)
      try writer.write(long.lazy.map { $0 &+ 1 })
      try writer.write([5, 6])
      try unsafe long.withUnsafeBytes { unsafe try writer.write(RawSpan(_unsafeBytes: $0)) }
      try unsafe long.withUnsafeBytes { unsafe try writer.write($0) }
    }
    #expect(try readFile(path) == [0xC3, 0xA9] + long + long.map { $0 &+ 1 } + [5, 6] + long + long)
  }

  @Test("A file is replaced whole, keeps its permissions and leaves nothing beside it")
  func replaces() throws {
    try AtomicFile.write(Array("old and longer".utf8), to: path)
    try #require(setPermissions(0o600, path) == 0)
    try AtomicFile.write(Array("new".utf8), to: path)
    #expect(try text(of: path) == "new")
    #expect(try Stat(path).permissions == FilePermissions(rawValue: 0o600))
    #expect(try allNames(in: folder.path) == ["model.bin"])
  }

  @Test("After a fault at any call the old file or the whole new one is there, and no temporary")
  func everyFault() throws {
    let counting = FaultyCalls()
    try AtomicFile.write(to: path, calls: counting.calls, content)
    let whole = try readFile(path)
    #expect(counting.made == 8)  // create, three writes, sync, close, rename, sync of the folder

    for failing in 1...counting.made {
      try AtomicFile.write(Array("old".utf8), to: path)
      let faulty = FaultyCalls(failing: failing)
      #expect(throws: FileError.self) { try AtomicFile.write(to: path, calls: faulty.calls, content) }
      #expect(faulty.openFiles == 0, "call \(failing)")
      let isInPlace = failing == counting.made
      #expect(try readFile(path) == (isInPlace ? whole : Array("old".utf8)), "call \(failing)")
      #expect(try allNames(in: folder.path) == ["model.bin"], "call \(failing)")
    }
  }

  @Test("A fault that stays leaves the old file", arguments: [Errno.noSpace, .ioError, .diskQuotaExceeded])
  func lasting(error: Errno) throws {
    try AtomicFile.write(Array("old".utf8), to: path)
    var calls = FileCalls.system
    calls.write = { (_, _) throws(Errno) in throw error }
    #expect(throws: FileError.self) { try AtomicFile.write(to: path, calls: calls, content) }
    #expect(try text(of: path) == "old")
    #expect(try allNames(in: folder.path) == ["model.bin"])
  }

  @Test("A full disk is named with the bytes that it took")
  func fullDisk() throws {
    let calls = FaultyCalls(failing: 4, with: .noSpace).calls
    #expect(throws: FileError.diskFull(path: path.string, bytesWritten: 100_004)) {
      try AtomicFile.write(to: path, calls: calls, content)
    }
    #expect(!fileExists(path))
  }

  @Test("Short writes and interrupted calls are carried on")
  func shortWrites() throws {
    var calls = FileCalls.system
    let interrupting = FaultyCalls(failing: 3, with: .interrupted).calls
    calls.write = { (file, bytes) throws(Errno) in try interrupting.write(file, bytes.extracting(first: 9_999)) }
    try AtomicFile.write(to: path, calls: calls, content)
    #expect(try readFile(path) == Array("head".utf8) + [UInt8](repeating: 7, count: 100_000) + [1, 2, 3])
  }

  @Test("A signal at any call does no harm", arguments: [1, 2, 3, 4, 5, 6, 8])
  func interrupted(call: Int) throws {
    try AtomicFile.write(to: path, calls: FaultyCalls(failing: call, with: .interrupted).calls, content)
    #expect(try readFile(path).count == 100_007)
  }

  @Test("A write that takes nothing ends with an error")
  func noProgress() throws {
    var calls = FileCalls.system
    calls.write = { (_, _) throws(Errno) in 0 }
    #expect(throws: FileError.self) { try AtomicFile.write([1], to: path, calls: calls) }
  }

  @Test("The body's own error comes through and nothing is written")
  func bodyError() throws {
    struct Refusal: Error {}
    try AtomicFile.write(Array("old".utf8), to: path)
    #expect(throws: Refusal.self) {
      try AtomicFile.write(to: path) { writer in
        try writer.write("new")
        throw Refusal()
      }
    }
    #expect(try text(of: path) == "old")
    #expect(try allNames(in: folder.path) == ["model.bin"])
  }

  @Test("A name that is taken by someone else's temporary is not used")
  func takenName() throws {
    try AtomicFile.write([1], to: path, calls: FaultyCalls(failing: 1, with: .fileExists).calls)
    #expect(try readFile(path) == [1])
  }

  @Test("The next writer removes what a killed one left behind, and nothing else")
  func leftBehind() throws {
    let others = [".refrain-.tmp", ".refrain-1a.tmp", ".refrain-12.tmp2", "refrain-12.tmp", "notes.txt"]
    for name in others + [".refrain-12.tmp", ".refrain-18446744073709551615.tmp"] { try folder.write("half", to: name) }
    try #require(makeLink("notes.txt", folder.file(".refrain-7.tmp")) == 0)
    try AtomicFile.write([1], to: path)
    #expect(try allNames(in: folder.path) == (others + [".refrain-7.tmp", "model.bin"]).sorted())
    #expect(try text(of: folder.file("notes.txt")) == "half")
  }

  @Test("The temporary of a writer at work is left alone by another", arguments: [0, 100_000])
  func atWork(bytes: Int) throws {
    let other = folder.file("other.bin")
    try AtomicFile.write(to: path) { writer in
      try writer.write([UInt8](repeating: 7, count: bytes))
      try writer.flush()
      try AtomicFile.write([1], to: other)
      AtomicFile.removeTemporaries(in: folder.path)
      #expect(try allNames(in: folder.path).contains { $0.hasPrefix(".refrain-") })
    }
    #expect(try readFile(path).count == bytes && readFile(other) == [1])
    #expect(try allNames(in: folder.path) == ["model.bin", "other.bin"])
  }

  @Test("Writers in one folder do not disturb each other")
  func manyWriters() async throws {
    let folder = self.folder.path
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask { for round in 0..<50 { try AtomicFile.write([UInt8(round)], to: folder.appending("file-\(writer)")) } }
      }
      try await group.waitForAll()
    }
    #expect(try allNames(in: folder) == (0..<4).map { "file-\($0)" })
  }

  @Test("A link is followed and stays a link")
  func link() throws {
    try folder.write("old", to: "elsewhere/real.txt")
    let link = folder.file("link.txt")
    try #require(makeLink("elsewhere/real.txt", link) == 0)
    try AtomicFile.write(Array("new".utf8), to: link)
    #expect(try text(of: folder.file("elsewhere/real.txt")) == "new")
    #expect(try Stat(link, followTargetSymlink: false).type == .symbolicLink)
  }

  @Test("A device is written to and not replaced")
  func device() throws {
    try AtomicFile.write([1, 2, 3], to: "/dev/null")
    #expect(try Stat(FilePath("/dev/null")).type == .characterSpecial)
  }

  @Test("A device that is full says so", .enabled(if: fileExists("/dev/full"), "only Linux has it"))
  func fullDevice() throws {
    #expect(throws: FileError.diskFull(path: "/dev/full", bytesWritten: 0)) { try AtomicFile.write([1], to: "/dev/full") }
  }

  @Test("A folder in the file's place, and a missing folder above it, are named")
  func wrongPlaces() throws {
    #expect(throws: FileError.isDirectory(path: folder.path.string)) { try AtomicFile.write([], to: folder.path) }
    let missing = folder.file("none")
    #expect(throws: FileError.missing(path: missing.string)) { try AtomicFile.write([], to: missing.appending("a.bin")) }
    try AtomicFile.write([], to: path)
    #expect(throws: FileError.notDirectory(path: path.string)) { try AtomicFile.write([], to: path.appending("a.bin")) }
  }

  @Test("A folder that cannot be synced is no fault where the file system says so, and one where the disk fails")
  func folderSync() throws {
    try AtomicFile.write([1], to: path, calls: FaultyCalls(failing: 6, with: .invalidArgument).calls)
    #expect(throws: FileError.notSynced(path: path.string, reason: Errno.ioError.description)) {
      try AtomicFile.write([1], to: path, calls: FaultyCalls(failing: 6).calls)
    }
  }
}
