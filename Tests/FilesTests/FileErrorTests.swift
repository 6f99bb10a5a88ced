import Files
import SystemPackage
import Testing

@Suite("FileError")
struct FileErrorTests {
  @Test(
    "Each error is one sentence that says what to do",
    arguments: [
      (FileError.missing(path: "a"), "a: there is no such file or folder; check the path."),
      (.notReadable(path: "a"), "a: this may not be read; give yourself permission to read it (chmod u+r) or choose another path."),
      (.notWritable(path: "a"), "a: this may not be written; choose another path or change the permissions of the folder."),
      (.isDirectory(path: "a"), "a: a file was expected and this is a folder; give the path of a file."),
      (.notDirectory(path: "a"), "a: a folder was expected and this is not one; give the path of a folder."),
      (
        .endless(path: "a", found: "pipe"),
        "a: a file was expected and this is a pipe, which may have no end; put what it gives into a file, and give that."
      ),
      (
        .diskFull(path: "a", bytesWritten: 12_345),
        "a: the disk is full after 12,345 bytes; what was there before is untouched; free some space and try again."
      ),
      (.readOnlyFileSystem(path: "a"), "a: the file system is read-only; choose a path on another one."),
      (
        .tooLarge(path: "a", bytes: 9, limit: 8),
        "a: the file has 9 bytes and at most 8 are expected; check that it is the right file."
      ),
      (
        .notSynced(path: "a", reason: "why"),
        "a: the new file is in place but may be lost if the power fails now (why); check the disk and save again."
      ),
      (.inUse(path: "a", by: "process 7"), "a: process 7 is writing there already; wait until it ends, stop it, or choose another folder."),
      (
        .inUse(path: "a", by: "process 7 on far"),
        "a: process 7 on far is writing there already; wait until it ends or choose another folder; if that process has ended, remove "
          + "a/.refrain.lock and try again."
      ),
      (.failed(path: "a", action: "read it", reason: "why"), "a: could not read it (why); check the path and the disk."),
    ])
  func sentences(error: FileError, sentence: String) {
    #expect(error.description == sentence)
  }

  @Test(
    "What the system says while reading becomes the matching error",
    arguments: [
      (Errno.noSuchFileOrDirectory, FileError.missing(path: "a/b")),
      (.permissionDenied, .notReadable(path: "a/b")),
      (.isDirectory, .isDirectory(path: "a/b")),
      (.notDirectory, .notDirectory(path: "a/b")),
      (.ioError, .failed(path: "a/b", action: "read it", reason: Errno.ioError.description)),
    ])
  func reading(errno: Errno, error: FileError) {
    #expect(FileError(reading: "a/b", errno) == error)
  }

  @Test(
    "What the system says while writing becomes the matching error",
    arguments: [
      (Errno.noSpace, FileError.diskFull(path: "a/b", bytesWritten: 5)),
      (.diskQuotaExceeded, .diskFull(path: "a/b", bytesWritten: 5)),
      (.noSuchFileOrDirectory, .missing(path: "a")),
      (.permissionDenied, .notWritable(path: "a/b")),
      (.readOnlyFileSystem, .readOnlyFileSystem(path: "a/b")),
      (.isDirectory, .isDirectory(path: "a/b")),
      (.notDirectory, .notDirectory(path: "a")),
      (.ioError, .failed(path: "a/b", action: "write it", reason: Errno.ioError.description)),
    ])
  func writing(errno: Errno, error: FileError) {
    #expect(FileError(writing: "a/b", errno, action: "write it", bytesWritten: 5) == error)
  }

  @Test("A file that is missing from a folder that is there is named itself")
  func missingFile() throws {
    let folder = try TemporaryFolder()
    let log = folder.file("log")
    #expect(FileError(writing: log, .noSuchFileOrDirectory, action: "write it") == .missing(path: log.string))
    let none = folder.file("none")
    #expect(FileError(writing: none.appending("log"), .noSuchFileOrDirectory, action: "write it") == .missing(path: none.string))
  }

  @Test(
    "An error about a hidden folder is told of the one that the user knows",
    arguments: [
      ("a/.b.refrain-1/config.json", "a/b/config.json"), ("a/.b.refrain-1", "a/b"), ("a/.b.refrain-12/x", "a/.b.refrain-12/x"), ("c", "c"),
    ])
  func renamed(path: String, expected: String) {
    let full = FileError.diskFull(path: path, bytesWritten: 3)
    #expect(full.renaming("a/.b.refrain-1", to: "a/b") == .diskFull(path: expected, bytesWritten: 3))
    #expect(FileError.notWritable(path: path).renaming("a/.b.refrain-1", to: "a/b") == .notWritable(path: expected))
  }

  @Test func `errors hold pieces of any length`() {
    let name = String(repeating: "\u{1B}[2J", count: 50_000)
    for fault in [FileError.missing(path: name), .inUse(path: name, by: name), .failed(path: name, action: name, reason: name)] {
      #expect(fault.description.count < 800 && !fault.description.contains("\u{1B}"))
    }
  }
}
