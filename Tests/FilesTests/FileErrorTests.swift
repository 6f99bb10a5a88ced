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
}
