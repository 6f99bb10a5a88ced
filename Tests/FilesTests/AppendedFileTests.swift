import Files
import Synchronization
import SystemPackage
import Testing

@Suite("Logs on a bad disk") struct AppendedFileTests {
  /// A disk that takes `room` bytes more; -1 for no end.
  final class Disk: Sendable {
    let room = Mutex(-1)

    var calls: FileCalls {
      let system = FileCalls.system
      var calls = system
      calls.write = { (file, bytes) throws(Errno) in
        let take = self.room.withLock { room in
          let take = room < 0 ? bytes.count : min(room, bytes.count)
          if room >= 0 { room -= take }
          return take
        }
        if take == 0, !bytes.isEmpty { throw .noSpace }
        return try system.write(file, bytes.extracting(first: take))
      }
      return calls
    }
  }

  @Test("no half line and no gap, wherever the disk was full", arguments: 0...24)
  func fullDisk(room: Int) throws {
    let folder = try TemporaryFolder(), path = folder.file("log"), disk = Disk()
    let log = try AppendedFile(path, calls: disk.calls)
    try log.append(Array("first\n".utf8))
    disk.room.withLock { $0 = room }
    var failures = 0
    for line in ["second\n", "third\n", "fourth\n"] {
      do { try log.append(Array(line.utf8)) } catch {
        #expect(error == .diskFull(path: path.string, bytesWritten: 0))
        failures += 1
      }
      let found = try text(of: path)
      #expect("first\nsecond\nthird\nfourth\n".hasPrefix(found) && found.hasSuffix("\n") && log.length == found.utf8.count)
    }
    #expect((failures > 0) == (room < 20))
    disk.room.withLock { $0 = -1 }
    try log.append(Array("fifth\n".utf8))
    #expect(try text(of: path) == "first\nsecond\nthird\nfourth\nfifth\n")
  }

  @Test func `a log is cut where a run goes on from, and never made longer`() throws {
    let folder = try TemporaryFolder()
    try folder.write("one\ntwo\nthree\n", to: "log")
    let log = try AppendedFile(folder.file("log"), keeping: 8)
    #expect(log.length == 8)
    try log.append(Array("drei\n".utf8))
    try log.cut(to: 4)
    try log.append(Array("zwei\n".utf8))
    #expect(try text(of: folder.file("log")) == "one\nzwei\n")
    #expect(try AppendedFile(folder.file("log"), keeping: 100).length == 9)
    #expect(try AppendedFile(folder.file("log")).length == 0)
    #expect(try text(of: folder.file("log")).isEmpty)
  }

  /// What a user or logrotate does to a log while it is written.
  enum Change: CaseIterable, Sendable {
    case removed, renamed, rotated, truncated, extended
  }

  @Test("a log that others change is continued under its name", arguments: Change.allCases, [false, true])
  func changed(change: Change, isRefusedBefore: Bool) throws {
    let folder = try TemporaryFolder(), path = folder.file("log"), disk = Disk()
    let log = try AppendedFile(path, calls: disk.calls)
    try log.append(Array("first\n".utf8))
    if isRefusedBefore {
      disk.room.withLock { $0 = 3 }
      #expect(throws: FileError.self) { try log.append(Array("second\n".utf8)) }
      disk.room.withLock { $0 = -1 }
    }
    var before = ""
    switch change {
    case .removed: try FileCalls.system.remove(path)
    case .renamed: try FileCalls.system.rename(path, folder.file("log.1"))
    case .rotated:
      try FileCalls.system.rename(path, folder.file("log.1"))
      try folder.write("# new\n", to: "log")
      before = "# new\n"
    case .truncated: try FileDescriptor.open(path, .writeOnly, options: .truncate).close()
    case .extended:
      try FileDescriptor.open(path, .writeOnly, options: .append).closeAfter { _ = try $0.writeAll("# note\n".utf8) }
      before = "first\n# note\n"
    }
    try log.sync()
    try log.append(Array("third\n".utf8))
    let expected = before + (isRefusedBefore ? "second\n" : "") + "third\n"
    #expect(try text(of: path) == expected && log.length == expected.utf8.count)
    if fileExists(folder.file("log.1")) { #expect(try text(of: folder.file("log.1")) == "first\n") }
    try log.sync()
  }

  @Test func `a log that is removed can be synced, and one that cannot be made again is named`() throws {
    let folder = try TemporaryFolder()
    try makeDirectories(folder.file("run"))
    let path = folder.file("run/log"), log = try AppendedFile(path)
    try log.append([1])
    try removeTree(path)
    try log.sync()
    try removeTree(path.removingLastComponent())
    #expect(throws: FileError.missing(path: folder.file("run").string)) { try log.append([2]) }
    try makeDirectories(path)
    #expect(throws: FileError.isDirectory(path: path.string)) { try log.sync() }
    try removeTree(path)
    // What was refused is written now.
    try log.sync()
    #expect(try readFile(path) == [2])
  }

  @Test func `a log follows its folder to another name`() throws {
    let folder = try TemporaryFolder()
    try makeDirectories(folder.file("a"))
    let log = try AppendedFile(folder.file("a/log"))
    try log.append([1])
    try FileCalls.system.rename(folder.file("a"), folder.file("b"))
    log.path = folder.file("b/log")
    try log.append([2])
    #expect(try readFile(folder.file("b/log")) == [1, 2] && !fileExists(folder.file("a")))
  }

  @Test("A log with another name, or that is a link, is not touched")
  func shared() throws {
    let folder = try TemporaryFolder()
    try folder.write("precious", to: "mine")
    let log = folder.file("log"), mine = folder.file("mine")
    #expect(makeHardLink(mine, log) == 0)
    #expect(throws: FileError.shared(path: log.string, names: 2)) { try AppendedFile(log) }
    try FileCalls.system.remove(log)
    for target in ["mine", "new"] {
      #expect(makeLink(target, log) == 0)
      #expect(throws: FileError.link(path: log.string)) { try AppendedFile(log) }
      try FileCalls.system.remove(log)
    }
    #expect(try text(of: mine) == "precious" && allNames(in: folder.path) == ["mine"])
  }
}
