import Files
import SystemPackage
import Testing

@Suite("Folders")
struct FoldersTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("A listing has all files below, sorted by bytes, without hidden ones")
  func listing() throws {
    for name in ["b.txt", "a/z.txt", "a/y/x.txt", "B.txt", "é.txt", "a.txt", ".hidden", ".git/config"] { try folder.write("", to: name) }
    let expected = ["B.txt", "a.txt", "a/y/x.txt", "a/z.txt", "b.txt", "é.txt"].map { folder.path.pushing(FilePath($0)) }
    #expect(try FolderListing(folder.path).files == expected)
  }

  @Test("Links to files and folders are followed, circles are not, and dead links are passed over")
  func links() throws {
    try folder.write("", to: "a/b/song.txt")
    try #require(makeLink("..", folder.file("a/up")) == 0)
    try #require(makeLink("b", folder.file("a/c")) == 0)
    try #require(makeLink("nowhere", folder.file("a/dead.txt")) == 0)
    #expect(try FolderListing(folder.path).files == ["a/b/song.txt", "a/c/song.txt"].map { folder.path.pushing(FilePath($0)) })
  }

  @Test("A missing folder, and a file in its place, are named")
  func wrongListing() throws {
    let missing = folder.file("none")
    #expect(throws: FileError.missing(path: missing.string)) { try FolderListing(missing) }
    try folder.write("", to: "file")
    let file = folder.file("file")
    #expect(throws: FileError.notDirectory(path: file.string)) { try FolderListing(file) }
  }

  @Test("Folders are made with those above them, and making them again is no fault")
  func making() throws {
    let deep = folder.path.pushing("a/b/c")
    try makeDirectories(deep)
    try makeDirectories(deep)
    #expect(isDirectory(deep))
    try folder.write("", to: "file")
    #expect(throws: FileError.notDirectory(path: folder.file("file").string)) { try makeDirectories(folder.file("file")) }
  }

  @Test("A folder that cannot be made for want of space says so")
  func makingOnFullDisk() throws {
    var calls = FileCalls.system
    calls.makeDirectory = { (_) throws(Errno) in throw .noSpace }
    let path = folder.file("new")
    #expect(throws: FileError.diskFull(path: path.string, bytesWritten: 0)) { try makeDirectories(path, calls: calls) }
  }

  @Test("A tree is removed with hidden files, and what its links lead to stays")
  func removing() throws {
    try folder.write("", to: "tree/a/.hidden")
    try folder.write("kept", to: "other/file")
    try #require(makeLink("../other", folder.file("tree/link")) == 0)
    try removeTree(folder.file("tree"))
    try removeTree(folder.file("tree"))
    #expect(try allNames(in: folder.path) == ["other"])
    #expect(try text(of: folder.file("other/file")) == "kept")
    try removeTree(folder.file("other/file"))
    #expect(!fileExists(folder.file("other/file")))
  }

  @Test("A tree that cannot be removed is named")
  func removingFails() throws {
    try folder.write("", to: "tree/a")
    let path = folder.file("tree")
    #expect(throws: FileError.readOnlyFileSystem(path: path.string)) {
      try removeTree(path, calls: FaultyCalls(failing: 1, with: .readOnlyFileSystem).calls)
    }
  }
}

@Suite("supplant")
struct SupplantTests {
  let folder: TemporaryFolder
  var new: FilePath { folder.file("new") }
  var path: FilePath { folder.file("path") }
  var aside: FilePath { folder.file("aside") }
  static let unsupported = [Errno.noFunction, .invalidArgument, .notSupported]

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("1", to: "new/file")
    try folder.write("2", to: "path/file")
  }

  /// Calls of a system that cannot swap names.
  func withoutExchange(_ faulty: FaultyCalls, _ error: Errno = .noFunction) -> FileCalls {
    var calls = faulty.calls
    calls.exchange = { (_, _) throws(Errno) in throw error }
    return calls
  }

  @Test("Two folders swap names")
  func swaps() throws {
    #expect(try supplant(path, by: new, aside: aside) == new)
    #expect(try text(of: path.appending("file")) == "1" && text(of: new.appending("file")) == "2")
    #expect(try allNames(in: folder.path) == ["new", "path"])
  }

  @Test("The old folder gets another name where the system cannot swap names", arguments: unsupported)
  func fallsBack(error: Errno) throws {
    #expect(try supplant(path, by: new, aside: aside, calls: withoutExchange(FaultyCalls(), error)) == aside)
    #expect(try text(of: path.appending("file")) == "1" && text(of: aside.appending("file")) == "2")
    #expect(try allNames(in: folder.path) == ["aside", "path"])
  }

  @Test("A folder gets a name that nobody has")
  func nobody() throws {
    #expect(try supplant(folder.file("free"), by: new, aside: aside) == nil)
    #expect(try allNames(in: folder.path) == ["free", "path"])
  }

  @Test("If a rename fails, both folders keep their names", arguments: 1...2)
  func undoes(failing: Int) throws {
    #expect(throws: FileError.self) { try supplant(path, by: new, aside: aside, calls: withoutExchange(FaultyCalls(failing: failing))) }
    #expect(try text(of: new.appending("file")) == "1" && text(of: path.appending("file")) == "2")
    #expect(try allNames(in: folder.path) == ["new", "path"])
  }

  @Test("Another error of the system is not worked around")
  func otherError() throws {
    #expect(throws: FileError.readOnlyFileSystem(path: path.string)) {
      try supplant(path, by: new, aside: aside, calls: withoutExchange(FaultyCalls(), .readOnlyFileSystem))
    }
    #expect(try allNames(in: folder.path) == ["new", "path"])
  }

  @Test("A missing folder is named")
  func missing() throws {
    let none = folder.file("none")
    #expect(throws: FileError.missing(path: none.string)) { try supplant(path, by: none, aside: aside) }
    #expect(try text(of: path.appending("file")) == "2")
  }
}
