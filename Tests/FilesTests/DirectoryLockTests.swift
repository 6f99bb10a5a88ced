import Files
import SystemPackage
import Testing

@Suite("Locks on folders") struct DirectoryLockTests {
  let folder: TemporaryFolder
  var file: FilePath { folder.path.appending(DirectoryLock.name) }

  init() throws { folder = try TemporaryFolder() }

  @Test func `a folder has one holder, and the file goes with it`() throws {
    var lock: DirectoryLock? = try DirectoryLock(folder.path)
    #expect(lock?.folder == folder.path)
    let error = #expect(throws: FileError.self) { try DirectoryLock(folder.path) }
    guard case .inUse(folder.path.string, let owner) = error else {
      Issue.record("\(message(of: error))")
      return
    }
    #expect(owner.hasPrefix("process "))
    lock = nil
    #expect(!exists(file))
    lock = try DirectoryLock(folder.path)
    #expect(lock != nil)
  }

  @Test(
    "a file that somebody left behind is no lock",
    arguments: ["", "1 elsewhere\n", "nonsense", "999999999 x", String(repeating: "9", count: 9_000)])
  func stale(contents: String) throws {
    try folder.write(contents, to: DirectoryLock.name.string)
    let lock = try DirectoryLock(folder.path)
    #expect(try text(of: file).split(separator: " ").count == 2)
    withExtendedLifetime(lock) {}
  }

  @Test func `a link in place of the file is not followed`() throws {
    try folder.write("precious", to: "other")
    #expect(makeLink("other", file) == 0)
    #expect(throws: FileError.self) { try DirectoryLock(folder.path) }
    #expect(try text(of: folder.file("other")) == "precious")
  }

  /// Some network file systems have no locks: then the process is looked for that the file names.
  @Test func `where there are no locks a process that has ended is told from one that has not`() throws {
    let host = try { () -> String in
      let lock = try DirectoryLock(folder.path)
      defer { withExtendedLifetime(lock) {} }
      return String(try text(of: file).split(separator: " ")[1].dropLast())
    }()
    func lock() throws -> DirectoryLock { try DirectoryLock(folder.path) { _ in .unsupported } }
    // Process 1 always runs, and this number is beyond all processes.
    try folder.write("1 \(host)\n", to: DirectoryLock.name.string)
    #expect(throws: FileError.inUse(path: folder.path.string, by: "process 1")) { try lock() }
    try folder.write("1 another.host\n", to: DirectoryLock.name.string)
    #expect(throws: FileError.inUse(path: folder.path.string, by: "process 1 on another.host")) { try lock() }
    try folder.write("2000000000 \(host)\n", to: DirectoryLock.name.string)
    let taken = try lock()
    withExtendedLifetime(taken) {}
  }

  private func exists(_ path: FilePath) -> Bool { fileExists(path) }
  private func message(of error: (any Error)?) -> String { error.map { "\($0)" } ?? "no error" }

  @Test func `a file with another name is not written to`() throws {
    try folder.write("precious", to: "mine")
    #expect(makeHardLink(folder.file("mine"), file) == 0)
    let lock = try DirectoryLock(folder.path)
    #expect(try text(of: folder.file("mine")) == "precious" && text(of: file) != "precious")
    #expect(throws: FileError.self) { try DirectoryLock(folder.path) }
    withExtendedLifetime(lock) {}
  }
}
